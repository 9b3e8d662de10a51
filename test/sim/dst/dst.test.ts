/**
 * The simulation of the whole cluster, some dozens of seeds of it. Many more are run by `npm run dst`; what is tested here
 * is that they hold, that a run is a function of its seed, and that a cluster with a guard missing is found out.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureReport } from '../../../sim/dst/failure-report.ts';
import { minimise } from '../../../sim/dst/minimise.ts';
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

/** Seeds that are known to find it, so that the test is quick; the bench looks at all of the first 200. */
const PLANTED: Readonly<Record<string, { readonly planted: readonly PlantedBug[]; readonly seed: number }>> = {
  'no fence': { planted: ['no-fence'], seed: 9 },
  'no cursor check': { planted: ['no-cursor-check'], seed: 16 },
  'no dedupe': { planted: ['no-dedupe'], seed: 17 },
  'no generation at the target': { planted: ['no-generation'], seed: 14 },
  'timers lost at takeover': { planted: ['timers-lost'], seed: 20 },
  'effects lost at takeover': { planted: ['effects-lost'], seed: 12 },
};

for (const [name, { planted, seed }] of Object.entries(PLANTED)) {
  test(`dst: a planted bug is found: ${name}`, async () => {
    const sound = await runSeed({ seed });
    assert.equal(sound.violation, undefined);
    const broken = await runSeed({ seed, planted });
    assert.notEqual(broken.violation, undefined);
  });
}

test('dst: the minimiser finds fewer faults that break the same invariant', async () => {
  const failed = await runSeed({ seed: 16, planted: ['no-cursor-check'] });
  const smallest = await minimise(failed);
  assert.equal(smallest.violation?.id, failed.violation?.id);
  assert.ok(smallest.draw.families.length < failed.draw.families.length);
  const report = failureReport(failed, smallest, 'abc1234');
  assert.match(report, /seed 16 breaks S2/);
  assert.match(report, /commit {4}abc1234/);
  assert.match(report, /forescale dst --seed 16 --families \S+ --plant no-cursor-check --trace/);
});
