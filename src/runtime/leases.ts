/**
 * Which shards this node holds. A lease is judged by its beat on the contender's own monotonic clock, never by a time that
 * is written down: a clock that jumps cannot end it. The holder stops by itself, a margin before others may take over.
 */
import { sleep } from '../ports/clock.ts';
import type { Lease } from '../ports/bus.ts';
import type { RuntimeContext, Tenure } from './context.ts';
import { messageOf } from './snapshot.ts';

export interface LeaseListener {
  acquired(tenure: Tenure): void;
  lost(tenure: Tenure, reason: string): void;
}

/** Whether this node should hold a shard. Placement over several nodes goes in here. */
export type IsWanted = (shard: number) => boolean;

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
  readonly #held = new Map<number, HeldLease>();
  readonly #watched = new Map<number, Watched>();

  constructor(context: RuntimeContext, owner: string, isWanted: IsWanted, listener: LeaseListener) {
    this.#context = context;
    this.#owner = owner;
    this.#isWanted = isWanted;
    this.#listener = listener;
  }

  get held(): number {
    return this.#held.size;
  }

  /** Beats and watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, settings } = this.#context;
    while (!signal.aborted) {
      try {
        await this.round();
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'the leases could not be read; nothing new is taken');
      }
      this.#giveUpExpired();
      await sleep(clock, settings.beatMs, signal);
    }
  }

  /** One look at all leases: beats those held, takes those that are free or whose holder stands still. */
  async round(): Promise<void> {
    const { bus } = this.#context;
    for (const lease of await bus.readLeases()) {
      const held = this.#held.get(lease.shard);
      if (held === undefined) await this.#watch(lease);
      else await this.#renew(held);
    }
  }

  async releaseAll(): Promise<void> {
    const { bus, log } = this.#context;
    for (const held of this.#held.values()) {
      try {
        await bus.releaseLease(held.shard, this.#owner, held.epoch);
      } catch (error) {
        log.warn({ shard: held.shard, error: messageOf(error) }, 'a lease could not be released; others wait until it has run out');
      }
      held.end();
    }
    this.#held.clear();
  }

  /** As if the process had died: nothing is released. */
  abandon(): void {
    for (const held of this.#held.values()) held.end();
    this.#held.clear();
  }

  async #renew(held: HeldLease): Promise<void> {
    const { bus, clock, settings } = this.#context;
    // Counted from before the beat was sent: the others count from when they saw it.
    const sentMs = clock.monotonicMs();
    if (await bus.renewLease(held.shard, this.#owner, held.epoch)) held.untilMs = sentMs + settings.leaseMs - settings.leaseMarginMs;
    else held.lose('another node took it');
  }

  async #watch(lease: Lease): Promise<void> {
    const { bus, clock, settings } = this.#context;
    const { shard, epoch, beat } = lease;
    const nowMs = clock.monotonicMs();
    const seen = this.#watched.get(shard);
    const same = seen !== undefined && seen.epoch === epoch && seen.beat === beat;
    const sinceMs = same ? seen.sinceMs : nowMs;
    this.#watched.set(shard, { epoch, beat, sinceMs });
    const isFree = lease.owner === '' || nowMs - sinceMs >= settings.leaseMs;
    if (!isFree || !this.#isWanted(shard)) return;
    const taken = await bus.acquireLease(shard, this.#owner, { epoch, beat });
    if (taken === undefined) return;
    const held = new HeldLease(taken, nowMs + settings.leaseMs - settings.leaseMarginMs, clock.monotonicMs.bind(clock), (lost, reason) => {
      this.#held.delete(shard);
      this.#listener.lost(lost, reason);
    });
    this.#held.set(shard, held);
    this.#watched.delete(shard);
    this.#listener.acquired(held);
  }

  #giveUpExpired(): void {
    for (const held of this.#held.values()) if (!held.isHeld()) held.lose('its lease ran out without a beat');
  }
}

class HeldLease implements Tenure {
  readonly shard: number;
  readonly epoch: number;
  untilMs: number;
  readonly #stop = new AbortController();
  readonly #monotonicMs: () => number;
  readonly #onLost: (held: HeldLease, reason: string) => void;

  constructor(lease: Lease, untilMs: number, monotonicMs: () => number, onLost: (held: HeldLease, reason: string) => void) {
    this.shard = lease.shard;
    this.epoch = lease.epoch;
    this.untilMs = untilMs;
    this.#monotonicMs = monotonicMs;
    this.#onLost = onLost;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  isHeld(): boolean {
    return !this.#stop.signal.aborted && this.#monotonicMs() < this.untilMs;
  }

  lose(reason: string): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#onLost(this, reason);
  }

  end(): void {
    this.#stop.abort();
  }
}
