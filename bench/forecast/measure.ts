import type { SeriesTrace } from '../../sim/traces/trace.ts';
import { createForecaster, fitSeries, type ForecasterSettings, type ForecastKind } from '../../src/models/index.ts';
import type { StagedModel } from './networks.ts';
import { createNaive } from './naive.ts';
import { Scorer, targetOf, type Score } from './score.ts';

export interface HorizonResult {
  readonly minutes: number;
  readonly kind: ForecastKind;
  readonly score: Score;
  readonly naive: Score;
}

export interface SeriesResult {
  readonly name: string;
  readonly rows: number;
  readonly results: readonly HorizonResult[];
  readonly cpuUs: number;
  readonly stateBytes: number;
  readonly weights: Readonly<Record<string, number>>;
}

export interface MeasureOptions {
  readonly profile: ForecasterSettings['profile'];
  readonly every: number;
  readonly minutes: readonly number[];
  /** Models from outside that take each other's place along the series. */
  readonly network?: readonly StagedModel[];
}

/** Horizons of a series of this interval, in whole intervals without repeats. */
export function horizonsOf(minutes: readonly number[], intervalMs: number): readonly number[] {
  const steps = minutes.map((count) => stepsOf(count, intervalMs));
  return [...new Set(steps)].sort((a, b) => a - b).map((count) => count * intervalMs);
}

function stepsOf(minutes: number, intervalMs: number): number {
  return Math.max(1, Math.ceil((minutes * 60_000) / intervalMs - 1e-9));
}

const TRAIN_EVERY_MS = 3_600_000;
const TRAIN_FROM = 60;

/** Runs one series; scores the second half. */
export function measureSeries(trace: SeriesTrace, { profile, every, minutes, network }: MeasureOptions): SeriesResult {
  const { values, intervalMs, startMs } = trace;
  const steps = minutes.map((count) => stepsOf(count, intervalMs));
  const horizonsMs = horizonsOf(minutes, intervalMs);
  const models = network === undefined ? [] : ['network'];
  const forecaster = createForecaster({ intervalMs, horizonsMs, profile, warmupIntervals: 3, models });
  const lines = minutes.flatMap((count, i) =>
    (['point', 'max'] as const).map((kind, k) => ({
      minutes: count,
      kind,
      steps: steps[i] ?? 1,
      answer: 2 * horizonsMs.indexOf((steps[i] ?? 1) * intervalMs) + k,
      scorer: new Scorer(),
      naiveScorer: new Scorer(),
      naive: createNaive(values, intervalMs, steps[i] ?? 1, kind),
    })),
  );
  const first = Math.ceil(values.length / 2);
  let cpuUs = 0;
  for (let row = 0; row < values.length; row++) {
    for (const { from, model } of network ?? []) if (row === Math.floor(values.length * from)) forecaster.useModel('network', model);
    const before = process.cpuUsage();
    forecaster.observe(startMs + row * intervalMs, values[row] ?? Number.NaN);
    const forecasts = forecaster.forecast();
    const { user, system } = process.cpuUsage(before);
    cpuUs += user + system;
    if (row >= TRAIN_FROM && (row * intervalMs) % TRAIN_EVERY_MS < intervalMs)
      forecaster.adopt(fitSeries({ intervalMs, ...forecaster.trainingWindow() }));
    for (const line of lines) {
      const naive = line.naive.next(row);
      if (row < first || (row - first) % every !== 0) continue;
      const target = targetOf(values, row, line.steps, line.kind);
      line.scorer.add(startMs + row * intervalMs, target, forecasts[line.answer]?.quantiles ?? []);
      line.naiveScorer.add(startMs + row * intervalMs, target, naive);
    }
  }
  return {
    name: trace.name,
    rows: values.length,
    results: lines.map(({ minutes: count, kind, scorer, naiveScorer }) => ({
      minutes: count,
      kind,
      score: scorer.score(),
      naive: naiveScorer.score(),
    })),
    cpuUs: cpuUs / values.length,
    stateBytes: forecaster.stateBytes,
    weights: forecaster.weights(),
  };
}
