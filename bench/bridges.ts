/** Messages a second through a bridge, on real brokers with the bus in memory and over Redis. Bar: 5,000, in and out. */
import { openKafkaQueue } from '../src/adapters/kafka/queue.ts';
import { parseKafkaUrl } from '../src/adapters/kafka/url.ts';
import { openRabbitQueue } from '../src/adapters/rabbitmq/queue.ts';
import { parseRabbitUrl } from '../src/adapters/rabbitmq/url.ts';
import { startBridge } from '../src/bridge/index.ts';
import { silentMeter } from '../src/ports/meter.ts';
import type { Queue } from '../src/ports/queue.ts';
import { noKafka, startKafka } from '../test/adapters/kafka/server.ts';
import { noRabbit, startRabbit } from '../test/adapters/rabbitmq/server.ts';
import { openBus } from '../test/adapters/redis/open.ts';
import { noServer, startServer } from '../test/adapters/redis/server.ts';
import { busWithPlans, clock, createTestBus, log, observation, upTo, type TestBus } from '../test/bridge/world.ts';
import { until } from '../test/until.ts';

const MESSAGES = 50_000;
const PART = 500;

type Open = (name: string) => Promise<Queue>;

export async function run(): Promise<void> {
  if (noRabbit === undefined) {
    const server = await startRabbit();
    const at = (type: string) => parseRabbitUrl(`${server.url}?type=${type}`, 'url', {});
    for (const type of ['quorum', 'classic'])
      await measure(`RabbitMQ, ${type} queue`, type, (name) => openRabbitQueue({ settings: at(type), clock, log, name }));
    await server.dispose();
  } else console.log(`RabbitMQ: not measured: ${noRabbit}`);
  if (noKafka === undefined) {
    const server = await startKafka();
    const at = (name: string) => parseKafkaUrl(`${server.url}?group=${name}`, 'url', {});
    await measure('Kafka', 'kafka', (name) => openKafkaQueue({ settings: at(name), clock, log, name }));
    await server.dispose();
  } else console.log(`Kafka: not measured: ${noKafka}`);
}

async function measure(title: string, prefix: string, open: Open): Promise<void> {
  const memory = createTestBus();
  await carryIn(`${title}, in to memory`, `${prefix}-in-1`, open, memory.bus, () => memory.got.length);
  if (noServer === undefined) {
    const redis = await startServer();
    const bus = await openBus(redis.url);
    let got = 0;
    const counting: TestBus['bus'] = {
      readTopic: (...args) => bus.readTopic(...args),
      readBookmark: (name) => bus.readBookmark(name),
      writeBookmark: (name, at) => bus.writeBookmark(name, at),
      async append(entries) {
        await bus.append(entries);
        got += entries.length / 2;
      },
    };
    await carryIn(`${title}, in to Redis`, `${prefix}-in-2`, open, counting, () => got);
    await bus.close();
    await redis.dispose();
  }
  await carryOut(`${title}, out`, `${prefix}-out`, open);
}

/** Messages wait on the broker already: what is measured is the bridge. */
async function carryIn(title: string, name: string, open: Open, bus: TestBus['bus'], got: () => number): Promise<void> {
  const producer = await open(`${name}-producer`);
  const sentMs = await timed(async () => {
    for (let start = 0; start < MESSAGES; start += PART)
      await producer.send(
        { kind: 'queue', name },
        upTo(PART).map((i) => observation('one', start + i)),
      );
  });
  const queue = await open(name);
  const settings = { name, url: '', in: { from: name, dead: `${name}.dead`, accept: ['observation'] as const }, out: undefined };
  const ms = await timed(async () => {
    const bridge = startBridge({ settings, queue, bus, clock, log, meter: silentMeter });
    await until(() => got() >= MESSAGES, title, 120_000);
    await bridge.stop();
  });
  await producer.close();
  tell(title, ms, `; sent by the producer at ${rate(sentMs)}/s`);
}

/** Every message counts when the broker has confirmed it. */
async function carryOut(title: string, name: string, open: Open): Promise<void> {
  const queue = await open(name);
  let confirmed = 0;
  const bus: TestBus['bus'] = {
    ...busWithPlans(MESSAGES),
    writeBookmark: (_name, at) => Promise.resolve(void (confirmed = Number(at.split('-')[0]))),
  };
  const settings = { name, url: '', in: undefined, out: { to: name, topics: ['plans'] } };
  const ms = await timed(async () => {
    const bridge = startBridge({ settings, queue, bus, clock, log, meter: silentMeter });
    await until(() => confirmed >= MESSAGES, title, 120_000);
    await bridge.stop();
  });
  tell(title, ms, '');
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = clock.monotonicMs();
  await work();
  return clock.monotonicMs() - startMs;
}

const rate = (ms: number): string => Math.round((MESSAGES / ms) * 1_000).toLocaleString('en');
function tell(title: string, ms: number, note: string): void {
  console.log(`${title.padEnd(40)} ${rate(ms).padStart(8)} messages/s (bar 5,000)${note}`);
}
