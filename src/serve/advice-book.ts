import { TopicReader } from '../inspector/live/topics.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock, TimerHandle } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Plan } from '../protocol/plan.ts';

/** A pool whose advice is told. */
export interface AdvisedPool {
  readonly pool: string;
  /** A plan that is older than this is told no more, milliseconds. */
  readonly freshMs: number;
}

export type Advised =
  | {
      readonly ok: true;
      readonly replicas: number;
      readonly lower: number;
      readonly upper: number;
      /** When it was decided, epoch ms. */
      readonly atMs: number;
      readonly reason: string;
    }
  | { readonly ok: false; readonly code: 'unknown-pool' | 'no-answer'; readonly message: string };

/** How often the public topic is looked at, milliseconds. */
const LOOK_EVERY_MS = 500;

interface Kept {
  readonly plan: Plan;
  /** On the monotonic clock: a wall clock that was set back makes no old plan new. */
  readonly takenMs: number;
}

export interface AdviceBookOptions {
  readonly bus: Pick<Bus, 'readTopic'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly pools: readonly AdvisedPool[];
}

/** The latest plan of every pool, from the public topic, wherever in the cluster it was made. */
export class AdviceBook {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #freshMs: ReadonlyMap<string, number>;
  readonly #kept = new Map<string, Kept>();
  readonly #reader: TopicReader;
  readonly #listeners = new Set<() => void>();
  #timer: TimerHandle | undefined;
  #isStopped = false;

  constructor({ bus, clock, log, pools }: AdviceBookOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#freshMs = new Map(pools.map(({ pool, freshMs }) => [pool, freshMs]));
    this.#reader = new TopicReader(bus, ['plans'], () => false);
  }

  /** Resolves when what is in the topic has been read. */
  async start(): Promise<void> {
    await this.#look();
    if (!this.#isStopped) this.#timer = this.#clock.setTimer(LOOK_EVERY_MS, () => void this.start());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** Never a count that nobody stands behind: what is old, or was not said, is an answer of its own. */
  of(pool: string): Advised {
    const freshMs = this.#freshMs.get(pool);
    if (freshMs === undefined) return { ok: false, code: 'unknown-pool', message: `there is no pool ${pool}` };
    const kept = this.#kept.get(pool);
    if (kept === undefined) return { ok: false, code: 'no-answer', message: `nothing has been planned for ${pool} yet` };
    const { plan, takenMs } = kept;
    const ageMs = Math.max(this.#clock.nowMs() - plan.atMs, this.#clock.monotonicMs() - takenMs);
    if (ageMs > freshMs) {
      const message = `the last plan for ${pool} is ${Math.round(ageMs / 1_000)} s old, allowed are ${Math.round(freshMs / 1_000)} s`;
      return { ok: false, code: 'no-answer', message };
    }
    const { advice, atMs, reason } = plan;
    if (advice === undefined || advice === null) return { ok: false, code: 'no-answer', message: `no opinion about ${pool}: ${reason}` };
    return { ok: true, ...advice, atMs, reason };
  }

  /** Called after each look, for those who tell changes. Returns what ends it. */
  onLook(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #look(): Promise<void> {
    try {
      await this.#reader.look((_topic, { message }) => {
        if (message.name !== 'plan' || !this.#freshMs.has(message.data.pool)) return;
        const before = this.#kept.get(message.data.pool);
        if (before !== undefined && before.plan.atMs > message.data.atMs) return;
        this.#kept.set(message.data.pool, { plan: message.data, takenMs: this.#clock.monotonicMs() });
      });
    } catch (error) {
      // While the bus is away the answers grow old and are told no more.
      this.#log.debug({ error }, 'plans cannot be read');
    }
    for (const listener of this.#listeners) listener();
  }
}
