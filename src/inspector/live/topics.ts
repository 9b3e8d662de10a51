import { setImmediate } from 'node:timers/promises';
import { START, type Bus, type EntryId, type TopicEntry } from '../../ports/bus.ts';
import { decodeTrusted } from '../../protocol/codec.ts';
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

/** Sees each entry before it is decoded; true: it has taken it. `after`: position right before it. */
export type SetAside = (topic: string, entry: TopicEntry, after: EntryId) => boolean;

/** Reads public topics after a cursor each, in small pieces, so that the actors of this node keep their turn. */
export class TopicReader {
  readonly #bus: Pick<Bus, 'readTopic'>;
  readonly #cursors: Map<string, EntryId>;
  readonly #setAside: SetAside;
  /** Entries that could not be read. */
  broken = 0;

  constructor(bus: Pick<Bus, 'readTopic'>, topics: readonly string[], setAside: SetAside) {
    this.#bus = bus;
    this.#setAside = setAside;
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
      if (!this.#isTaken(topic, entry, after, take)) this.broken += 1;
    }
    return entries.length;
  }

  /** What was not checked may be shaped otherwise. */
  #isTaken(topic: string, entry: TopicEntry, after: EntryId, take: (topic: string, message: TopicMessage) => void): boolean {
    try {
      if (this.#setAside(topic, entry, after)) return true;
      const decoded = decodeTrusted(entry.body, entry.contentType);
      if (decoded.ok) take(topic, { message: decoded.message, after });
      return decoded.ok;
    } catch {
      return false;
    }
  }
}
