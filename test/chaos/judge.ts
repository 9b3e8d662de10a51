/** What must hold after a chaos run: each message applied once, and at the target each action at most once, in order, by an owner. */
import { openSnapshot } from '../../src/runtime/snapshot.ts';
import { shardOf } from '../../src/protocol/address.ts';
import type { Behavior } from '../../src/runtime/behavior.ts';
import { COUNTERS, counterBehaviors, passedOn, WITNESSES, type Count } from './counters.ts';
import type { Write } from './target.ts';
import type { ChaosWorld } from './world.ts';
import { until } from '../until.ts';

/** Each is zero when all is well. */
export interface Verdict {
  readonly lost: number;
  readonly appliedTwice: number;
  /** Of each, whose it was and why. */
  readonly deadLetters: readonly string[];
  readonly tookEffectTwice: number;
  readonly fromStaleOwners: number;
  readonly surprises: readonly string[];
}

export interface Evidence extends Verdict {
  /** Messages that were told, and scaling actions that took effect. */
  readonly messages: number;
  readonly writes: number;
}

const SETTLE_MS = 60_000;

/** `sent`: numbers that each counter was told. `failoversMs`: when a failover may have taken back what was committed last. */
export async function judge(world: ChaosWorld, sent: number, failoversMs: readonly number[]): Promise<Evidence> {
  const passed = passedOn(sent);
  const all = async (): Promise<readonly Count[]> => [
    ...(await counts(world, 'counter', COUNTERS)),
    ...(await counts(world, 'witness', WITNESSES)),
  ];
  const isThere = async (): Promise<boolean> => (await all()).every(({ taken }, at) => taken >= (at < COUNTERS.length ? sent : passed));
  // What is missing after this is lost; the counts say how much.
  await until(isThere, 'everything is counted', SETTLE_MS).catch(() => {});
  const found = await all();
  const missing = found.map(({ taken }, at) => (at < COUNTERS.length ? sent : passed) - taken);
  const letters = await Promise.all(COUNTERS.map((_, shard) => world.bus.readDeadLetters(shard, '0-0', 100)));
  await world.watchDecisions();
  return {
    messages: COUNTERS.length * (sent + passed),
    writes: world.target.journal.length,
    lost: sum(missing.map((count) => Math.max(0, count))),
    appliedTwice: sum(missing.map((count) => Math.max(0, -count))) + sum(found.map(({ faults }) => faults)),
    deadLetters: letters.flat().map(({ entry, code, reason }) => `${entry.to}: ${code}, ${reason}`),
    ...judgeWrites(world.target.journal, world.decided, failoversMs),
    surprises: world.surprises,
  };
}

/** A decision that a failover forgot may have been carried out: replication had a moment of it. */
const FORGOTTEN_MS = 10_000;

export function judgeWrites(
  journal: readonly Write[],
  decided: ReadonlySet<string>,
  failoversMs: readonly number[],
): Pick<Verdict, 'tookEffectTwice' | 'fromStaleOwners'> {
  let last = 0;
  let tookEffectTwice = 0;
  let fromStaleOwners = 0;
  for (const { generation, replicas, atMs } of journal) {
    if (generation === last) tookEffectTwice += 1;
    // Odd: taken back by the action with the number before.
    const isDecided = generation % 2 === 1 || decided.has(`${generation}/${replicas}`);
    const isForgotten = failoversMs.some((failoverMs) => Math.abs(failoverMs - atMs) < FORGOTTEN_MS);
    if (generation < last || (!isDecided && !isForgotten)) fromStaleOwners += 1;
    last = Math.max(last, generation);
  }
  return { tookEffectTwice, fromStaleOwners };
}

async function counts({ bus }: ChaosWorld, kind: string, addresses: readonly string[]): Promise<readonly Count[]> {
  const behavior = counterBehaviors.find((one) => one.kind === kind);
  return Promise.all(
    addresses.map(async (address) => {
      const [stored] = await bus.loadActors(shardOf(address), [address]);
      return stored === undefined || behavior === undefined ? { taken: 0, last: {}, faults: 0 } : countIn(stored.snapshot, behavior);
    }),
  );
}

function countIn(snapshot: Uint8Array, behavior: Behavior): Count {
  const opened = openSnapshot(snapshot, behavior);
  if (!opened.ok) throw new Error(opened.reason);
  return opened.envelope.frozen as Count;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
