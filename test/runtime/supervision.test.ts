import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createKernel } from '../../sim/kernel/kernel.ts';
import type { FailureRecord } from '../../src/ports/bus.ts';
import type { Random } from '../../src/ports/random.ts';
import { BackOff } from '../../src/runtime/back-off.ts';
import { RUNTIME_DEFAULTS } from '../../src/runtime/settings.ts';
import { failuresOf, jitteredBackOffMs, judgeFailure, statusOf, type Verdict } from '../../src/runtime/supervision.ts';

const settings = {
  restartsMax: 3,
  restartWindowMs: 10_000,
  backOffMinMs: 1_000,
  backOffMaxMs: 8_000,
  backOffsMax: 2,
  forgetMs: 60_000,
};
const draws = (value: number): Random => ({ next: () => value, int: () => 0, fork: () => draws(value) });
const HIGHEST = 1 - 2 ** -53;

/** Fails at these times, each time with what was known after the one before. */
function fail(times: readonly number[], random = draws(0)): Verdict[] {
  let known: FailureRecord | undefined;
  return times.map((atMs) => {
    const verdict = judgeFailure(known, atMs, settings, random);
    known = verdict.kind === 'quarantine' ? known : verdict.failures;
    return verdict;
  });
}
const kinds = (verdicts: readonly Verdict[]): string[] => verdicts.map(({ kind }) => kind);

test('supervision: restarts at once until it failed too often within the window, then backs off, then quarantines', () => {
  const times = Array.from({ length: 11 }, (_, i) => 1_000 + i);
  assert.deepEqual(kinds(fail(times)), [
    'restart',
    'restart',
    'restart',
    'back-off',
    'restart',
    'restart',
    'back-off',
    'restart',
    'restart',
    'quarantine',
    'quarantine',
  ]);
});

test('supervision: failures that are further apart than the window are restarted for ever', () => {
  const times = Array.from({ length: 100 }, (_, i) => i * 3_400);
  assert.deepEqual(new Set(kinds(fail(times))), new Set(['restart']));
});

test('supervision: a failure exactly one window ago does not count any more', () => {
  assert.deepEqual(kinds(fail([0, 1, 2, 10_000])), ['restart', 'restart', 'restart', 'restart']);
  assert.deepEqual(kinds(fail([0, 1, 2, 9_999])), ['restart', 'restart', 'restart', 'back-off']);
});

test('supervision: back-offs are forgotten after long enough without a failure', () => {
  const burst = (fromMs: number): number[] => [0, 1, 2, 3].map((i) => fromMs + i);
  const verdicts = fail([...burst(0), ...burst(60_004)]);
  const last = verdicts.at(-1);
  assert.ok(last?.kind === 'back-off');
  assert.equal(last.failures.backOffs, 1, 'counted anew');
  const sooner = fail([...burst(0), ...burst(59_000)]).at(-1);
  assert.ok(sooner?.kind === 'back-off');
  assert.equal(sooner.failures.backOffs, 2);
});

test('supervision: a back-off ends between half of and its whole length, which doubles up to a limit', () => {
  const ends = (random: Random): number[] =>
    fail([0, 0, 0, 0, 0, 0, 0], random).flatMap((verdict) => (verdict.kind === 'back-off' ? [verdict.untilMs] : []));
  assert.deepEqual(ends(draws(0)), [500, 1_000]);
  assert.deepEqual(ends(draws(HIGHEST)), [1_000, 2_000]);
  fc.assert(
    fc.property(fc.nat(2_000), fc.double({ min: 0, max: HIGHEST, noNaN: true }), (attempt, drawn) => {
      const waitMs = jitteredBackOffMs(attempt, 1_000, 8_000, draws(drawn));
      const whole = Math.min(8_000, 1_000 * 2 ** attempt);
      assert.ok(waitMs >= whole / 2 && waitMs <= whole, `${waitMs} of ${whole}`);
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('supervision: what is stored of a verdict is what the next judgement stands on', () => {
  const failures = { restarts: [5], backOffs: 1 };
  assert.deepEqual(statusOf({ kind: 'restart', failures }, 'why', 9, '1-0'), { kind: 'active', failures });
  const status = statusOf({ kind: 'back-off', untilMs: 77, failures }, 'why', 9, '1-0');
  assert.deepEqual(status, { kind: 'backing-off', reason: 'why', untilMs: 77, failures, stoppedAt: '1-0' });
  assert.equal(failuresOf(status), failures);
  const quarantined = statusOf({ kind: 'quarantine' }, 'why', 9, '1-0');
  assert.deepEqual(quarantined, { kind: 'quarantined', code: 'failing', reason: 'why', sinceMs: 9, stoppedAt: '1-0' });
  assert.equal(failuresOf(quarantined), undefined, 'whoever resumes it begins anew');
});

test('back-off: waits grow with each failure to a limit, and begin anew after a success', () => {
  const { clock } = createKernel(1, { startMs: 0 });
  const backOff = new BackOff(clock, draws(HIGHEST), { retryMinMs: 50, retryMaxMs: 300 });
  const waits = (): number[] => [1, 2, 3, 4, 5].map(() => Math.round(backOff.nextMs()));
  assert.deepEqual(waits(), [50, 100, 200, 300, 300]);
  backOff.succeeded();
  assert.deepEqual(waits(), [50, 100, 200, 300, 300]);
});

test('back-off: a wait ends early when it is given up', async () => {
  const kernel = createKernel(1, { startMs: 0 });
  const backOff = new BackOff(kernel.clock, draws(0), { retryMinMs: 10_000, retryMaxMs: 10_000 });
  const stop = new AbortController();
  let isOver = false;
  void backOff.wait(stop.signal).then(() => (isOver = true));
  await kernel.runFor(4_000);
  assert.equal(isOver, false);
  stop.abort();
  await kernel.runFor(0);
  assert.equal(isOver, true);
});

test('supervision: the defaults are those of the documentation', () => {
  const { restartsMax, restartWindowMs, backOffMinMs, backOffMaxMs, backOffsMax, forgetMs } = RUNTIME_DEFAULTS;
  assert.deepEqual(
    [restartsMax, restartWindowMs, backOffMinMs, backOffMaxMs, backOffsMax, forgetMs],
    [5, 60_000, 1_000, 60_000, 5, 600_000],
  );
});
