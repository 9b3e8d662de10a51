/**
 * Which shards this node holds. A lease is judged by its beat on the contender's own monotonic clock, never by a time that
 * is written down: a clock that jumps cannot end it. The holder stops by itself, a margin before others may take over.
 */
import { sleep, type TimerHandle } from '../ports/clock.ts';
import type { Lease } from '../ports/bus.ts';
import { STOPPED, type RuntimeContext, type Tenure } from './context.ts';
import { messageOf } from './snapshot.ts';

export interface LeaseListener {
  acquired(tenure: Tenure): void;
  lost(tenure: Tenure, reason: string): void;
  /** It should be another node's: to be put away and then released. Told once; it is beaten until then. */
  unwanted(tenure: Tenure): void;
  /** The bus answers again: what waits for its next attempt need not. */
  answered(): void;
}

/** Whether this node should hold a shard, asked anew at every round. Placement over several nodes goes in here. */
export type IsWanted = (shard: number, leases: readonly Lease[]) => boolean;

/** Whether shards are about to change hands: leases are then looked at between the beats, too. */
export type IsUrgent = (leases: readonly Lease[]) => boolean;

interface Watched {
  readonly epoch: number;
  readonly beat: number;
  /** Monotonic time at which it was first seen like this, milliseconds. */
  readonly sinceMs: number;
}

export class LeaseKeeper {
  readonly #context: RuntimeContext;
  readonly #owner: string;
  readonly #isWanted: IsWanted;
  readonly #listener: LeaseListener;
  readonly #marginMs: number;
  readonly #held = new Map<number, HeldLease>();
  /** Those of them that were told to be unwanted. */
  readonly #unwanted = new WeakSet<HeldLease>();
  /** All leases of others, watched all the time: who begins to watch only when he wants one waits twice as long. */
  readonly #watched = new Map<number, Watched>();
  #isTaking = true;
  /**
   * Whether shards were lost or given up since the leases were read last. If the bus was away, they are taken as soon as it is back;
   * and whoever was to have one may have gone while it was being put away.
   */
  #hasParted = false;
  /** Whether the bus failed since the leases were read last: then they are beaten at every look. */
  #isAway = false;
  readonly #isUrgent: IsUrgent;
  /** As they were read last. */
  #leases: readonly Lease[] = [];

  constructor(
    context: RuntimeContext,
    owner: string,
    isWanted: IsWanted,
    listener: LeaseListener,
    isUrgent: IsUrgent = () => false,
    withoutLocalGuard = false,
  ) {
    this.#context = context;
    // Never before the others: as if there were no guard.
    this.#marginMs = withoutLocalGuard ? Number.NEGATIVE_INFINITY : context.settings.leaseMarginMs;
    this.#owner = owner;
    this.#isWanted = isWanted;
    this.#isUrgent = isUrgent;
    this.#listener = listener;
  }

  get held(): number {
    return this.#held.size;
  }

