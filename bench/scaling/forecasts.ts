/**
 * Forecasts of the production forecaster for every row of a series, worked out once and kept in a folder: they do not depend on
 * what a policy does, and there are many policies to try.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createForecaster, fitSeries } from '../../src/models/index.ts';
import { QUANTILE_LEVELS } from '../../src/models/forecast.ts';
import { backtest, BACKTEST_DEFAULTS, wholeHorizons } from '../../sim/backtest.ts';
import type { SeriesTrace } from '../../sim/traces/trace.ts';

export interface CachedForecasts {
  readonly horizonsMs: readonly number[];
  /** Quantiles of the maximum, a row after the other, in each the horizons, in each the levels; NaN while not ready. */
  readonly maxima: Float64Array;
}

const LEVELS = QUANTILE_LEVELS.length;

export function forecastsFor(series: SeriesTrace, folder: string): CachedForecasts {
  mkdirSync(folder, { recursive: true });
  const horizonsMs = wholeHorizons(BACKTEST_DEFAULTS.horizonsMs, series.intervalMs);
  const path = join(folder, `${series.name}-${keyOf(series)}.f64`);
  if (existsSync(path)) {
    const bytes = readFileSync(path);
    return { horizonsMs, maxima: new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)) };
  }
  const maxima = computeMaxima(series, horizonsMs);
  writeFileSync(`${path}.new`, Buffer.from(maxima.buffer));
  renameSync(`${path}.new`, path);
  return { horizonsMs, maxima };
}

/** The same, for a series that is met only once. */
export function forecastsOf(series: SeriesTrace): CachedForecasts {
  const horizonsMs = wholeHorizons(BACKTEST_DEFAULTS.horizonsMs, series.intervalMs);
  return { horizonsMs, maxima: computeMaxima(series, horizonsMs) };
}

function computeMaxima(series: SeriesTrace, horizonsMs: readonly number[]): Float64Array {
  const width = horizonsMs.length * LEVELS;
  const maxima = new Float64Array(series.values.length * width).fill(Number.NaN);
  let row = 0;
  for (const { forecasts } of backtest(series, { ...BACKTEST_DEFAULTS, from: 0 })) {
    let at = row * width;
    for (const { kind, quantiles } of forecasts) if (kind === 'max') for (const value of quantiles) maxima[at++] = value;
    row += 1;
  }
  return maxima;
}

/** Other values or another forecaster: other forecasts. */
export function keyOf(series: SeriesTrace): string {
  const hash = createHash('sha256')
    .update(series.values)
    .update(`${series.intervalMs} ${series.startMs} ${createForecaster.name} ${fitSeries.name}`);
  const models = fileURLToPath(new URL('../../src/models/', import.meta.url));
  for (const file of readdirSync(models).sort()) if (file.endsWith('.ts')) hash.update(readFileSync(join(models, file)));
  return hash.digest('hex').slice(0, 12);
}
