import { spread } from '../../src/actors/measure.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { SimNode } from './node.ts';

const LOOK_MS = 500;
/** A node that was not well for this long is counted out, milliseconds. */
const OUT_AFTER_MS = 2_500;

/**
 * Who counts as a member, and who of them should hold a shard: the one whose name and the shard's number give the highest
 * number (rendezvous), so that a change of members moves as little as possible. Everybody sees the same members: what
 * two nodes that see different ones do to each other is what leases and fences are for, and paused nodes show it.
 */
export class Membership {
  readonly #clock: Clock;
  readonly #running: () => readonly SimNode[];
  readonly #members = new Set<string>();
  readonly #wellAtMs = new Map<string, number>();

  readonly #shards: ReadonlySet<number>;

  /** `shards`: those that anybody should hold. */
  constructor(clock: Clock, shards: readonly number[], running: () => readonly SimNode[]) {
    this.#clock = clock;
    this.#shards = new Set(shards);
    this.#running = running;
  }

  watch(): void {
    this.#look();
    this.#clock.setTimer(LOOK_MS, () => this.watch());
  }

  join(name: string): void {
    this.#members.add(name);
    this.#wellAtMs.set(name, this.#clock.monotonicMs());
  }

  leave(name: string): void {
    this.#members.delete(name);
    this.#wellAtMs.delete(name);
  }

  isWanted(name: string, shard: number): boolean {
    if (!this.#shards.has(shard)) return false;
    let best = '';
    let highest = -1;
    for (const member of this.#members) {
      const weight = spread(`${shard}/${member}`);
      if (weight > highest) [best, highest] = [member, weight];
    }
    return best === name;
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const node of this.#running()) {
      if (!node.isWell || node.isLeaving) continue;
      this.#wellAtMs.set(node.name, nowMs);
      this.#members.add(node.name);
    }
    for (const [name, wellAtMs] of this.#wellAtMs) {
      if (nowMs - wellAtMs >= OUT_AFTER_MS) this.leave(name);
    }
  }
}
