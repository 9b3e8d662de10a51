/** Real processes on a real Redis: who takes over, who hands over, and that everything is counted exactly once. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { RedisBus } from '../../src/adapters/redis/bus.ts';
import { openSnapshot } from '../../src/runtime/snapshot.ts';
import { openBus } from '../adapters/redis/open.ts';
import { noServer, startServer, type RedisServer } from '../adapters/redis/server.ts';
import { tallyBehavior, type Tally } from '../runtime/tally.ts';
import { LEDGER } from './node-program.ts';
import { TALLIES, cursorsOf, ownersOf, startNode, startProducer, untilAllWork, type NodeProcess } from './processes.ts';
import { until } from '../until.ts';

const skip = noServer ?? false;

async function tallyOf(bus: RedisBus, shard: number): Promise<Tally> {
  const [stored] = await bus.loadActors(shard, [TALLIES[shard] ?? '']);
  const opened = openSnapshot(stored?.snapshot ?? new Uint8Array(), tallyBehavior({ policy: 'every-batch' }, LEDGER));
  return opened.ok ? (opened.envelope.frozen as Tally) : assert.fail(opened.reason);
}

/** Every tally has what was sent, in order, once. */
async function checkTallies(bus: RedisBus, sent: number): Promise<void> {
  const all = (): Promise<readonly Tally[]> => Promise.all(TALLIES.map((_, shard) => tallyOf(bus, shard)));
  await until(async () => (await all()).every(({ taken }) => taken >= sent), 'all counted', 30_000);
  for (const [shard, { taken, gaps }] of (await all()).entries()) {
    assert.deepEqual([taken, gaps], [sent, 0], `shard ${shard}`);
    assert.deepEqual(await bus.readDeadLetters(shard, '0-0', 10), []);
  }
}

interface World {
  readonly server: RedisServer;
  readonly bus: RedisBus;
  join(name: string): Promise<NodeProcess>;
}

async function world(context: TestContext): Promise<World> {
  const server = await startServer({ args: ['--appendfsync', 'always'] });
  const nodes: NodeProcess[] = [];
  const bus = await openBus(`${server.url}?prefix=c`);
  context.after(async () => {
    for (const { child } of nodes) child.kill('SIGKILL');
    await Promise.all(nodes.map(({ exited }) => exited));
    await bus.close();
    await server.dispose();
  });
  return {
    server,
    bus,
    async join(name) {
      const node = startNode(`${server.url}?prefix=c`, name, 'fast');
      nodes.push(node);
      await node.joined;
      return node;
    },
  };
}

const sharesOf = async (bus: RedisBus): Promise<Readonly<Record<string, number>>> => {
  const shares: Record<string, number> = {};
  for (const owner of await ownersOf(bus)) shares[owner] = (shares[owner] ?? 0) + 1;
  return shares;
};

const owned = (bus: RedisBus, names: string) => async (): Promise<boolean> =>
  Object.keys(await sharesOf(bus))
    .sort()
    .join() === names;

test(
  'cluster: processes share the work; one is killed, Redis is killed, one leaves; everything counts once',
  { skip, timeout: 120_000 },
  async (context) => {
    const { server, bus, join } = await world(context);
    const first = await join('a');
    assert.deepEqual(await sharesOf(bus), { a: 64 });
    const producer = startProducer(bus, 'p', 20);
    const [second] = await Promise.all([join('b'), join('c')]);
    await until(owned(bus, 'a,b,c'), 'the shards are shared', 40_000);

    second.child.kill('SIGKILL');
    await until(owned(bus, 'a,c'), 'the dead one has nothing', 20_000);
    await untilAllWork(bus, await cursorsOf(bus));

    await server.restart();
    await until(() => bus.state.isConnected, 'connected again');
    await untilAllWork(bus, await cursorsOf(bus));

    first.child.kill('SIGTERM');
    assert.equal(await first.exited, 0);
    await until(owned(bus, 'c'), 'the other has everything');
    await untilAllWork(bus, await cursorsOf(bus));
    await checkTallies(bus, await producer.stop());
  },
);

test('cluster: a process that hung and wakes after others took over changes nothing', { skip, timeout: 120_000 }, async (context) => {
  const { bus, join } = await world(context);
  const [a] = await Promise.all([join('a'), join('b')]);
  const producer = startProducer(bus, 'p', 20);
  await until(owned(bus, 'a,b'), 'both have shards', 40_000);
  a.child.kill('SIGSTOP');
  await until(owned(bus, 'b'), 'the other took over', 20_000);
  a.child.kill('SIGCONT');
  await until(owned(bus, 'a,b'), 'it gets its share back', 40_000);
  await untilAllWork(bus, await cursorsOf(bus));
  await checkTallies(bus, await producer.stop());
});
