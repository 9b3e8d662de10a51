import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createForecaster, fitSeries, thawForecaster } from '../../src/models/index.ts';
import { findPeriods } from '../../src/models/periods.ts';
import { createGaussian } from './gaussian.ts';

const MINUTE = 60_000;

function series(intervals: number, at: (t: number) => number): Float64Array {
  return Float64Array.from({ length: intervals }, (_, t) => at(t));
}

test('periods: a wave in noise is found after four cycles, and to a part of an interval after many', () => {
  const noise = createGaussian(1);
  const wave = (length: number) => (t: number) => 50 + 20 * Math.sin((2 * Math.PI * t) / length) + 5 * noise();
  const [early = 0] = findPeriods(series(4 * 37 + 2, wave(37.4)));
  const [late = 0] = findPeriods(series(1_440, wave(37.4)));
  assert.ok(Math.abs(early - 37.4) < 1.5, String(early));
  assert.ok(Math.abs(late - 37.4) < 0.05, String(late));
});

test('periods: several at once, on top of a day and with a gap', () => {
  const noise = createGaussian(2);
  const found = [
    ...findPeriods(
      series(2_880, (t) => {
        if (t > 900 && t < 1_000) return Number.NaN;
        const day = 300 + 200 * Math.sin((2 * Math.PI * t) / 1_440);
        return day + (t % 7 === 3 ? 60 : 0) + (t % 60 < 5 ? 80 : 0) + 10 * noise();
      }),
    ),
  ];
  assert.deepEqual(
    found.map(Math.round).sort((a, b) => a - b),
    [7, 60],
  );
});

test('periods: noise of any colour has none', () => {
  const noise = createGaussian(3);
  for (const keep of [0, 0.7, 0.95, 1]) {
    for (let run = 0; run < 25; run++) {
      let level = 0;
      const found = [...findPeriods(series(700, () => (level = keep * level + noise())))];
      assert.deepEqual(found, [], `keep ${keep}, run ${run}`);
    }
  }
});

test('periods: constants, gaps and short windows have none', () => {
  for (const values of [series(500, () => 3), series(500, () => Number.NaN), series(5, (t) => t), new Float64Array(0)]) {
    assert.deepEqual([...findPeriods(values)], []);
  }
});

test('fit series: tells the cycle in whole minutes where the window allows it, and never the day', () => {
  const noise = createGaussian(4);
  const fit = (intervalMs: number, values: Float64Array) => fitSeries({ intervalMs, startMs: 0, values }).cycle?.lengthMs ?? null;
  assert.equal(
    fit(
      1_000,
      series(720, (t) => 70 + 40 * Math.sin((2 * Math.PI * t) / 180) + 6 * noise()),
    ),
    180_000,
  );
  assert.equal(
    fit(
      5 * MINUTE,
      series(2_880, (t) => 300 + 200 * Math.sin((2 * Math.PI * t) / 288) + 20 * noise()),
    ),
    null,
  );
});

test('forecaster: follows a cycle that was found, and drops it when it is gone twice', () => {
  const noise = createGaussian(5);
  const forecaster = createForecaster({ intervalMs: MINUTE, horizonsMs: [5 * MINUTE], profile: 'slim', warmupIntervals: 3 });
  let t = 0;
  const run = (intervals: number, at: (t: number) => number): void => {
    for (const end = t + intervals; t < end; t++) forecaster.observe(t * MINUTE, at(t));
  };
  const train = (): void => {
    const model = fitSeries({ intervalMs: MINUTE, ...forecaster.trainingWindow() });
    assert.equal(forecaster.adopt(JSON.parse(JSON.stringify(model))), undefined);
  };
  const bursts = (at: number): number => 20 + (at % 23 < 4 ? 60 : 0) + 3 * noise();
  run(400, bursts);
  const before = forecaster.weights()['cycle'] ?? 0;
  train();
  run(300, bursts);
  const followed = forecaster.weights()['cycle'] ?? 0;
  assert.ok(followed > 0.3 && followed > 3 * before, `${before} -> ${followed}`);
  const twin = thawForecaster(structuredClone(forecaster.freeze()));
  run(1_440, () => 40 + 3 * noise());
  train();
  train();
  assert.equal(forecaster.cycleMs, 60 * MINUTE);
  assert.ok(Math.abs(twin.cycleMs - 23 * MINUTE) < 3_000, `${twin.cycleMs}`);
});
