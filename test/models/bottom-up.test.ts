import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BottomUp, outlookOfPart } from '../../src/models/bottom-up.ts';

const task = { intervalMs: 60_000, horizonsMs: [300_000] };
const series = (last: number) => ({ back: (back: number) => (back === 0 ? last : Number.NaN) });
const part = (last: number, point: number, max: number, variance: number) => ({
  last,
  means: [point, max],
  variances: [variance, variance],
});

function read(model: BottomUp, last: number): number[] | undefined {
  const to = new Float64Array(18);
  return model.read(series(last), 0, to) ? [...to] : undefined;
}

test('bottom-up: adds the changes and the variances of the parts to the total’s own last value', () => {
  const model = new BottomUp(task);
  model.take([part(100, 130, 150, 9), part(200, 190, 210, 16)]);
  const said = read(model, 300) ?? assert.fail();
  assert.deepEqual([said[3], said[9 + 3]], [320, 360]);
  assert.ok(Math.abs((said[6] ?? 0) - (320 + 1.6449 * 5)) < 1e-9, 'independent parts: the square root of 9 + 16');
  // Half of the total is known: its change counts twice, and the level is the total's.
  assert.equal((read(model, 600) ?? assert.fail())[3], 640);
});

test('bottom-up: says nothing while too little of the total is known', () => {
  const model = new BottomUp(task);
  assert.equal(read(model, 300), undefined);
  model.take([part(100, 130, 150, 9)]);
  assert.equal(read(model, 300), undefined);
  assert.equal(read(model, Number.NaN), undefined);
  model.take([{ ...part(100, 130, 150, 9), means: [1, 2, 3, 4] }]);
  assert.equal(read(model, 100), undefined, 'answers of other horizons are none');
});

test('bottom-up: the outlook of a part has mean and variance of each answer', () => {
  const quantiles = [60, 70, 85, 100, 115, 130, 140, 148, 155];
  const outlook = outlookOfPart(90, [{ horizonMs: 300_000, kind: 'point', quantiles, mean: 100 }]);
  assert.deepEqual([outlook.last, outlook.means], [90, [100]]);
  const deviation = Math.sqrt(outlook.variances[0] ?? 0);
  assert.ok(deviation > 20 && deviation < 28, `deviation ${deviation} of quantiles that are about normal with 24`);
});
