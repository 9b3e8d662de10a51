/**
 * What a forecaster is and what it answers. Everything under `models/` is pure: numbers in, numbers out, no clock, no
 * randomness, no I/O; the same inputs give the same bits.
 */

import type { ForecastModel } from './forecast-model.ts';

/** Quantile levels of every answer, ascending. The wire, the planner and `backtest` use the same nine. */
export const QUANTILE_LEVELS = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99] as const;

/**
 * `point`: the value of the interval that starts at origin + horizon.
 * `max`: the largest value of the intervals that start in (origin, origin + horizon].
 */
export type ForecastKind = 'point' | 'max';

/** One answer: nine quantiles (ascending, finite, never negative where the series never was) and a mean. */
export interface Forecast {
  readonly horizonMs: number;
  readonly kind: ForecastKind;
  /** One value per level of QUANTILE_LEVELS, in the unit of the series. */
  readonly quantiles: readonly number[];
  /** Mean of the distribution that the quantiles describe, in the unit of the series. */
  readonly mean: number;
}

/** Why a forecaster does not answer yet, and what it still needs. */
export interface NotReady {
  /** Stable code, for machines. */
  readonly code: 'not-enough-history' | 'stale-input' | 'bad-skill';
  /** A sentence, for people. */
  readonly message: string;
  /** Measured intervals seen so far, and how many are needed. */
  readonly haveIntervals: number;
  readonly needIntervals: number;
}

/** Measured quality of past answers at one horizon and kind: matured answers only, never an opinion of the model. */
export interface MeasuredQuality {
  readonly horizonMs: number;
  readonly kind: ForecastKind;
  /** Matured answers in the trailing window (about one day). */
  readonly samples: number;
  /** Share of matured values at or below q95 in the trailing window, 0 to 1; NaN before the first. */
  readonly coverage95: number;
  /** Share of matured values inside [q05, q95], 0 to 1; NaN before the first. */
  readonly coverage90: number;
  /** 1 - pinball loss / pinball loss of the last value with its own conformal quantiles; above 0 is better than it. */
  readonly skill: number;
  /** The same against the value of a day ago with its own conformal quantiles (`max`: the largest of the same span); NaN while not known. */
  readonly seasonalSkill: number;
}

/** Skill of each level of QUANTILE_LEVELS alone, NaN while not known. */
export interface LevelSkills {
  /** Against the last value. */
  readonly lastValue: readonly number[];
  /** Against the value of a day ago. */
  readonly dayAgo: readonly number[];
}

/** What a forecaster is made for; it never changes afterwards. */
export interface ForecasterSettings {
  /** Length of one interval, in milliseconds. */
  readonly intervalMs: number;
  /** Horizons in milliseconds, ascending, each a whole number of intervals of at least one. */
  readonly horizonsMs: readonly number[];
  /** `slim` for single producers, `full` for pool totals (more experts, larger windows). */
  readonly profile: 'slim' | 'full';
  /** Measured intervals needed before the first answer. Default 3. */
  readonly warmupIntervals: number;
  /** Names of models from outside that compete with the experts (see `useModel`), at most 4. Default none: they cost room and time. */
  readonly models?: readonly string[];
}

/**
 * An online forecaster of one series. `observe` and `forecast` alternate, once per interval. State is changed in place
 * (deterministically) and can be frozen and thawed between two calls: a thawed forecaster gives the same next answer to
 * the last bit.
 */
export interface Forecaster {
  readonly settings: ForecasterSettings;
  /**
   * Takes the value of the interval that starts at `intervalStartMs` (epoch ms, a multiple of intervalMs off the first).
   * NaN means not measured (missing is never zero). Skipped intervals are missing; an interval at or before the last one
   * is refused. Infinite, negative or absurd values are taken as missing and counted.
   * @returns false if the interval was refused.
   */
  observe(intervalStartMs: number, value: number): boolean;
  /** Answers for every horizon and kind, horizon-major with `point` before `max`; empty while `notReady()`. */
  forecast(): readonly Forecast[];
  /** undefined when it answers. */
  notReady(): NotReady | undefined;
  /** Measured quality per horizon and kind, in the order of `forecast()`. */
  quality(): readonly MeasuredQuality[];
  /** What `quality` tells of skill, level by level; for reports: the rest is looked at far more often. */
  levelSkills(): readonly LevelSkills[];
  /** 0 to 1: measured coverage and skill of the answers, discounted while few have matured. */
  confidence(): number;
  /** Weight of each expert in the combination at the middle horizon, for people and the inspector; sums to 1. */
  weights(): Readonly<Record<string, number>>;
  /**
   * The recent window for batch training (at most about 2,880 values; NaN where missing), with the start of its first
   * interval. Trained by `fitSeries` in training.ts, off the event loop in production.
   */
  trainingWindow(): { readonly startMs: number; readonly values: readonly number[] };
  /**
   * Gives one of the models that the settings name, or takes it away; from the next interval on. It is an expert among others: what it
   * says is corrected by its own measured errors and weighs as much as it earns. While it is away, or does not answer, it weighs nothing.
   * A model is not part of the frozen state: give the same one after thawing.
   * @returns why it was refused, undefined if it is used.
   */
  useModel(name: string, model: ForecastModel | undefined): string | undefined;
  /** Length in milliseconds of the cycle that is followed beside day and week: an hour until a training found one in the data. */
  readonly cycleMs: number;
  /** Takes what `fitSeries` found (ARMA coefficients, periods). Returns why it was refused, undefined if adopted. */
  adopt(model: unknown): string | undefined;
  /** Plain data (numbers, strings, arrays, typed arrays) that `thawForecaster` turns back into the same state. */
  freeze(): unknown;
  /** Bytes of numeric state held, for budgets. */
  readonly stateBytes: number;
}