  /** Beats and watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#beat(signal), this.#watchOver(signal)]);
  }

  /** One look at all leases: beats those held, takes those that are free or whose holder stands still. */
  async round(): Promise<void> {
    const { log } = this.#context;
    try {
      const leases = await this.#read();
      await all(leases.map((lease) => this.#attend(lease, leases)));
    } catch (error) {
      // Told once, however often it is tried.
      const level = this.#isAway ? 'debug' : 'warn';
      this.#isAway = true;
      log[level]({ error: messageOf(error) }, 'not all leases could be beaten; what is not beaten in time is given up');
    }
  }

  /** Takes no more leases; those that are held are beaten on. */
  stopTaking(): void {
    this.#isTaking = false;
  }

  /** Gives a shard up; the next owner need not wait. */
  async release({ shard, epoch }: Tenure): Promise<void> {
    const held = this.#held.get(shard);
    if (held?.epoch === epoch) await this.#release(held);
  }

  /** As if the process had died: nothing is released. */
  abandon(): void {
    this.#isTaking = false;
    for (const held of this.#held.values()) held.end();
    this.#held.clear();
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { clock, settings } = this.#context;
    // The first look was taken by whoever started this.
    await sleep(clock, settings.beatMs, signal);
    while (!signal.aborted) {
      const begunMs = clock.monotonicMs();
      await this.#boundedly(this.round());
      await this.#lookUntil(begunMs + settings.beatMs, signal);
    }
  }

  /**
   * Waits for the next beat, and looks out meanwhile when shards are about to change hands. Whether they are is asked again and
   * again: another node may say at any time that it leaves, and what it releases must not wait for the next beat.
   */
  async #lookUntil(beatMs: number, signal: AbortSignal): Promise<void> {
    const { clock, settings } = this.#context;
    for (;;) {
      const leftMs = Math.max(0, beatMs - clock.monotonicMs());
      if (!this.#isTaking || leftMs <= settings.lookMs) return sleep(clock, leftMs, signal);
      await sleep(clock, settings.lookMs, signal);
      if (signal.aborted) return;
      // What could not be beaten is beaten as soon as the bus is back.
      if (this.#isAway) await this.#boundedly(this.round());
      else if (this.#hasParted || this.#isUrgent(this.#leases)) await this.#boundedly(this.#look());
    }
  }

  /** A bus that does not answer must not end the beating for ever. */
  async #boundedly(work: Promise<void>): Promise<void> {
    const { clock, settings } = this.#context;
    let timer: TimerHandle | undefined;
    const late = new Promise<void>((resolve) => {
      timer = clock.setTimer(settings.leaseMs, resolve);
    });
    await Promise.race([work, late]);
    timer?.cancel();
  }

  /** Takes what is free, beats nothing. */
  async #look(): Promise<void> {
    try {
      const leases = await this.#read();
      await all(leases.map((lease) => (this.#held.has(lease.shard) ? undefined : this.#contend(lease, leases))));
    } catch (error) {
      this.#hasParted = true;
      this.#context.log.debug({ error: messageOf(error) }, 'the leases could not be looked at between two beats');
    }
  }

  async #read(): Promise<readonly Lease[]> {
    // Before it asks: what is given up meanwhile is not in the answer.
    this.#hasParted = false;
    this.#leases = await this.#context.bus.readLeases();
    if (this.#isAway) {
      this.#isAway = false;
      this.#listener.answered();
    }
    return this.#leases;
  }

  /** On its own, because the beats may be waiting for a bus that does not answer. */
  async #watchOver(signal: AbortSignal): Promise<void> {
    const { clock, settings } = this.#context;
    while (!signal.aborted) {
      await sleep(clock, settings.beatMs, signal);
      for (const held of this.#held.values()) if (!held.isHeld()) held.lose('its lease ran out without a beat');
    }
  }

  /** Undefined: there is nothing to do, which is so for most of them. */
  #attend(lease: Lease, leases: readonly Lease[]): Promise<void> | undefined {
    const held = this.#held.get(lease.shard);
    if (held === undefined) return this.#contend(lease, leases);
    if (this.#isTaking && !this.#unwanted.has(held) && !this.#isWanted(lease.shard, leases)) {
      this.#unwanted.add(held);
      this.#listener.unwanted(held);
    }
    return this.#renew(held);
  }

  async #renew(held: HeldLease): Promise<void> {
    const { bus, clock, settings } = this.#context;
    // Counted from before the beat was sent: the others count from when they saw it.
    const sentMs = clock.monotonicMs();
    const isOurs = await bus.renewLease(held.shard, this.#owner, held.epoch);
    if (!isOurs) held.lose('another node took it');
    // What lapsed does not come back: its shard has stopped in the middle of whatever it did. It is taken anew.
    else if (!held.isHeld()) held.lose('its lease ran out before its beat was answered');
    else held.extend(sentMs + settings.leaseMs - this.#marginMs);
  }

  #contend(lease: Lease, leases: readonly Lease[]): Promise<void> | undefined {
    const { clock, settings } = this.#context;
    const nowMs = clock.monotonicMs();
    const sinceMs = this.#watch(lease, nowMs);
    // Our own name without our knowing: the answer to taking it was lost.
    const isFree = lease.owner === '' || lease.owner === this.#owner || nowMs - sinceMs >= settings.leaseMs;
    if (!isFree || !this.#isTaking || !this.#isWanted(lease.shard, leases)) return undefined;
    return this.#acquire(lease, nowMs);
  }

  /** @returns since when it has been seen to stand still, monotonic milliseconds. */
  #watch({ shard, epoch, beat }: Lease, nowMs: number): number {
    const seen = this.#watched.get(shard);
    if (seen !== undefined && seen.epoch === epoch && seen.beat === beat) return seen.sinceMs;
    this.#watched.set(shard, { epoch, beat, sinceMs: nowMs });
    return nowMs;
  }

  async #acquire({ shard, epoch, beat }: Lease, nowMs: number): Promise<void> {
    const { bus, settings } = this.#context;
    const taken = await bus.acquireLease(shard, this.#owner, { epoch, beat });
    if (taken !== undefined && this.#isTaking) this.#hold(taken, nowMs + settings.leaseMs - this.#marginMs);
  }

  #hold(lease: Lease, untilMs: number): void {
    const { clock } = this.#context;
    if ((this.#held.get(lease.shard)?.epoch ?? 0) >= lease.epoch) return;
    const held = new HeldLease(
      lease,
      untilMs,
      () => clock.monotonicMs(),
      (lost, reason) => this.#lost(lost, reason),
    );
    this.#held.set(lease.shard, held);
    this.#watched.delete(lease.shard);
    this.#listener.acquired(held);
  }

  #lost(lost: HeldLease, reason: string): void {
    this.#hasParted = true;
    if (this.#held.get(lost.shard) === lost) this.#held.delete(lost.shard);
    this.#listener.lost(lost, reason);
  }

  async #release(held: HeldLease): Promise<void> {
    const { bus, log } = this.#context;
    this.#hasParted = true;
    held.end();
    this.#held.delete(held.shard);
    try {
      await bus.releaseLease(held.shard, this.#owner, held.epoch);
    } catch (error) {
      log.warn(
        { shard: held.shard, error: messageOf(error) },
        'a lease could not be released; others wait until its beat has stood still for long enough',
      );
    }
  }
}

async function all(work: readonly (Promise<void> | undefined)[]): Promise<void> {
  await Promise.all(work.filter((one) => one !== undefined));
}

class HeldLease implements Tenure {
  readonly shard: number;
  readonly epoch: number;
  #untilMs: number;
  readonly #stop = new AbortController();
  /** As the signal tells, which is slow to ask. */
  #isOver = false;
  readonly #monotonicMs: () => number;
  readonly #onLost: (held: HeldLease, reason: string) => void;

  constructor(lease: Lease, untilMs: number, monotonicMs: () => number, onLost: (held: HeldLease, reason: string) => void) {
    this.shard = lease.shard;
    this.epoch = lease.epoch;
    this.#untilMs = untilMs;
    this.#monotonicMs = monotonicMs;
    this.#onLost = onLost;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  isHeld(): boolean {
    return !this.#isOver && this.#monotonicMs() < this.#untilMs;
  }

  extend(untilMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, untilMs);
  }

  lose(reason: string): void {
    if (this.#isOver) return;
    this.end();
    this.#onLost(this, reason);
  }

  /** Ends without telling: whoever ends it knows. */
  end(): void {
    this.#isOver = true;
    this.#stop.abort(STOPPED);
  }
}
