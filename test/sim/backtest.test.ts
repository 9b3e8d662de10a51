import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BACKTEST_DEFAULTS, backtest, wholeHorizons } from '../../sim/backtest.ts';
import type { SeriesTrace } from '../../sim/traces/trace.ts';
import { QUANTILE_LEVELS } from '../../src/models/forecast.ts';

const MINUTE = 60_000;

function wave(rows: number, change: (row: number, value: number) => number = (_, value) => value): SeriesTrace {
  const values = Float64Array.from({ length: rows }, (_, row) =>
    change(row, Math.round(100 + 60 * Math.sin((2 * Math.PI * row) / 120) + ((row * 7_919) % 23))),
  );
  return { kind: 'series', name: 'wave', intervalMs: MINUTE, startMs: 1_700_000_040_000, values };
}

const options = { ...BACKTEST_DEFAULTS, profile: 'slim' } as const;

test('backtest: the first origin is row ceil(rows x from), then every N rows', () => {
  const answers = [...backtest(wave(301), { ...options, from: 0.5, every: 7 })];
  assert.equal(answers[0]?.originMs, 1_700_000_040_000 + 151 * MINUTE);
  assert.equal((answers[1]?.originMs ?? 0) - (answers[0]?.originMs ?? 0), 7 * MINUTE);
  assert.equal(answers.length, Math.ceil(150 / 7));
});

test('backtest: horizons are rounded up to whole intervals, without repeats', () => {
  assert.deepEqual(wholeHorizons([300_000, 600_000, 900_000], 600_000), [600_000, 1_200_000]);
  assert.deepEqual(wholeHorizons([300_000], 60_000), [300_000]);
});

test('backtest: every answer has both kinds of every horizon with monotone, finite, non-negative quantiles', () => {
  for (const { forecasts } of backtest(wave(400), options)) {
    assert.deepEqual(
      forecasts.map(({ horizonMs, kind }) => `${horizonMs / MINUTE} ${kind}`),
      ['5 point', '5 max', '10 point', '10 max', '15 point', '15 max'],
    );
    for (const { quantiles } of forecasts) {
      assert.equal(quantiles.length, QUANTILE_LEVELS.length);
      quantiles.forEach((q, i) => assert.ok(Number.isFinite(q) && q >= (quantiles[i - 1] ?? 0)));
    }
  }
});

test('backtest: no row after the origin is seen', () => {
  const cut = 330;
  const seen = [...backtest(wave(400), options)];
  const altered = [
    ...backtest(
      wave(400, (row, value) => (row > cut ? value * 3 + 50 : value)),
      options,
    ),
  ];
  const upTo = cut - Math.ceil(400 * options.from) + 1;
  assert.deepEqual(altered.slice(0, upTo), seen.slice(0, upTo));
  assert.notDeepEqual(altered.slice(upTo), seen.slice(upTo));
});

test('backtest: twice the same trace gives the same bits', () => {
  assert.deepEqual([...backtest(wave(300), options)], [...backtest(wave(300), options)]);
});
