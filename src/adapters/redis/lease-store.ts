/** Leases: small hashes that are compared and set by scripts. */
import type { Lease } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { SHARD_COUNT } from '../../protocol/address.ts';
import type { Keys } from './keys.ts';
import type { RedisLink } from './link.ts';
import { rowOf, textOf } from './reply.ts';
import { runScript } from './scripts.ts';

export class LeaseStore {
  readonly #link: RedisLink;
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #quietMs: number;
  /** The latest promoted server, and since when it is known, monotonic. One that is promoted again has another name. */
  #promoted = { server: '', sinceMs: 0 };

  constructor(link: RedisLink, keys: Keys, clock: Clock, quietMs: number) {
    this.#link = link;
    this.#keys = keys;
    this.#clock = clock;
    this.#quietMs = quietMs;
  }

  read(): Promise<readonly Lease[]> {
    return Promise.all(Array.from({ length: SHARD_COUNT }, (_, shard) => this.#readOne(shard)));
  }

  async acquire(shard: number, owner: string, seen: Pick<Lease, 'epoch' | 'beat'>): Promise<Lease | undefined> {
    const { control } = this.#link.connections;
    const args = [owner, seen.epoch, seen.beat, this.#settledServer()];
    const { lease, meta } = this.#keys.shard(shard);
    const reply = await runScript(control, 'acquire-lease', [lease, meta], args);
    if (Buffer.isBuffer(reply)) {
      const server = textOf(reply);
      if (this.#promoted.server !== server) this.#promoted = { server, sinceMs: this.#clock.monotonicMs() };
      return undefined;
    }
    const [epoch, beat] = rowOf(reply);
    return epoch === undefined || beat === undefined ? undefined : { shard, owner, epoch: Number(epoch), beat: Number(beat) };
  }

  /** `next` is the owner from now on. */
  async beat(shard: number, owner: string, epoch: number, next: string): Promise<boolean> {
    const { control } = this.#link.connections;
    return (await runScript(control, 'beat-lease', [this.#keys.shard(shard).lease], [owner, epoch, next])) === 1;
  }

  async #readOne(shard: number): Promise<Lease> {
    const { control } = this.#link.connections;
    const [owner, epoch, beat] = await control.hmget(this.#keys.shard(shard).lease, 'owner', 'epoch', 'beat');
    return { shard, owner: owner ?? '', epoch: Number(epoch ?? 0), beat: Number(beat ?? 0) };
  }

  /** Empty while the latest promoted server is not known for long enough. */
  #settledServer(): string {
    const { server, sinceMs } = this.#promoted;
    return this.#clock.monotonicMs() - sinceMs >= this.#quietMs ? server : '';
  }
}
