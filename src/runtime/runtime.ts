/** The durable shell of a node: holds shards, reads their streams, steps their actors, commits, and does what they want done. */
import { sleep, type Clock } from '../ports/clock.ts';
import type { Bus } from '../ports/bus.ts';
import type { Log } from '../ports/log.ts';
import type { Meter } from '../ports/meter.ts';
import type { Random } from '../ports/random.ts';
import type { Behavior, Executor } from './behavior.ts';
import type { RuntimeContext, Tenure } from './context.ts';
import { LeaseKeeper, type IsWanted } from './leases.ts';
import { Pacer } from './pacer.ts';
import { resolveRuntimeSettings, type RuntimeSettings } from './settings.ts';
import { Shard, type ActorView } from './shard.ts';
import { messageOf } from './snapshot.ts';
import { jitteredBackOffMs } from './supervision.ts';

export interface RuntimeOptions {
  /** Name of the node, unique in the cluster and over restarts. */
  readonly owner: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  readonly behaviors: readonly Behavior[];
  readonly executors: Readonly<Record<string, Executor>>;
  /** Default: every shard. */
  readonly isWanted?: IsWanted;
  readonly settings?: Partial<RuntimeSettings>;
}

export interface Runtime {
  /** Resolves after the first look at the leases: what is free is held from then on. */
  start(): Promise<void>;
  /** Stops taking entries, finishes what runs (within `drainMs`), writes snapshots, gives the shards up. */
  drain(): Promise<void>;
  /** Stops at once and leaves everything as it is, as a crash does. For tests. */
  crash(): void;
  readonly shards: readonly number[];
  readonly pendingEffects: number;
  actors(): readonly ActorView[];
}

export function createRuntime(options: RuntimeOptions): Runtime {
  return new NodeRuntime(options);
}

class NodeRuntime implements Runtime {
  readonly #context: RuntimeContext;
  readonly #leases: LeaseKeeper;
  readonly #shards = new Map<number, Shard>();
  readonly #stop = new AbortController();
  /** Ends the present wait of the reader, because there is something else to look at. */
  #wake = new AbortController();
  #loops: Promise<unknown> = Promise.resolve();
  #keepHouseAtMs: number;

  constructor(options: RuntimeOptions) {
    const settings = resolveRuntimeSettings(options.settings);
    const { bus, clock, random, log, meter, executors } = options;
    this.#context = {
      bus,
      clock,
      random,
      log: log.child({ node: options.owner }),
      meter,
      behaviors: new Map(options.behaviors.map((behavior) => [behavior.kind, behavior])),
      executors,
      settings,
      pacer: new Pacer(clock, settings.sliceMs),
    };
    this.#keepHouseAtMs = clock.monotonicMs() + settings.housekeepingMs;
    this.#leases = new LeaseKeeper(this.#context, options.owner, options.isWanted ?? (() => true), {
      acquired: (tenure) => this.#acquired(tenure),
      lost: (tenure, reason) => this.#lost(tenure, reason),
    });
  }

  get shards(): readonly number[] {
    return [...this.#shards.keys()].sort((a, b) => a - b);
  }

  get pendingEffects(): number {
    return [...this.#shards.values()].reduce((sum, shard) => sum + shard.pendingEffects, 0);
  }

  async start(): Promise<void> {
    await this.#leases.round();
    this.#loops = Promise.all([this.#leases.run(this.#stop.signal), this.#read()]);
  }

  async drain(): Promise<void> {
    const { clock, settings, log } = this.#context;
    this.#halt();
    await this.#loops;
    const shards = [...this.#shards.values()];
    const late = new AbortController();
    await Promise.race([Promise.all(shards.map((shard) => shard.settleEffects())), sleep(clock, settings.drainMs, late.signal)]);
    late.abort();
    for (const shard of shards) {
      try {
        await shard.putAway();
      } catch (error) {
        log.warn({ shard: shard.tenure.shard, error: messageOf(error) }, 'a snapshot could not be written; the next owner replays');
      }
    }
    await this.#leases.releaseAll();
    this.#shards.clear();
  }

  crash(): void {
    this.#halt();
    this.#leases.abandon();
    this.#shards.clear();
  }

  actors(): readonly ActorView[] {
    return [...this.#shards.values()].flatMap((shard) => shard.views());
  }

  #halt(): void {
    this.#stop.abort();
    this.#wake.abort();
  }

  #acquired(tenure: Tenure): void {
    this.#shards.set(tenure.shard, new Shard(this.#context, tenure));
    this.#wake.abort();
  }

  #lost(tenure: Tenure, reason: string): void {
    if (this.#shards.get(tenure.shard)?.tenure === tenure) this.#shards.delete(tenure.shard);
    this.#context.meter.count('forescale_shards_lost_total');
    this.#context.log.warn({ shard: tenure.shard, epoch: tenure.epoch, reason }, 'a shard was lost');
  }

  /** One reader for all shards: a wait for each of them would be sixty-four. */
  async #read(): Promise<void> {
    const { clock, random, settings, log } = this.#context;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#round();
        failures = 0;
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'the bus could not be used; everything is read anew');
        for (const shard of this.#shards.values()) shard.doubt();
        await sleep(clock, jitteredBackOffMs(failures, settings.retryMinMs, settings.retryMaxMs, random), this.#stop.signal);
        failures += 1;
      }
    }
  }

  async #round(): Promise<void> {
    const { bus, clock, pacer, settings } = this.#context;
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
    for (const shard of this.#shards.values()) {
      if (this.#stop.signal.aborted) return;
      if (!shard.isLoaded) await shard.load();
      await shard.fireTimers(clock.nowMs());
    }
    await this.#keepHouse();
    const cursors = [...this.#shards.values()].map(({ tenure, cursor }) => ({ shard: tenure.shard, after: cursor }));
    const found = await bus.readAfter(cursors, settings.batchEntriesMax, this.#waitMs(), this.#wake.signal);
    for (const { shard: number, entries } of found) {
      if (this.#stop.signal.aborted) return;
      await this.#shards.get(number)?.take(entries);
      await pacer.pause();
    }
  }

  /** Until the next timer, the next housekeeping, or the longest wait. */
  #waitMs(): number {
    const { clock, settings } = this.#context;
    let waitMs = Math.min(settings.readWaitMs, this.#keepHouseAtMs - clock.monotonicMs());
    const nowMs = clock.nowMs();
    for (const shard of this.#shards.values()) {
      const dueMs = shard.nextDueMs();
      if (dueMs !== undefined) waitMs = Math.min(waitMs, dueMs - nowMs);
    }
    return Math.max(0, waitMs);
  }

  async #keepHouse(): Promise<void> {
    const { clock, settings, meter } = this.#context;
    if (clock.monotonicMs() < this.#keepHouseAtMs) return;
    this.#keepHouseAtMs = clock.monotonicMs() + settings.housekeepingMs;
    for (const shard of this.#shards.values()) await shard.keepHouse();
    meter.gauge('forescale_shards_held', this.#shards.size);
  }
}
