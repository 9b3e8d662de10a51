/** A cluster of real processes on a real Redis, and the eyes and hands of a test on it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RedisBus } from '../../src/adapters/redis/bus.ts';
import type { FailoverProfile } from '../../src/cluster.ts';
import { compareEntryIds, type NewEntry } from '../../src/ports/bus.ts';
import { sleep } from '../../src/ports/clock.ts';
import { SHARD_COUNT, shardOf } from '../../src/protocol/address.ts';
import { encodeMessage } from '../../src/protocol/codec.ts';
import { createMessage } from '../../src/protocol/create-message.ts';
import { clock } from '../adapters/redis/open.ts';

const PROGRAM = fileURLToPath(new URL('./node-program.ts', import.meta.url));

export interface NodeProcess {
  readonly name: string;
  readonly child: ChildProcess;
  readonly errors: string[];
  /** Resolves when it holds what is its own, rejects when it ends before. */
  readonly joined: Promise<void>;
  readonly exited: Promise<number | null>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export function startNode(url: string, name: string, failover: FailoverProfile = 'normal'): NodeProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, JSON.stringify({ url, name, failover })], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  const joined = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', () => resolve());
    void exited.then(() => reject(new Error(`${name} ended before it joined: ${errors.join('\n')}`)));
  });
  joined.catch(() => {});
  return { name, child, errors, joined, exited };
}

/** One counting actor in each shard, by shard. */
export const TALLIES: readonly string[] = findTallies();

function findTallies(): readonly string[] {
  const found = new Map<number, string>();
  for (let number = 0; found.size < SHARD_COUNT; number++) {
    const address = `tally:${number}`;
    if (!found.has(shardOf(address))) found.set(shardOf(address), address);
  }
  return Array.from({ length: SHARD_COUNT }, (_, shard) => found.get(shard) ?? '');
}

function told(to: string, source: string, sequence: number): NewEntry {
  const atMs = clock.nowMs();
  const data = { pool: 'p', maxReplicas: sequence, revision: sequence, reason: 'told' };
  const body = encodeMessage(createMessage('budget', data, { source, incarnation: 1, sequence, timeMs: atMs }), 'application/msgpack');
  return { shard: shardOf(to), to, contentType: 'application/msgpack', body, atMs };
}

export interface TestProducer {
  /** Resolves with how many each tally was sent. */
  stop(): Promise<number>;
}

/** Sends to all tallies again and again until it is stopped; what the bus did not confirm is sent once more. */
export function startProducer(bus: RedisBus, name: string, everyMs: number): TestProducer {
  let sequence = 0;
  const over = new AbortController();
  const send = async (): Promise<void> => {
    const entries = TALLIES.map((to) => told(to, name, sequence));
    for (;;) {
      try {
        return await bus.append(entries);
      } catch {
        // Whether it arrived is unknown: repeats are dropped by source and sequence.
        await sleep(clock, 20);
      }
    }
  };
  const work = (async () => {
    while (!over.signal.aborted) {
      sequence += 1;
      await send();
      await sleep(clock, everyMs);
    }
  })();
  return {
    async stop() {
      over.abort();
      await work;
      return sequence;
    },
  };
}

/** The cursor of every shard, as its owner committed it last. */
export async function cursorsOf({ link, keys }: RedisBus): Promise<readonly string[]> {
  const { control } = link.connections;
  const found = await Promise.all(TALLIES.map((_, shard) => control.hget(keys.shard(shard).meta, 'cursor')));
  return found.map((cursor) => cursor ?? '0-0');
}

export async function ownersOf(bus: RedisBus): Promise<readonly string[]> {
  return (await bus.readLeases()).map(({ owner }) => owner);
}

/**
 * Times after which each shard was committed to anew, ascending, milliseconds: it is owned then, and works. A shard works
 * again when its cursor has moved on from where it stood after `from`.
 */
export async function untilAllWork(bus: RedisBus, from: readonly string[], withinMs = 30_000): Promise<readonly number[]> {
  const beganMs = clock.monotonicMs();
  const tookMs = new Map<number, number>();
  while (tookMs.size < SHARD_COUNT) {
    const passedMs = clock.monotonicMs() - beganMs;
    if (passedMs > withinMs) throw new Error(`only ${tookMs.size} shards work after ${withinMs} ms`);
    const cursors = await cursorsOf(bus).catch(() => from);
    cursors.forEach((cursor, shard) => {
      if (!tookMs.has(shard) && compareEntryIds(cursor, from[shard] ?? '0-0') > 0) tookMs.set(shard, passedMs);
    });
    await sleep(clock, 10);
  }
  return [...tookMs.values()].sort((a, b) => a - b);
}
