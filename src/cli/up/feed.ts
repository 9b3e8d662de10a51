import { START, type Bus, type EntryId } from '../../ports/bus.ts';
import { decodeMessage } from '../../protocol/codec.ts';
import type { AnyMessage } from '../../protocol/message.ts';

/** Public streams that the terminal shows. */
export const TOPICS = ['reports', 'decisions', 'actions'] as const;
const READ_MAX = 500;

/** What the actors made public since the last look, oldest first within a stream. */
export interface Feed {
  next(): Promise<readonly AnyMessage[]>;
  /** Entries that could not be read. */
  readonly broken: number;
}

/** `after`: where each stream is taken up; default: at its beginning. */
export function createFeed(bus: Pick<Bus, 'readTopic'>, after: ReadonlyMap<string, EntryId> = new Map()): Feed {
  const cursors = new Map(after);
  let broken = 0;
  return {
    async next() {
      const messages: AnyMessage[] = [];
      for (const topic of TOPICS) {
        const entries = await bus.readTopic(topic, cursors.get(topic) ?? START, READ_MAX);
        for (const entry of entries) {
          cursors.set(topic, entry.id);
          const decoded = decodeMessage(entry.body, entry.contentType);
          if (decoded.ok) messages.push(decoded.message);
          else broken += 1;
        }
      }
      return messages;
    },
    get broken() {
      return broken;
    },
  };
}
