import type { RedisBus } from '../adapters/redis/bus.ts';
import { createRedisMembers } from '../adapters/redis/members.ts';
import { readBacklogs, type Backlog } from '../adapters/redis/backlog.ts';
import { createSystemClock } from '../adapters/system/clock.ts';
import { sleep } from '../ports/clock.ts';
import { silentLog } from '../ports/log.ts';
import type { MemberNote } from '../ports/members.ts';
import { silentMeter } from '../ports/meter.ts';
import { openBus } from './open-bus.ts';
import type { Output } from './output.ts';

export interface ClusterFlags {
  readonly bus: string;
  readonly json?: boolean;
}

interface ShardRow extends Backlog {
  readonly shard: number;
  readonly owner: string;
  readonly epoch: number;
}

interface NodeRow extends MemberNote {
  readonly isLiving: boolean;
}

/** Longer than any node takes from beat to beat, milliseconds. */
const LOOK_MS = 1_300;

/** @throws InputError */
export async function runCluster({ bus: url, json }: ClusterFlags, output: Output): Promise<void> {
  const clock = createSystemClock();
  const bus = await openBus(url, 'cluster', clock, silentLog, silentMeter);
  try {
    const members = createRedisMembers(bus.link, bus.keys);
    const before = new Map((await members.read()).map(({ name, beat }) => [name, beat]));
    if (before.size > 0) await sleep(clock, LOOK_MS);
    const nodes = (await members.read()).map((note) => ({ ...note, isLiving: before.get(note.name) !== note.beat }));
    const shards = await shardsOf(bus);
    const living = new Set(nodes.filter(({ isLiving }) => isLiving).map(({ name }) => name));
    if (!shards.every(({ owner }) => living.has(owner))) output.setExitCode(1);
    output.out(json === true ? `${JSON.stringify({ nodes, shards })}\n` : describe(nodes, shards));
  } finally {
    await bus.close();
  }
}

async function shardsOf(bus: RedisBus): Promise<readonly ShardRow[]> {
  const [leases, backlogs] = await Promise.all([bus.readLeases(), readBacklogs(bus)]);
  return leases.map(({ shard, owner, epoch }, index) => ({
    shard,
    owner,
    epoch,
    ...(backlogs[index] ?? { waiting: 0, deadLetters: 0, outbox: 0, lost: 0 }),
  }));
}

function describe(nodes: readonly NodeRow[], shards: readonly ShardRow[]): string {
  const lines: string[] = [];
  for (const { name, isLiving, isReady, isLeaving, build, eventLoopDelayMs } of nodes) {
    const held = shards.filter(({ owner }) => owner === name).length;
    const state = isLiving ? (isLeaving ? 'leaves' : isReady ? 'ready' : 'not ready') : 'silent';
    lines.push(`node ${name}: ${state}, ${held} of ${shards.length} shards, version ${build}, event loop p99 ${eventLoopDelayMs} ms late`);
  }
  const sum = (of: (row: ShardRow) => number): number => shards.reduce((total, row) => total + of(row), 0);
  const free = shards.filter(({ owner }) => owner === '').map(({ shard }) => shard);
  if (nodes.length === 0) lines.push('no node has joined');
  if (free.length > 0)
    lines.push(`held by nobody: ${free.length} shards (${free.slice(0, 16).join(', ')}${free.length > 16 ? ', …' : ''})`);
  lines.push(`waiting entries: ${sum(({ waiting }) => waiting)}, on their way between shards: ${sum(({ outbox }) => outbox)}`);
  lines.push(`dead letters: ${sum(({ deadLetters }) => deadLetters)}, entries lost to the breaker: ${sum(({ lost }) => lost)}`);
  return `${lines.join('\n')}\n`;
}
