import type { TopicEntry } from '../../ports/bus.ts';
import { decodeMessage } from '../../protocol/codec.ts';
import type { StateReport } from '../../protocol/state-report.ts';

const PRODUCERS_MAX = 2_000;

/** The latest report of each producer of a pool, as it came: decoded when somebody looks, because most are never looked at. */
export class ProducerReports {
  readonly #latest = new Map<string, Pick<TopicEntry, 'body' | 'contentType'> | StateReport>();

  get size(): number {
    return this.#latest.size;
  }

  put(producer: string, { body, contentType }: TopicEntry): void {
    if (this.#latest.size < PRODUCERS_MAX || this.#latest.has(producer)) this.#latest.set(producer, { body, contentType });
  }

  /** undefined: there is none, or it cannot be read. */
  get(producer: string): StateReport | undefined {
    const found = this.#latest.get(producer);
    if (found === undefined || !('body' in found)) return found;
    const decoded = decodeMessage(found.body, found.contentType);
    if (!decoded.ok || decoded.message.name !== 'state-report') return undefined;
    this.#latest.set(producer, decoded.message.data);
    return decoded.message.data;
  }

  first(count: number): StateReport[] {
    return [...this.#latest.keys()].slice(0, count).flatMap((producer) => this.get(producer) ?? []);
  }
}
