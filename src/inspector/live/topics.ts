import { setImmediate } from 'node:timers/promises';
import { START, type Bus, type EntryId } from '../../ports/bus.ts';
import { decodeMessage } from '../../protocol/codec.ts';
import type { AnyMessage } from '../../protocol/message.ts';

/** Entries that are decoded before others get a turn: about a millisecond's work. */
const CHUNK = 32;
/** Entries of a topic that one look takes at the most; the rest is for the next. */
const LOOK_MAX = 2_048;

export interface TopicMessage {
  readonly message: AnyMessage;
  /** Position right before it. */
  readonly after: EntryId;
}

/** Reads public topics after a cursor each, in small pieces, so that the actors of this node keep their turn. */
export class TopicReader {
  readonly #bus: Bus;
  readonly #cursors: Map<string, EntryId>;
  /** Entries that could not be read. */
  broken = 0;

  constructor(bus: Bus, topics: readonly string[]) {
    this.#bus = bus;
    this.#cursors = new Map(topics.map((topic) => [topic, START]));
  }

  /** Gives everything that is new to `take`, oldest first within a topic. True when there may be more. */
  async look(take: (topic: string, message: TopicMessage) => void): Promise<boolean> {
    let isMore = false;
    for (const topic of this.#cursors.keys()) {
      for (let taken = 0; taken < LOOK_MAX; taken += CHUNK) {
        const count = await this.#lookOnce(topic, take);
        if (count < CHUNK) break;
        isMore ||= taken + CHUNK >= LOOK_MAX;
        await setImmediate();
      }
    }
    return isMore;
  }

  async #lookOnce(topic: string, take: (topic: string, message: TopicMessage) => void): Promise<number> {
    const entries = await this.#bus.readTopic(topic, this.#cursors.get(topic) ?? START, CHUNK);
    for (const entry of entries) {
      const after = this.#cursors.get(topic) ?? START;
      this.#cursors.set(topic, entry.id);
      const decoded = decodeMessage(entry.body, entry.contentType);
      if (decoded.ok) take(topic, { message: decoded.message, after });
      else this.broken += 1;
    }
    return entries.length;
  }
}
