import { START, type Bus, type EntryId, type TopicEntry } from '../../src/ports/bus.ts';
import { plaAddress } from '../../src/protocol/address.ts';
import { decodeTrusted } from '../../src/protocol/codec.ts';
import type { AnyMessage } from '../../src/protocol/message.ts';
import type { Decision } from '../../src/protocol/plan.ts';
import type { Feedback } from '../../src/protocol/scaling.ts';
import type { StateReport } from '../../src/protocol/state-report.ts';

type Topic = 'decisions' | 'actions' | 'reports';

export interface Heard {
  readonly decisions: readonly Decision[];
  /** Of actions that ended. */
  readonly feedback: readonly Feedback[];
  /** Of the pool's total. */
  readonly reports: readonly StateReport[];
}

const PAGE = 1_000;
/** Source and type stand at the beginning of a message. */
const HEAD_BYTES = 400;

/** Follows the public topics of a bus, as any observer can. */
export class Listener {
  readonly #bus: Bus;
  readonly #total: Buffer;
  readonly #after: Record<Topic, EntryId> = { decisions: START, actions: START, reports: START };

  constructor(bus: Bus, pool: string) {
    this.#bus = bus;
    this.#total = Buffer.from(plaAddress(pool, null));
  }

  /** Everything since the last call. */
  async hear(): Promise<Heard> {
    const decisions: Decision[] = [];
    const feedback: Feedback[] = [];
    const reports: StateReport[] = [];
    for (const message of await this.#read('decisions')) if (message.name === 'decision') decisions.push(message.data);
    for (const message of await this.#read('actions')) if (message.name === 'feedback') feedback.push(message.data);
    for (const message of await this.#read('reports', (entry) => this.#isOfTotal(entry))) {
      if (message.name === 'state-report' && message.data.producer === null) reports.push(message.data);
    }
    return { decisions, feedback, reports };
  }

  async #read(topic: Topic, isWanted: (entry: TopicEntry) => boolean = () => true): Promise<AnyMessage[]> {
    const messages: AnyMessage[] = [];
    for (;;) {
      const entries = await this.#bus.readTopic(topic, this.#after[topic], PAGE);
      for (const entry of entries) {
        this.#after[topic] = entry.id;
        if (!isWanted(entry)) continue;
        const decoded = decodeTrusted(entry.body, entry.contentType);
        if (!decoded.ok) throw new Error(`The topic ${topic} holds a broken message: ${decoded.error.message}`);
        messages.push(decoded.message);
      }
      if (entries.length < PAGE) return messages;
    }
  }

  /** Decoding the report of every producer only to drop it would take most of the time of a large pool. */
  #isOfTotal({ body }: TopicEntry): boolean {
    const head = Buffer.from(body.buffer, body.byteOffset, Math.min(HEAD_BYTES, body.byteLength));
    const at = head.indexOf(this.#total);
    return at >= 0 && head[at + this.#total.length] !== SLASH;
  }
}

const SLASH = 0x2f;
