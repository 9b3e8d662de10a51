/** What is done to the parts. Each does its harm and takes it back, but for what only healing takes back. */
import { Redis } from 'ioredis';
import { sleep } from '../../src/ports/clock.ts';
import type { Random } from '../../src/ports/random.ts';
import { clock } from '../adapters/redis/open.ts';
import type { LinkFaults } from './proxy.ts';
import type { Member } from './member.ts';
import { HOG_MS } from './names.ts';
import { NODES_MAX, type ChaosWorld } from './world.ts';

export interface Nemesis {
  readonly name: string;
  strike(world: ChaosWorld, random: Random): Promise<void>;
}

const pick = ({ nodes }: ChaosWorld, random: Random): Member | undefined => nodes[random.int(Math.max(1, nodes.length))];
const between = (random: Random, fromMs: number, toMs: number): number => fromMs + random.next() * (toMs - fromMs);

/** A link of one node is bad for a while. */
const onLink =
  (to: 'redis' | 'target', faults: Partial<LinkFaults>, fromMs: number, toMs: number): Nemesis['strike'] =>
  async (world, random) => {
    const node = pick(world, random);
    node?.[to].set(faults);
    await sleep(clock, between(random, fromMs, toMs));
    node?.[to].heal();
  };

/** Ends a node once another has joined: what a process takes to start is no failover, and on a busy machine it takes many seconds. */
async function stop({ nodes }: ChaosWorld, node: Member | undefined, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (node === undefined) return;
  const others = nodes.filter((other) => other !== node && !other.isEnding).map(({ joined }) => joined);
  await Promise.any(others).catch(() => {});
  node.isEnding = true;
  node.child.kill(signal);
  await node.exited;
}

const tell = async ({ port }: { readonly port: number }, ...command: readonly string[]): Promise<void> => {
  const client = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: 0 });
  client.on('error', () => {});
  await client.call(command[0] ?? '', command.slice(1)).catch(() => {});
  client.disconnect();
};

export const NEMESES: readonly Nemesis[] = [
  {
    name: 'kill -9 of a node, and a new one',
    async strike(world, random) {
      await stop(world, pick(world, random), 'SIGKILL');
      await world.join();
    },
  },
  {
    name: 'SIGSTOP of a node',
    async strike(world, random) {
      const node = pick(world, random);
      node?.child.kill('SIGSTOP');
      await sleep(clock, between(random, 1_000, 8_000));
      node?.child.kill('SIGCONT');
    },
  },
  {
    name: 'a node drains, and a new one comes',
    async strike(world, random) {
      await stop(world, pick(world, random), 'SIGTERM');
      await world.join();
    },
  },
  {
    name: 'a node joins, or one leaves',
    async strike(world, random) {
      if (world.nodes.length < NODES_MAX) await world.join();
      else await stop(world, pick(world, random), 'SIGTERM');
    },
  },
  {
    name: 'rolling upgrade, node by node',
    async strike(world) {
      world.isUpgraded = true;
      for (const node of world.nodes) {
        await stop(world, node, 'SIGTERM');
        await (
          await world.join()
        ).joined;
      }
    },
  },
  {
    name: 'a step that keeps the event loop for five seconds',
    async strike(world, random) {
      pick(world, random)?.child.kill('SIGUSR2');
      await sleep(clock, HOG_MS);
    },
  },
  { name: 'partition from Redis', strike: onLink('redis', { holdsRequests: true, holdsReplies: true }, 1_000, 7_000) },
  { name: 'partition from Redis, one way: requests', strike: onLink('redis', { holdsRequests: true }, 1_000, 7_000) },
  { name: 'partition from Redis, one way: replies', strike: onLink('redis', { holdsReplies: true }, 1_000, 7_000) },
  { name: 'slow link to Redis', strike: onLink('redis', { delayMs: 120 }, 2_000, 6_000) },
  { name: 'partition from the target, one way: replies', strike: onLink('target', { holdsReplies: true }, 2_000, 8_000) },
  { name: 'slow link to the target', strike: onLink('target', { delayMs: 400 }, 2_000, 8_000) },
  {
    name: 'connections are cut',
    async strike(world) {
      for (const member of [...world.nodes, world.producer]) {
        member.redis.reset();
        member.target.reset();
      }
    },
  },
  {
    name: 'the target does what is asked, and cuts the answer',
    async strike(world, random) {
      world.target.server.interfere = ({ isWatch }) => (!isWatch && random.next() < 0.5 ? { when: 'after', with: 'cut' } : undefined);
      await sleep(clock, between(random, 3_000, 8_000));
      world.target.server.interfere = () => undefined;
    },
  },
  {
    name: 'kill -9 of Redis, back at once',
    async strike({ redis }) {
      await (await redis.master()).restart();
    },
  },
  {
    name: 'SIGSTOP of Redis, for a moment',
    async strike({ redis }, random) {
      const master = await redis.master();
      master.signal('SIGSTOP');
      await sleep(clock, between(random, 200, 1_200));
      master.signal('SIGCONT');
    },
  },
  {
    name: 'kill -9 of the master, the replica is promoted',
    async strike({ redis }) {
      const before = await redis.master();
      await before.kill();
      for (let look = 0; look < 200 && (await redis.master()) === before; look++) await sleep(clock, 100);
      await before.restart();
    },
  },
  {
    name: 'failover by Sentinel',
    async strike({ redis }) {
      const before = await redis.master();
      await redis.ask('failover', 'main').catch(() => {});
      for (let look = 0; look < 100 && (await redis.master()) === before; look++) await sleep(clock, 100);
    },
  },
  {
    name: 'Redis out of memory',
    async strike({ redis }, random) {
      const master = await redis.master();
      await tell(master, 'config', 'set', 'maxmemory', '1mb');
      await sleep(clock, between(random, 1_000, 5_000));
      await tell(master, 'config', 'set', 'maxmemory', '0');
    },
  },
  { name: 'CLIENT KILL', strike: async ({ redis }) => tell(await redis.master(), 'client', 'kill', 'type', 'normal') },
  {
    name: 'DEBUG SLEEP',
    strike: async ({ redis }) =>
      tell(await redis.master(), 'eval', "local t=redis.call('TIME')[1]+1 repeat until tonumber(redis.call('TIME')[1])>t return 1", '0'),
  },
];
