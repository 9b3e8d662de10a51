/** The durable shell of a node: holds shards, reads their streams, steps their actors, commits, and does what they want done. */
import { sleep, type Clock } from '../ports/clock.ts';
import type { Bus, ShardCursor } from '../ports/bus.ts';
import type { Log } from '../ports/log.ts';
import type { Meter } from '../ports/meter.ts';
import type { Random } from '../ports/random.ts';
import type { Tracer } from '../ports/tracer.ts';
import { shardOf } from '../protocol/address.ts';
import { BackOff } from './back-off.ts';
import type { Behavior, Executor } from './behavior.ts';
import { STOPPED, type RuntimeContext, type Tenure } from './context.ts';
import { EffectRunner } from './effect-runner.ts';
import { LeaseKeeper, type IsUrgent, type IsWanted } from './leases.ts';
import { Pacer } from './pacer.ts';
import type { Remembered } from './remembered.ts';
import { resolveRuntimeSettings, type RuntimeSettings } from './settings.ts';
import { ShardNotices } from './shard-notices.ts';
import type { ActorInside, ActorOutline, ActorView, ShardView } from './shard-view.ts';
import { Shard } from './shard.ts';
import { messageOf } from './snapshot.ts';
import { Tap, type TapListener } from './tap.ts';

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
  /** Default: nothing is traced. */
  readonly tracer?: Tracer;
  /** Default: every shard. */
  readonly isWanted?: IsWanted;
  /** Default: never. */
  readonly isUrgent?: IsUrgent;
  readonly settings?: Partial<RuntimeSettings>;
  /** A planted bug for simulations, which must find it: goes on with shards whose lease may have run out. Default false. */
  readonly withoutLocalGuard?: boolean;
}

export interface Runtime {
  /** Resolves after the first look at the leases: what is free is held from then on. */
  start(): Promise<void>;
  /** Stops taking entries, finishes what runs, writes snapshots, gives the shards up. Takes at most `drainMs`. */
  drain(): Promise<void>;
  /** Stops at once and leaves everything as it is, as a crash does. For tests. */
  crash(): void;
  /** Shards that are held, ascending. */
  readonly shards: readonly number[];
  /** Effects that run or wait to run. */
  readonly pendingEffects: number;
  actors(): readonly ActorView[];
  describe(): RuntimeView;
  /** All actors without their state: cheap enough for ten thousand. */
  outline(): readonly ActorOutline[];
  /** One actor with all its state; undefined when it does not live here. */
  inside(address: string): ActorInside | undefined;
  /** Listens to every message that an actor takes; returns what ends it. */
  listen(listener: TapListener): () => void;
  /** The behaviors, by kind. */
  readonly behaviors: ReadonlyMap<string, Behavior>;
}

/** What people see of a node. */
export interface RuntimeView {
  readonly node: string;
  readonly shards: readonly ShardView[];
  readonly pendingEffects: number;
}

export function createRuntime(options: RuntimeOptions): Runtime {
  return new NodeRuntime(options);
}

class NodeRuntime implements Runtime {
  readonly #context: RuntimeContext;
  readonly #owner: string;
  readonly #leases: LeaseKeeper;
  readonly #effects: EffectRunner;
  readonly #shards = new Map<number, Shard>();
  /** Of shards that were lost, and when (monotonic milliseconds): mostly they are this node's again in a moment. */
  readonly #remembered = new Map<number, { readonly memory: Remembered; readonly lostMs: number }>();
  /** Aborts when this node's part is over. */
  readonly #stop = new AbortController();
  /** Ends the present wait of the reader, because there is something else to look at. */
  #wake = new AbortController();
  /** What the reader waits for; undefined while it does not wait. */
  #asked: readonly ShardCursor[] | undefined;
  #isDraining = false;

