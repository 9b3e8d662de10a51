/**
 * Real producers in a process of their own: some tell the load of the pool as a service does, one tells the counters numbers, and a hand
 * sets the pool's replicas.
 * `{"bus":…}`. On SIGTERM it says how many numbers each counter was told, and exits.
 */
import { createRedisBus } from '../../src/adapters/redis/bus.ts';
import { parseRedisUrl } from '../../src/adapters/redis/url.ts';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { createSystemRandom } from '../../src/adapters/system/random.ts';
import { sleep } from '../../src/ports/clock.ts';
import { silentLog } from '../../src/ports/log.ts';
import { silentMeter } from '../../src/ports/meter.ts';
import { createPublisher } from '../../src/producer/index.ts';
import { pseAddress, shardOf } from '../../src/protocol/address.ts';
import { encodeMessage } from '../../src/protocol/codec.ts';
import { createMessage } from '../../src/protocol/create-message.ts';
import { INTERVAL_MS, REPLICA_CAPACITY } from '../../sim/dst/pools.ts';
import { COUNTERS } from './counters.ts';
import { POOL } from './names.ts';

const PRODUCERS = 3;
const EVERY_MS = 250;
/** The load goes up and down between one and this many replicas. */
const LEVELS = 9;
const PERIOD_MS = 60_000;
const SENDER = 'chaos';
/**
 * A hand moves the pool, too, each time by another count: by itself it hardly ever moves under strikes, as it holds what it has while
 * reports are late, and it is the actions that are to be proven.
 */
const HAND = 'chaos:hand';
const HAND_EVERY_MS = 4_000;
const HAND_HOLDS_MS = 3_000;
const HAND_REPLICAS = [8, 2, 11, 5, 3, 9] as const;

const { bus: url } = JSON.parse(process.argv[2] ?? '{}') as { readonly bus: string };
const world = { clock: createSystemClock(), random: createSystemRandom(), log: silentLog, meter: silentMeter };
const { clock } = world;
const bus = await createRedisBus({ ...world, settings: parseRedisUrl(url, 'bus', process.env), name: 'chaos:producer' });
const over = new AbortController();
process.once('SIGTERM', () => over.abort());

/** Resolves when a replica has it, too: what a failover takes back was never told. */
async function tell(number: number): Promise<void> {
  const atMs = clock.nowMs();
  const message = createMessage(
    'budget',
    { pool: 'p', maxReplicas: 1, revision: number, reason: SENDER },
    { source: SENDER, incarnation: 1, sequence: number, timeMs: atMs },
  );
  const body = encodeMessage(message, 'application/msgpack');
  const entries = COUNTERS.map((to) => ({ shard: shardOf(to), to, contentType: 'application/msgpack' as const, body, atMs }));
  for (;;) {
    try {
      await bus.append(entries);
      if (Number(await bus.link.connections.commit.call('wait', [1, 500])) >= 1) return;
    } catch {
      // Whether it arrived is unknown: repeats are dropped by source and sequence.
    }
    await sleep(clock, 50);
  }
}

function observe(): void {
  const publishers = Array.from({ length: PRODUCERS }, (_, i) =>
    createPublisher({ bus, clock, pool: POOL, producer: `p${i}`, incarnation: clock.nowMs() }),
  );
  const timer = setInterval(() => {
    const endMs = Math.floor(clock.nowMs() / INTERVAL_MS) * INTERVAL_MS;
    const level = 1 + ((LEVELS - 1) * (1 + Math.sin((2 * Math.PI * endMs) / PERIOD_MS))) / 2;
    const requests = (level * REPLICA_CAPACITY * INTERVAL_MS) / 1_000 / PRODUCERS;
    for (const [i, publisher] of publishers.entries())
      publisher.publish({
        pool: POOL,
        producer: `p${i}`,
        intervalStartMs: endMs - INTERVAL_MS,
        intervalMs: INTERVAL_MS,
        load: { requests, cpuSeconds: 0, memoryBytes: 0, networkBytes: 0 },
        byType: {},
        bySource: { distinct: 1, top: [] },
      });
  }, INTERVAL_MS);
  over.signal.addEventListener('abort', () => clearInterval(timer));
}

/** What the bus does not take is not told again: the next one comes soon. */
function setByHand(): void {
  let sequence = 0;
  const to = pseAddress(POOL);
  const timer = setInterval(() => {
    const atMs = clock.nowMs();
    const replicas = HAND_REPLICAS[sequence % HAND_REPLICAS.length] ?? 1;
    sequence += 1;
    const message = createMessage(
      'control',
      { pool: POOL, command: 'override', replicas, expiresAtMs: atMs + HAND_HOLDS_MS, by: HAND, reason: 'chaos' },
      { source: HAND, incarnation: 1, sequence, timeMs: atMs },
    );
    const body = encodeMessage(message, 'application/msgpack');
    bus.append([{ shard: shardOf(to), to, contentType: 'application/msgpack', body, atMs }]).catch(() => {});
  }, HAND_EVERY_MS);
  over.signal.addEventListener('abort', () => clearInterval(timer));
}

observe();
setByHand();
console.log('joined');
let number = 0;
while (!over.signal.aborted) {
  number += 1;
  await tell(number);
  await sleep(clock, EVERY_MS);
}
process.stdout.write(`${number}\n`, () => process.exit(0));
