/** One run: nemesis after nemesis on real parts, each healed and recovered from, then the judgement. */
import { createRandom } from '../../src/adapters/system/random.ts';
import type { FailoverProfile } from '../../src/cluster.ts';
import { sleep } from '../../src/ports/clock.ts';
import type { Random } from '../../src/ports/random.ts';
import { clock } from '../adapters/redis/open.ts';
import { judge, type Evidence } from './judge.ts';
import { NEMESES, type Nemesis } from './nemeses.ts';
import { ChaosWorld } from './world.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly forMs: number;
  readonly nodes: number;
  readonly failover: FailoverProfile;
  /** Only nemeses with one of these words, separated by commas, in their names; empty: all. */
  readonly only: string;
  /** A folder that keeps what every part wrote; undefined: none. */
  readonly logs?: string | undefined;
  /** Told what is done and what came of it. */
  readonly say: (line: string) => void;
}

export interface ChaosReport {
  readonly evidence: Evidence;
  /** From healing until every shard worked again, milliseconds, by nemesis. */
  readonly recoveredMs: ReadonlyMap<string, readonly number[]>;
}

/** Everything must work again within this after healing, milliseconds. */
const RECOVERY_MS = 30_000;
const LOOK_MS = 250;

export async function runChaos({ seed, forMs, nodes, failover, only, logs, say }: ChaosOptions): Promise<ChaosReport> {
  const random = createRandom(`chaos/${seed}`);
  const world = await ChaosWorld.start(nodes, failover, logs);
  const over = new AbortController();
  const watching = watch(world, over.signal);
  try {
    await world.untilAllWork(RECOVERY_MS);
    say(`${nodes} nodes work on Redis with a replica and three Sentinels`);
    const nemeses = NEMESES.filter(({ name }) => only.split(',').some((word) => name.includes(word)));
    const { recoveredMs, failoversMs } = await strikeUntil(world, nemeses, clock.monotonicMs() + forMs, random, say);
    world.producer.isEnding = true;
    world.producer.child.kill('SIGTERM');
    await world.producer.exited;
    const sent = Number(world.producer.said.at(-1));
    return { evidence: await judge(world, sent, failoversMs), recoveredMs };
  } finally {
    over.abort();
    await watching;
    await world.close();
  }
}

async function watch(world: ChaosWorld, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await world.watchDecisions();
    await sleep(clock, LOOK_MS, signal);
  }
}

async function strikeUntil(
  world: ChaosWorld,
  nemeses: readonly Nemesis[],
  endMs: number,
  random: Random,
  say: (line: string) => void,
): Promise<{ readonly recoveredMs: Map<string, number[]>; readonly failoversMs: readonly number[] }> {
  const recoveredMs = new Map<string, number[]>();
  const failoversMs: number[] = [];
  let waiting: Nemesis[] = [];
  while (clock.monotonicMs() < endMs) {
    // Each comes once before any comes again.
    if (waiting.length === 0) waiting = [...nemeses];
    const [nemesis] = waiting.splice(random.int(waiting.length), 1);
    if (nemesis === undefined) continue;
    const before = await world.redis.master();
    await nemesis.strike(world, random);
    world.heal();
    const [slowest = 0] = [...(await untilRecovered(world, nemesis))].reverse();
    if ((await world.redis.master()) !== before) failoversMs.push(clock.nowMs());
    say(`${nemesis.name}: every shard works ${Math.round(slowest)} ms after`);
    recoveredMs.set(nemesis.name, [...(recoveredMs.get(nemesis.name) ?? []), slowest]);
    await world.redis.untilReplicated();
    await sleep(clock, 1_000 * random.next());
  }
  return { recoveredMs, failoversMs };
}

/** @throws Error with what the parts said last when they do not come back. */
async function untilRecovered(world: ChaosWorld, { name }: Nemesis): Promise<readonly number[]> {
  try {
    return await world.untilAllWork(RECOVERY_MS);
  } catch (error) {
    const parts = [...world.nodes, world.producer].map(({ name: part, errors }) => `${part}:\n  ${errors.slice(-5).join('\n  ')}`);
    const seen = world.bus.state.isConnected ? 'is connected' : 'is not connected';
    throw new Error(`after ${name}; the observer ${seen}\n${parts.join('\n')}`, { cause: error });
  }
}

/** Empty when all is well. */
export function faultsIn({ lost, appliedTwice, deadLetters, tookEffectTwice, fromStaleOwners, surprises }: Evidence): readonly string[] {
  const counted = { lost, 'applied twice': appliedTwice, 'took effect twice': tookEffectTwice, 'from stale owners': fromStaleOwners };
  const found = Object.entries(counted).flatMap(([what, count]) => (count === 0 ? [] : [`${what}: ${count}`]));
  return [...found, ...deadLetters.map((letter) => `dead letter of ${letter}`), ...surprises];
}