  constructor(options: RuntimeOptions) {
    const settings = resolveRuntimeSettings(options.settings);
    const { owner, bus, clock, random, log, meter, executors, tracer } = options;
    const behaviors = new Map(options.behaviors.map((behavior) => [behavior.kind, behavior]));
    const pacer = new Pacer(clock, settings.sliceMs);
    this.#owner = owner;
    const own = log.child({ node: owner });
    const shared = { bus, clock, random, log: own, notices: new ShardNotices(clock, own), meter, tracer };
    this.#context = { ...shared, behaviors, executors, settings, pacer, tap: new Tap() };
    this.#effects = new EffectRunner(this.#context);
    const listener = {
      acquired: (tenure: Tenure) => this.#acquired(tenure),
      lost: (tenure: Tenure, reason: string) => this.#lost(tenure, reason),
      unwanted: (tenure: Tenure) => void this.#handOver(tenure),
      answered: () => this.#retry(),
    };
    this.#leases = new LeaseKeeper(
      this.#context,
      owner,
      options.isWanted ?? (() => true),
      listener,
      options.isUrgent,
      options.withoutLocalGuard,
    );
  }

  get shards(): readonly number[] {
    return [...this.#shards.keys()].sort((a, b) => a - b);
  }

  get pendingEffects(): number {
    return this.#effects.pending;
  }

  async start(): Promise<void> {
    await this.#leases.round();
    void this.#leases.run(this.#stop.signal);
    void this.#read();
    void this.#keepHouse();
  }

  async drain(): Promise<void> {
    const { clock, settings, log } = this.#context;
    const late = new AbortController();
    const isDone = await Promise.race([this.#finish().then(() => true), sleep(clock, settings.drainMs, late.signal).then(() => false)]);
    late.abort(STOPPED);
    if (!isDone) log.warn({ drainMs: settings.drainMs }, 'not everything was finished in time; the next owner goes on with what is stored');
    this.crash();
  }

  crash(): void {
    this.#isDraining = true;
    this.#stop.abort(STOPPED);
    this.#wake.abort(STOPPED);
    this.#leases.abandon();
    this.#shards.clear();
    this.#remembered.clear();
    this.#context.notices.tell();
  }

  actors(): readonly ActorView[] {
    return [...this.#shards.values()].flatMap((shard) => shard.actors());
  }

  describe(): RuntimeView {
    const shards = [...this.#shards.values()].map((shard) => shard.view()).sort((a, b) => a.shard - b.shard);
    return { node: this.#owner, shards, pendingEffects: this.pendingEffects };
  }

  outline(): readonly ActorOutline[] {
    return [...this.#shards.values()].flatMap((shard) => shard.outline());
  }

  inside(address: string): ActorInside | undefined {
    return this.#shards.get(shardOf(address))?.inside(address);
  }

  listen(listener: TapListener): () => void {
    return this.#context.tap.listen(listener);
  }

  get behaviors(): ReadonlyMap<string, Behavior> {
    return this.#context.behaviors;
  }

  async #finish(): Promise<void> {
    this.#leases.stopTaking();
    await Promise.all([...this.#shards.values()].map(({ tenure }) => this.#handOver(tenure)));
    this.#isDraining = true;
    this.#wake.abort(STOPPED);
  }

  /**
   * Puts a shard away and releases it. Its effects finish first while it goes on as usual, so that it stands still only for the
   * moment of its last commit. Its lease is beaten until it is released: nobody takes over what is still being put away.
   */
  async #handOver(tenure: Tenure): Promise<void> {
    const { clock, settings } = this.#context;
    const shard = this.#shards.get(tenure.shard);
    if (shard?.tenure !== tenure) return;
    const settled = new AbortController();
    await Promise.race([this.#effects.settle(tenure), sleep(clock, settings.handOverMs, settled.signal)]);
    settled.abort(STOPPED);
    await shard.stop();
    await this.#putAway(shard);
    await this.#leases.release(tenure);
    if (this.#shards.get(tenure.shard) === shard) this.#shards.delete(tenure.shard);
  }

  async #putAway(shard: Shard): Promise<void> {
    try {
      await shard.putAway();
    } catch (error) {
      const { log } = this.#context;
      log.warn({ shard: shard.tenure.shard, error: messageOf(error) }, 'a snapshot could not be written; the next owner replays');
    }
  }

  #acquired(tenure: Tenure): void {
    const memory = this.#remembered.get(tenure.shard)?.memory;
    this.#remembered.delete(tenure.shard);
    const shard = new Shard(this.#context, tenure, this.#effects, () => this.#askFor(shard), memory);
    this.#shards.set(tenure.shard, shard);
    this.#context.log.debug({ shard: tenure.shard, epoch: tenure.epoch }, 'a shard was taken');
    shard.begin();
  }

  #lost(tenure: Tenure, reason: string): void {
    const shard = this.#shards.get(tenure.shard);
    if (shard?.tenure === tenure) {
      this.#shards.delete(tenure.shard);
      const memory = shard.takeMemory();
      if (memory !== undefined) this.#remembered.set(tenure.shard, { memory, lostMs: this.#context.clock.monotonicMs() });
    }
    this.#context.meter.count('forescale_shards_lost_total');
    this.#context.notices.warn(tenure.shard, reason, 'shards were lost');
  }

  /** One reader for all shards that want entries: a wait for each of them would be sixty-four. */
  async #read(): Promise<void> {
    const { clock, random, settings, log } = this.#context;
    // One reader a node may ask as often as leases are beaten: everything waits for it when the bus is back.
    const backOff = new BackOff(clock, random, { ...settings, retryMaxMs: Math.min(settings.retryMaxMs, settings.beatMs) });
    while (!this.#isDraining) {
      try {
        await this.#readOnce();
        backOff.succeeded();
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'the streams could not be read');
        // A shard that becomes ready ends it, or a look at the leases: the bus has answered, though perhaps on another connection.
        this.#asked = [];
        const { signal } = this.#wake;
        await backOff.wait(signal);
        if (signal.aborted) backOff.succeeded();
      }
    }
  }

  #retry(): void {
    this.#wake.abort(STOPPED);
    for (const shard of this.#shards.values()) shard.retry();
  }

  /** A shard that wants what the reader does not wait for. */
  #askFor({ position }: Shard): void {
    if (this.#asked?.includes(position) === false) this.#wake.abort(STOPPED);
  }

  async #readOnce(): Promise<void> {
    const { bus, clock, settings, pacer } = this.#context;
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
    const cursors: ShardCursor[] = [];
    for (const shard of this.#shards.values()) if (shard.isReady) cursors.push(shard.position);
    this.#asked = cursors;
    if (cursors.length === 0) return sleep(clock, settings.readWaitMs, this.#wake.signal);
    const found = await bus.readAfter(cursors, settings.batchEntriesMax, settings.readWaitMs, this.#wake.signal);
    this.#asked = undefined;
    if (this.#isDraining) return;
    for (const { shard: number, entries } of found) {
      const shard = this.#shards.get(number);
      // Something may have happened to it while the answer was on its way.
      if (shard?.isReady === true && cursors.includes(shard.position)) shard.give(entries);
    }
    await pacer.pause();
  }

  /** Who has not taken a shard back by then leaves it to another. */
  #forget(untilMs: number): void {
    for (const [shard, { lostMs }] of this.#remembered) if (lostMs < untilMs) this.#remembered.delete(shard);
  }

  async #keepHouse(): Promise<void> {
    const { clock, settings, meter } = this.#context;
    for (;;) {
      await sleep(clock, settings.housekeepingMs, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      this.#forget(clock.monotonicMs() - settings.leaseMs);
      for (const shard of this.#shards.values()) shard.keepHouse();
      meter.gauge('forescale_shards_held', this.#shards.size);
    }
  }
}
