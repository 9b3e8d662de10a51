/** A node whose forecasters have another format than those that were stored: an upgrade, and the way back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBehaviors } from '../../src/actors/index.ts';
import type { FrozenAnalyzer } from '../../src/actors/frozen-analyzer.ts';
import type { Behavior } from '../../src/runtime/behavior.ts';
import { fakeTarget, pool } from '../actors/fixtures.ts';
import { ofFormat } from '../models/other-format.ts';
import { createWorld, type World } from './world.ts';

const TOTAL = 'pla:web';

/** The build that is here, with what its analyzers freeze changed. */
function build(world: World, change: (forecaster: unknown) => unknown): readonly Behavior[] {
  const behaviors = createBehaviors({
    pools: [world.settings],
    root: { replicasMax: Number.POSITIVE_INFINITY, priorities: {} },
    openNetwork: () => ['none'],
  });
  return behaviors.map((behavior) => ({
    ...behavior,
    freeze(state) {
      const frozen = behavior.freeze(state);
      if (behavior.kind !== 'pla') return frozen;
      const { value, context } = frozen as { readonly value: unknown; readonly context: FrozenAnalyzer };
      const forecasters = context.series.forecasters.map((one) => (one === null ? null : change(one)));
      return { value, context: { ...context, series: { ...context.series, forecasters } } };
    },
  }));
}

/** 90 minutes with a build whose frozen forecasters are changed, then the build that is here. */
async function upgraded(change: (forecaster: unknown) => unknown) {
  const world = createWorld(fakeTarget(3), pool());
  const before = world.node('before', { behaviors: build(world, change) });
  await before.start();
  for (let i = 0; i < 90; i += 1) await world.interval(before, { p0: 100 + (i % 5), p1: 50 });
  const known = before.describe(TOTAL);
  await world.stop(before);
  const logged: string[] = [];
  const warn = (fields: object, message: string): void => void logged.push(`${message}: ${JSON.stringify(fields)}`);
  const log = { debug: () => {}, info: () => {}, warn, error: warn, child: () => log };
  const after = world.node('after', { log });
  await after.start();
  await world.interval(after, { p0: 103, p1: 50 });
  await world.interval(after, { p0: 104, p1: 50 });
  await world.kernel.runFor(45_000);
  const totals = (await world.published('reports', 'state-report')).filter(({ producer }) => producer === null);
  return { world, after, known, logged, totals };
}

for (const [name, change] of [
  ['an older', -1],
  ['a newer', 1],
] as const) {
  test(`upgrade: an analyzer of ${name} format keeps what else it knew, and its forecasts learn anew, visibly`, async () => {
    const { world, after, known, logged, totals } = await upgraded((forecaster) => ofFormat(forecaster, change));
    const now = after.describe(TOTAL);
    const total = totals.at(-1);
    assert.equal(now?.['observedIntervals'], 92);
    const versionOf = (told: Readonly<Record<string, unknown>> | undefined): unknown =>
      (told?.['model'] as { readonly version?: number } | undefined)?.version;
    assert.deepEqual([versionOf(known), versionOf(now)], [1, 2], 'it was trained at once, and counts on');
    assert.match(total?.model.renewed?.reason ?? '', /another version of Forescale wrote the old state; learnt anew from \d\d intervals/);
    assert.equal(total?.ready, true);
    assert.ok(Math.abs((total?.resources[0]?.forecasts[0]?.mean ?? 0) - 152) < 5);
    assert.equal(logged.length, 1, logged.join('\n'));
    assert.match(logged[0] ?? '', /forecasts begin anew.*pla:web/);
    assert.deepEqual(await world.deadLetters(), []);
    await world.stop(after);
  });
}

test('upgrade: from a format that does not tell where its values are, forecasts begin with nothing, and say so', async () => {
  const { world, after, totals } = await upgraded((forecaster) => ({ ...(ofFormat(forecaster, -1) as object), window: undefined }));
  const first = totals.find(({ model }) => model.renewed !== undefined);
  assert.match(first?.model.renewed?.reason ?? '', /learnt anew from 0 intervals/);
  assert.equal(first?.resources[0]?.notReady?.code, 'not-enough-history');
  await world.stop(after);
});

test('upgrade: the same format goes on as it was', async () => {
  const { world, after, logged, totals } = await upgraded((forecaster) => forecaster);
  assert.equal(totals.at(-1)?.model.renewed, undefined);
  assert.deepEqual(logged, []);
  await world.stop(after);
});

test('upgrade: an analyzer whose numbers are damaged is set aside with the reason', async () => {
  const { world, after, logged } = await upgraded((forecaster) => ({ ...(forecaster as object), numbers: null }));
  assert.match(logged.join('\n'), /quarantined.*pla:web.*frozen forecaster without its numbers/);
  await world.stop(after);
});
