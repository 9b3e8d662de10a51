import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { createRandom } from '../../src/adapters/system/random.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { DEMO_CONFIG, DEMO_LOAD } from '../../src/demo/config.ts';
import { createGate } from '../../src/demo/gate.ts';
import { createLatencies } from '../../src/demo/latencies.ts';
import { drawRequest, REQUEST_TYPES } from '../../src/demo/requests.ts';
import { RUNNING_MAX } from '../../src/demo/capacity.ts';
import { drawPast } from '../../src/demo/past.ts';
import { arrivalGapMs, createNoise, shapeAt } from '../../src/demo/shape.ts';

const shape = { periodMs: 180_000, troughPerSecond: 25, peakPerSecond: 120, noise: 0.1 };

test('demo load: the shape begins at the trough, peaks once per cycle and repeats', () => {
  const cycle = Array.from({ length: 180 }, (_, second) => shapeAt(shape, second * 1_000));
  assert.equal(cycle[0], 25);
  assert.ok(Math.abs(Math.max(...cycle) - 120) < 1);
  assert.ok(Math.abs(Math.min(...cycle) - 25) < 1e-9);
  assert.ok(Math.abs(shapeAt(shape, 77_000) - shapeAt(shape, 77_000 + shape.periodMs)) < 1e-9);
  const turns = cycle.filter((value, i) => i > 0 && i < 179 && value > (cycle[i - 1] ?? 0) && value >= (cycle[i + 1] ?? 0));
  assert.equal(turns.length, 1);
});

test('demo load: it rises faster than it falls', () => {
  const cycle = Array.from({ length: 180 }, (_, second) => shapeAt(shape, second * 1_000));
  assert.ok(cycle.indexOf(Math.max(...cycle)) < 80);
});

test('demo load: noise has the mean 1 and is the same for the same seed', () => {
  const draw = (): number[] => {
    const noise = createNoise(createRandom(7), 0.1);
    return Array.from({ length: 20_000 }, noise);
  };
  const values = draw();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  assert.ok(Math.abs(mean - 1) < 0.01, `mean ${mean}`);
  assert.deepEqual(values, draw());
});

test('demo load: arrivals come at their rate', () => {
  const random = createRandom(3);
  let sumMs = 0;
  for (let i = 0; i < 20_000; i++) sumMs += arrivalGapMs(random, 50);
  assert.ok(Math.abs(sumMs / 20_000 - 20) < 0.6, `mean gap ${sumMs / 20_000} ms`);
});

test('demo past: whole cycles of the load, second by second, the same for the same seed', () => {
  const past = drawPast({ ...shape, noise: 0.05 }, 20, createRandom(4));
  assert.equal(past.length, 20 * 180);
  for (const second of [0, 45, 77, 120]) {
    const seen = Array.from({ length: 20 }, (_, cycle) => past[cycle * 180 + second] ?? Number.NaN);
    const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length;
    const wanted = shapeAt(shape, second * 1_000 + 500);
    assert.ok(Math.abs(mean - wanted) < 0.15 * wanted, `second ${second}: ${mean} where the shape has ${wanted}`);
  }
  assert.deepEqual(past, drawPast({ ...shape, noise: 0.05 }, 20, createRandom(4)));
});

test('demo load: types come by their shares, and their mean work is 1', () => {
  assert.ok(Math.abs(REQUEST_TYPES.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
  assert.ok(Math.abs(REQUEST_TYPES.reduce((sum, { share, work }) => sum + share * work, 0) - 1) < 0.01);
  const random = createRandom(5);
  const drawn = Array.from({ length: 10_000 }, () => drawRequest(random));
  const browsing = drawn.filter(({ type }) => type.name === 'browse').length;
  assert.ok(Math.abs(browsing / 10_000 - 0.6) < 0.02);
  assert.ok(new Set(drawn.map(({ source }) => source)).size > 15);
});

test('demo config: it can be used, and the capacity that it claims is one that the service has', () => {
  const parsed = parseConfig(DEMO_CONFIG, 'demo');
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  const [pool] = parsed.settings.pools;
  const service = pool?.target.kind === 'local' ? pool.target.service : undefined;
  assert.equal(service?.kind, 'demo');
  const servesAtMost = (RUNNING_MAX * 1_000) / (service?.kind === 'demo' ? service.workMs : Number.NaN);
  const claimed = pool?.planner.replicaCapacity.requestsPerSecond ?? Number.NaN;
  assert.ok(claimed < 0.75 * servesAtMost, 'without a queue worth the name');
  assert.ok(DEMO_LOAD.peakPerSecond / claimed > 5 && DEMO_LOAD.peakPerSecond / claimed < 7, 'five to seven replicas at the peak');
  assert.ok(DEMO_LOAD.troughPerSecond / claimed <= 2, 'at most two at the trough');
});

test('gate: runs a bounded number at once, the rest in order, and refuses beyond its line', () => {
  const gate = createGate(2, 2);
  const begun: string[] = [];
  const leaves: (() => void)[] = [];
  const enter = (name: string): boolean =>
    gate.enter((leave) => {
      begun.push(name);
      leaves.push(leave);
    });
  assert.deepEqual(['a', 'b', 'c', 'd', 'e'].map(enter), [true, true, true, true, false]);
  assert.deepEqual(begun, ['a', 'b']);
  leaves[0]?.();
  leaves[0]?.();
  assert.deepEqual(begun, ['a', 'b', 'c'], 'leaving twice counts once');
  assert.deepEqual([gate.running, gate.waiting], [2, 1]);
});

test('latencies: percentiles of the window only, over a ring', () => {
  const latencies = createLatencies(100, 1_000);
  assert.equal(latencies.summary(0), undefined);
  for (let i = 1; i <= 250; i++) latencies.record(i, i);
  assert.deepEqual(latencies.summary(250), { p50Ms: 201, p95Ms: 246, p99Ms: 250 });
  assert.equal(latencies.summary(2_000), undefined);
});
