import type { ConfiguredPool } from '../../../config/settings.ts';
import { TopicReader } from '../../../inspector/live/topics.ts';
import type { Bus } from '../../../ports/bus.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Plan } from '../../../protocol/plan.ts';
import type { Planned } from './scaler-status.ts';

/** The last plan of each pool, from the public topic. */
export class PlansSeen {
  readonly #clock: Clock;
  readonly #freshMs: ReadonlyMap<string, number>;
  readonly #reader: TopicReader;
  readonly #plans = new Map<string, Plan>();

  constructor(bus: Pick<Bus, 'readTopic'>, clock: Clock, pools: readonly ConfiguredPool[]) {
    this.#clock = clock;
    this.#freshMs = new Map(pools.map(({ pool, planner }) => [pool, planner.staleAfterMs + planner.reviewMs]));
    this.#reader = new TopicReader(bus, ['plans'], () => false);
  }

  /** Rejects while the bus is away. */
  async look(): Promise<void> {
    await this.#reader.look((_topic, { message }) => {
      if (message.name !== 'plan' || !this.#freshMs.has(message.data.pool)) return;
      const before = this.#plans.get(message.data.pool);
      if (before === undefined || before.atMs <= message.data.atMs) this.#plans.set(message.data.pool, message.data);
    });
  }

  of(pool: string): Planned | undefined {
    const plan = this.#plans.get(pool);
    const freshMs = this.#freshMs.get(pool) ?? 0;
    return plan && { plan, isFresh: this.#clock.nowMs() - plan.atMs <= freshMs };
  }
}
