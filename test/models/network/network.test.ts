/** The plain twin is the oracle of every engine, so its gradients are checked against differences of its own loss. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../../src/adapters/system/random.ts';
import type { Batch } from '../../../src/models/network/engine.ts';
import { initialParameters } from '../../../src/models/network/initial.ts';
import { createPlainEngine } from '../../../src/models/network/plain/engine.ts';
import { layoutOf, type CellKind, type NetworkSpec } from '../../../src/models/network/spec.ts';
import { FEATURES, WindowEncoder } from '../../../src/models/network/window.ts';

const LEVELS = [0.1, 0.5, 0.9];

function specFor(cell: CellKind): NetworkSpec {
  return { cell, units: 4, steps: 6, features: 3, outputs: LEVELS.length };
}

function batchFor(spec: NetworkSpec, count: number, seed: number): Batch {
  const random = createRandom(seed);
  const draw = (length: number): Float32Array => Float32Array.from({ length }, () => 2 * random.next() - 1);
  return {
    count,
    inputs: draw(count * spec.steps * spec.features),
    targets: draw(count * spec.outputs),
    importances: Float32Array.from({ length: count }, () => 0.5 + random.next()),
  };
}

for (const cell of ['lstm', 'gru'] as const) {
  test(`network: every gradient of the plain ${cell} is the slope of its loss`, () => {
    const spec = specFor(cell);
    const engine = createPlainEngine(spec, LEVELS);
    engine.load(initialParameters(spec, createRandom(5)));
    const batch = batchFor(spec, 3, 9);
    engine.differentiate(batch);
    const gradient = Float64Array.from(engine.gradient);
    assert.equal(gradient.length, layoutOf(spec).length);
    const step = 1e-6;
    for (const [i, exact] of gradient.entries()) {
      const value = engine.parameters[i] ?? 0;
      engine.parameters[i] = value + step;
      const above = engine.differentiate(batch);
      engine.parameters[i] = value - step;
      const below = engine.differentiate(batch);
      engine.parameters[i] = value;
      // `learn` reports a sum over windows, the gradient is that of their mean.
      const slope = (above - below) / (2 * step) / batch.count;
      assert.ok(Math.abs(slope - exact) <= 1e-5 * Math.max(1, Math.abs(slope)), `parameter ${i}: ${exact}, slope ${slope}`);
    }
  });

  test(`network: the plain ${cell} learns what it is shown`, () => {
    const spec = specFor(cell);
    const engine = createPlainEngine(spec, LEVELS);
    engine.load(initialParameters(spec, createRandom(1)));
    const batch = batchFor(spec, 16, 2);
    const first = engine.learn(batch, { rate: 0.02, normMax: 1 });
    let last = first;
    for (let i = 0; i < 300; i += 1) last = engine.learn(batch, { rate: 0.02, normMax: 1 });
    assert.ok(last < 0.5 * first, `${first} to ${last}`);
  });
}

test('network: windows of anything that a series may hold are finite numbers', () => {
  const odd: readonly (readonly number[])[] = [
    [],
    [Number.NaN],
    [0, 0, 0, 0],
    [7, 7, 7, 7, 7, 7, 7, 7],
    [1e300, -1e300, 1e-300],
    [Number.POSITIVE_INFINITY, 1, Number.NaN, 2],
    [1, 2, Number.NaN, 4, 5e15],
  ];
  for (const values of odd) {
    const encoder = new WindowEncoder(8, 60_000, [5, 15]);
    const written = new Float32Array(encoder.length).fill(Number.NaN);
    encoder.encode({ back: (back) => values[values.length - 1 - back] ?? Number.NaN }, 1_700_000_040_000, written, 0);
    assert.equal(written.length, 8 * FEATURES.length);
    assert.ok(written.every(Number.isFinite), `${values.join(' ')} gave ${written.join(' ')}`);
  }
});

test('network: a window is free of scale', () => {
  const shape = [3, 5, 4, 8, 6, 7, 9, 4, 5, 6, 8, 7, 5, 4, 6, 9];
  const encode = (factor: number): Float32Array => {
    const encoder = new WindowEncoder(8, 60_000, [5, 15]);
    const written = new Float32Array(encoder.length);
    encoder.encode({ back: (back) => (shape[shape.length - 1 - back] ?? Number.NaN) * factor }, 0, written, 0);
    return written;
  };
  const [one, large] = [encode(1), encode(1e6)];
  one.forEach((value, i) => assert.ok(Math.abs(value - (large[i] ?? Number.NaN)) < 1e-4));
});
