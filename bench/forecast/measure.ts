import { createTrainer, wholeHorizons } from '../../sim/backtest.ts';
import type { SeriesTrace } from '../../sim/traces/trace.ts';
import { createForecaster, type Forecaster, type ForecasterSettings, type ForecastKind } from '../../src/models/index.ts';
import { createNaive } from './naive.ts';
import type { StagedModel } from './networks.ts';
import { mean, Scorer, targetOf, type Score } from './score.ts';

export const MINUTES = [5, 10, 15] as const;
export const KINDS: readonly ForecastKind[] = ['point', 'max'];
/** Weights are looked at every so many rows: no multiple of an hour or a day. */
const WEIGHTS_EVERY = 97;

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
  /** Of each expert at the middle horizon, mean over the rows that are scored. */
  readonly weights: Readonly<Record<string, number>>;
}

export interface MeasureOptions {
  readonly profile: ForecasterSettings['profile'];
  /** Rows from one scored origin to the next. */
  readonly every: number;
  /** First row that is scored, and the row after the last one; default: the second half. */
  readonly rows?: readonly [number, number];
  /** Changes the new forecaster before it sees anything: what an ablation takes away. */
  readonly prepare?: (forecaster: Forecaster) => Forecaster;
  /** Models from outside that take each other's place along the series. */
  readonly network?: readonly StagedModel[];
}

/** Horizons of a series of this interval, in whole intervals without repeats. */
export function horizonsOf(intervalMs: number): readonly number[] {
  return wholeHorizons(
    MINUTES.map((minutes) => minutes * 60_000),
    intervalMs,
  );
}

/** Runs one series as `forescale backtest` does, and scores its answers and those of the last value. */
export function measureSeries(trace: SeriesTrace, { profile, every, rows, prepare, network }: MeasureOptions): SeriesResult {
  const { values, intervalMs, startMs } = trace;
  const steps = MINUTES.map((count) => Math.max(1, Math.ceil((count * 60_000) / intervalMs - 1e-9)));
  const horizonsMs = horizonsOf(intervalMs);
  const models = network === undefined ? [] : ['network'];
  const fresh = createForecaster({ intervalMs, horizonsMs, profile, warmupIntervals: 3, models });
  const forecaster = prepare?.(fresh) ?? fresh;
  const train = createTrainer(forecaster);
  const lines = MINUTES.flatMap((minutes, i) =>
    KINDS.map((kind, k) => ({
      minutes,
      kind,
      steps: steps[i] ?? 1,
      answer: 2 * horizonsMs.indexOf((steps[i] ?? 1) * intervalMs) + k,
      scorer: new Scorer(),
      naiveScorer: new Scorer(),
      naive: createNaive(values, intervalMs, steps[i] ?? 1, kind),
    })),
  );
  const [first, end] = rows ?? [Math.ceil(values.length / 2), values.length];
  const weights: Readonly<Record<string, number>>[] = [];
  let cpuUs = 0;
  for (let row = 0; row < end; row++) {
    const originMs = startMs + row * intervalMs;
    for (const { from, model } of network ?? []) if (row === Math.floor(values.length * from)) forecaster.useModel('network', model);
    const before = process.cpuUsage();
    forecaster.observe(originMs, values[row] ?? Number.NaN);
    const forecasts = forecaster.forecast();
    const { user, system } = process.cpuUsage(before);
    cpuUs += user + system;
    train(originMs + intervalMs, Number.isNaN(values[row] ?? Number.NaN));
    if (row >= first && (row - first) % WEIGHTS_EVERY === 0) weights.push(forecaster.weights());
    for (const line of lines) {
      const naive = line.naive.next(row);
      if (row < first || (row - first) % every !== 0 || forecasts.length === 0) continue;
      const target = targetOf(values, row, line.steps, line.kind);
      line.scorer.add(originMs, target, forecasts[line.answer]?.quantiles ?? []);
      line.naiveScorer.add(originMs, target, naive);
    }
  }
  return {
    name: trace.name,
    rows: end,
    results: lines.map(({ minutes, kind, scorer, naiveScorer }) => ({ minutes, kind, score: scorer.score(), naive: naiveScorer.score() })),
    cpuUs: cpuUs / end,
    stateBytes: forecaster.stateBytes,
    weights: meanWeights(weights),
  };
}

function meanWeights(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, mean(all.map((weights) => weights[name] ?? 0))]));
}
