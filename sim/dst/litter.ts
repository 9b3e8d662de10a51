import type { Clock } from '../../src/ports/clock.ts';
import type { NewEntry } from '../../src/ports/bus.ts';
import type { Random } from '../../src/ports/random.ts';
import { plaAddress, pseAddress, shardOf } from '../../src/protocol/address.ts';
import { encodeMessage } from '../../src/protocol/codec.ts';
import { createMessage } from '../../src/protocol/create-message.ts';
import type { BusServer } from './server.ts';

/** Who writes it; the code of the dead letter that must become of it stands after the colon, `none` for none. */
export const STRANGER = 'stranger:';

interface Scrap {
  readonly code: string;
  readonly to: string;
  readonly body: Uint8Array;
  /** Where it is written; default: where its address belongs. */
  readonly shard?: number;
}

/** Nonsense that somebody writes into the streams: each piece is one dead letter, or is passed over, and does nothing. */
export class Litter {
  readonly #clock: Clock;
  readonly #server: BusServer;
  readonly #pools: readonly string[];
  readonly #shards: readonly number[];

  constructor(clock: Clock, server: BusServer, pools: readonly string[], shards: readonly number[]) {
    this.#clock = clock;
    this.#server = server;
    this.#pools = pools;
    this.#shards = shards;
  }

  async drop(random: Random): Promise<void> {
    const { code, to, body, shard = shardOf(to) } = this.#scrap(random);
    // Only shards that somebody reads.
    if (!this.#shards.includes(shard)) return;
    const entry: NewEntry = { shard, to, contentType: 'application/msgpack', body, atMs: this.#clock.nowMs() };
    try {
      await this.#server.connect(`${STRANGER}${code}`).append([entry]);
    } catch {
      // The bus is down or full: then there is no litter.
    }
  }

  #scrap(random: Random): Scrap {
    const pool = this.#pools[random.int(this.#pools.length)] ?? '';
    const addresses = [plaAddress(pool, null), pseAddress(pool)];
    const to = addresses[random.int(addresses.length)] ?? pseAddress(pool);
    const here = shardOf(to);
    const elsewhere = this.#shards.find((shard) => shard !== here) ?? here;
    const noise = (length: number): Uint8Array => Uint8Array.from({ length }, () => random.int(256));
    const atMs = this.#clock.nowMs();
    const beat = { node: 'n', atMs, build: 'b', protocolVersion: 1, shards: [], actors: 0, eventLoopDelayMs: 0, ready: true };
    const heartbeat = encodeMessage(createMessage('heartbeat', beat, { source: 'stranger', timeMs: atMs }), 'application/msgpack');
    const timer = { name: 'review', version: 9_999_999, dueAtMs: atMs };
    const forged = encodeMessage(createMessage('timer-fired', timer, { source: to, timeMs: atMs }), 'application/msgpack');
    const scraps: readonly Scrap[] = [
      { code: 'broken-encoding', to, body: Uint8Array.of(0xc1, ...noise(20)) },
      { code: 'broken-encoding', to, body: new Uint8Array() },
      { code: 'broken-message', to, body: this.#broken(to) },
      { code: 'unknown-kind', to: 'ghost:of/nobody', body: heartbeat, shard: here },
      { code: 'refused', to: 'pse:nowhere', body: heartbeat, shard: shardOf('pse:nowhere') },
      { code: 'misrouted', to, body: heartbeat, shard: elsewhere },
      { code: 'none', to, body: forged },
    ];
    return scraps[random.int(scraps.length)] ?? { code: 'broken-encoding', to, body: noise(1) };
  }

  /** Well encoded, and not what its type says. */
  #broken(to: string): Uint8Array {
    const budget = { pool: 'web', maxReplicas: 3, revision: 1, reason: 'because' };
    const message = createMessage('budget', budget, { source: to, timeMs: this.#clock.nowMs() });
    return encodeMessage({ ...message, data: { ...budget, maxReplicas: 'many' as unknown as number } }, 'application/msgpack');
  }
}
