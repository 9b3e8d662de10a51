/**
 * The simulation of the whole cluster, some dozens of seeds of it. Many more are run by `npm run dst`; what is tested here
 * is that they hold, that a run is a function of its seed, and that a cluster with a guard missing is found out.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureReport } from '../../../sim/dst/failure-report.ts';
import { minimise } from '../../../sim/dst/minimise.ts';
import type { FamilyName } from '../../../sim/dst/families/index.ts';
import type { PlantedBug } from '../../../sim/dst/planted.ts';
import { runSeed } from '../../../sim/dst/run-seed.ts';
import { runSuite } from '../../../sim/dst/suite.ts';
import { poisonWorld } from '../../../sim/kernel/poison.ts';

const SEEDS = 24;

test('dst: whatever goes wrong, what must never happen does not', async () => {
  const { failures } = await runSuite({ first: 1, count: SEEDS });
  assert.deepEqual(
    failures.map((failed) => failureReport(failed, failed, 'this one')),
    [],
  );
});

test('dst: without faults a cluster is perfectly quiet', async () => {
  const { failures } = await runSuite({ first: 1, count: 4, families: [] });
  assert.deepEqual(
    failures.map((failed) => failureReport(failed, failed, 'this one')),
    [],
  );
});

test('dst: a run is a function of its seed, to the byte, and touches neither real time nor real randomness', async () => {
  const traceOf = async (seed: number): Promise<string> => {
    const lines: string[] = [];
    const { digest } = await runSeed({ seed, onLine: (line) => lines.push(line) });
    return `${digest} ${lines.join('\n')}`;
  };
  const restore = poisonWorld();
  try {
    const first = await traceOf(14);
    assert.equal(await traceOf(14), first);
    assert.notEqual(await traceOf(15), first);
  } finally {
    restore();
  }
});

interface Mutation {
  readonly planted: readonly PlantedBug[];
  /** Faults that the guard is for, so that few seeds are needed; the bench looks at seeds as they are drawn. */
  readonly families: readonly FamilyName[];
}

const FENCED: readonly FamilyName[] = ['reply-lost', 'partition-in', 'clog', 'pause', 'suspend', 'bus-failover'];
const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'no fence': { planted: ['no-fence'], families: FENCED },
  'no cursor check': { planted: ['no-cursor-check'], families: ['duplicate', ...FENCED] },
  'no dedupe': { planted: ['no-dedupe'], families: ['duplicate', 'reply-lost', 'relay-repeats'] },
  'no generation at the target': { planted: ['no-generation'], families: ['target-late', 'target-lost-answers', 'crash'] },
  'timers lost at takeover': { planted: ['timers-lost'], families: ['crash', 'leave'] },
  'effects lost at takeover': { planted: ['effects-lost'], families: ['crash', 'target-late'] },
};
const SEEDS_MAX = 200;

for (const [name, mutation] of Object.entries(MUTATIONS)) {
  test(`dst: a planted bug is found: ${name}`, async () => {
    const { failures } = await runSuite({ first: 1, count: SEEDS_MAX, untilFailure: true, ...mutation });
    const [found] = failures;
    assert.notEqual(found, undefined);
    const { violation } = await runSeed({ seed: found?.draw.seed ?? 0, families: mutation.families });
    assert.equal(violation, undefined, 'with the guard the same run holds');
  });
}

test('dst: the minimiser finds fewer faults that break the same invariant, and the report says how to see it', async () => {
  const { failures } = await runSuite({ first: 1, count: SEEDS_MAX, untilFailure: true, planted: ['timers-lost'] });
  const [failed] = failures;
  assert.ok(failed);
  const smallest = await minimise(failed);
  assert.equal(smallest.violation?.id, failed.violation?.id);
  assert.ok(smallest.draw.families.length < failed.draw.families.length);
  const report = failureReport(failed, smallest, 'abc1234');
  assert.match(report, new RegExp(`seed ${failed.draw.seed} breaks ${failed.violation?.id}`));
  assert.match(report, /commit {4}abc1234/);
  assert.match(report, /forescale dst --seed \d+ --families \S+ --plant timers-lost --trace/);
});
