/**
 * Rolling-origin test of the production forecaster: it sees the rows up to the origin, then answers. It is trained as an
 * analyzer trains it, by the same schedule and the same code.
 */
import {
  NEVER_TRAINED,
  isTrainingDue,
  scheduleTraining,
  startTraining,
  trainingAdopted,
  trainingFailed,
} from '../src/actors/training-schedule.ts';
import type { Forecast, Forecaster, ForecasterSettings } from '../src/models/forecast.ts';
import { createForecaster, fitSeries, type ForecastModel } from '../src/models/index.ts';
import type { SeriesTrace } from './traces/trace.ts';

/** How a trace is tested. */
export interface BacktestOptions {
  /** Horizons in milliseconds; each is rounded up to whole intervals of the trace, at least one. */
  readonly horizonsMs: readonly number[];
  /** Share of the rows that are warm-up and give no answers, 0 to 1. */
  readonly from: number;
  /** An answer every so many rows. */
  readonly every: number;
  /** `full` as for a pool's total, `slim` as for a single producer. */
  readonly profile: ForecasterSettings['profile'];
  /** A model from outside that competes with the experts, from the first row on. Its interval and horizons must be those of the series. */
  readonly model?: ForecastModel;
  /** Told the weight of each expert after the last row. */
  readonly atEnd?: (weights: Readonly<Record<string, number>>) => void;
}

/** As `forescale backtest` without options. */
export const BACKTEST_DEFAULTS: BacktestOptions = {
  horizonsMs: [300_000, 600_000, 900_000],
  from: 0.5,
  every: 1,
  profile: 'full',
};

/** What was forecast from one origin. */
export interface BacktestAnswer {
  /** Start of the last interval seen, epoch ms. */
  readonly originMs: number;
  /** Horizon-major, `point` before `max`; in the unit of the trace. */
  readonly forecasts: readonly Forecast[];
}

/** Name of the model from outside among the experts. */
export const OWN_MODEL = 'model';

/** Measured intervals before the first answer, as in a pool's total. */
const WARMUP_INTERVALS = 3;
/** The default schedule of a pool. */
const TRAIN_EVERY_MS = 3_600_000;

/** Horizons in whole intervals, without repeats. */
export function wholeHorizons(horizonsMs: readonly number[], intervalMs: number): readonly number[] {
  const whole = horizonsMs.map((horizonMs) => Math.max(1, Math.ceil(horizonMs / intervalMs - 1e-9)) * intervalMs);
  return [...new Set(whole)].sort((a, b) => a - b);
}

/**
 * Answers at row ceil(rows x from), counted from 0, and every N rows on.
 * @throws RangeError if the model is not for this series.
 */
export function* backtest(series: SeriesTrace, options: BacktestOptions = BACKTEST_DEFAULTS): Generator<BacktestAnswer> {
  const { intervalMs, startMs, values } = series;
  const forecaster = createForecaster({
    intervalMs,
    horizonsMs: wholeHorizons(options.horizonsMs, intervalMs),
    profile: options.profile,
    warmupIntervals: WARMUP_INTERVALS,
    ...(options.model === undefined ? {} : { models: [OWN_MODEL] }),
  });
  const refusal = options.model === undefined ? undefined : forecaster.useModel(OWN_MODEL, options.model);
  if (refusal !== undefined) throw new RangeError(refusal);
  const train = createTrainer(forecaster);
  const first = Math.ceil(values.length * options.from - 1e-9);
  for (let row = 0; row < values.length; row += 1) {
    const originMs = startMs + row * intervalMs;
    forecaster.observe(originMs, values[row] ?? Number.NaN);
    const forecasts = forecaster.forecast();
    train(originMs + intervalMs, Number.isNaN(values[row] ?? Number.NaN));
    if (row >= first && (row - first) % options.every === 0) yield { originMs, forecasts };
  }
  options.atEnd?.(forecaster.weights());
}

/** Trains when an analyzer would, told of every interval at its end; the result is there at the next one. */
export function createTrainer(forecaster: Forecaster): (nowMs: number, missing: boolean) => void {
  const progress = { ...NEVER_TRAINED };
  const { intervalMs } = forecaster.settings;
  let measured = 0;
  return (nowMs, missing) => {
    if (!missing) measured += 1;
    const situation = { address: 'pla:backtest', nowMs, intervalMs, trainEveryMs: TRAIN_EVERY_MS };
    const skill = forecaster.quality().find(({ kind }) => kind === 'max')?.skill ?? Number.NaN;
    scheduleTraining(progress, { ...situation, measured, skill: Number.isNaN(skill) ? null : skill });
    if (!isTrainingDue(progress, nowMs)) return;
    const cycles = startTraining(progress, measured);
    const { startMs, values } = forecaster.trainingWindow();
    const refusal = forecaster.adopt(fitSeries({ intervalMs, startMs, values, cycles }));
    if (refusal === undefined) trainingAdopted(progress, nowMs, Number.isNaN(skill) ? null : skill);
    else trainingFailed(progress, refusal, situation);
  };
}
