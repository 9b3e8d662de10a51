import type { ValueSource } from '../forecast-model.ts';

/** Numbers that a network reads a step. Their order is part of the weights: changing it needs another FEATURE_SET. */
export const FEATURES = [
  'value',
  'change',
  'from-short-average',
  'from-long-average',
  'above-zero',
  'day-sine',
  'day-cosine',
  'missing',
  'day-ago-short',
  'day-ago-long',
] as const;

/** Name of what `WindowEncoder` makes, stored with weights: weights of another set are refused. */
export const FEATURE_SET = 'window-1';

const COUNT = FEATURES.length;
const DAY_MS = 86_400_000;
const SHORT_HALF_LIFE = 2;
const LONG_HALF_LIFE = 15;
/** What is added to the scale of a window, as a share of its mean: a constant series has no scale of its own. */
const SCALE_FLOOR_SHARE = 1e-3;
const SCALE_MIN = 1e-9;
const DAY_SHARE = 0.1;

/**
 * Turns the newest values of a series into the input of a network, free of scale: everything is measured from the last
 * value in units of the window's own mean absolute deviation, on an asinh scale, so one network reads every series. Only
 * the newest 2 x steps values and those of a day ago are looked at, so the same values give the same input whether they
 * come from a live series or from a training set: both use this one function.
 */
export class WindowEncoder {
  /** Of the window that was encoded last: its newest known value and its scale, in the unit of the series. */
  last = 0;
  scale = 1;
  /** Values of the newest 2 x steps that were measured. */
  measured = 0;

  readonly steps: number;
  readonly intervalMs: number;
  /** Numbers of one window. */
  readonly length: number;
  private readonly daySteps: number;
  private readonly aheadShort: number;
  private readonly aheadLong: number;
  private readonly values: Float64Array;
  private readonly known: Uint8Array;
  private readonly sampled: Float64Array;

  /** @param aheadSteps shortest and longest horizon, in intervals. */
  constructor(steps: number, intervalMs: number, aheadSteps: readonly [number, number]) {
    this.steps = steps;
    this.intervalMs = intervalMs;
    this.length = steps * COUNT;
    this.daySteps = Math.round(DAY_MS / intervalMs);
    [this.aheadShort, this.aheadLong] = aheadSteps;
    this.values = new Float64Array(2 * steps);
    this.known = new Uint8Array(2 * steps);
    this.sampled = new Float64Array(2 * steps);
  }

  /**
   * Writes steps x FEATURES.length numbers from `to[at]` on, oldest step first. All are finite whatever the values are.
   * @param newestMs start of the newest interval, epoch ms.
   */
  encode(source: ValueSource, newestMs: number, to: Float32Array, at: number): void {
    this.read(source);
    this.writeValues(to, at);
    this.writeTimes(newestMs, to, at);
    this.writeDayAgo(source, to, at);
  }

  /** Missing values repeat the one before them, those before the first known one repeat it. */
  private read(source: ValueSource): void {
    const { values, known } = this;
    let previous = Number.NaN;
    this.measured = 0;
    for (let i = 0; i < values.length; i++) {
      const value = usable(source.back(values.length - 1 - i));
      known[i] = Number.isNaN(value) ? 0 : 1;
      this.measured += known[i] as number;
      if (!Number.isNaN(value)) previous = value;
      values[i] = previous;
    }
    this.last = Number.isNaN(previous) ? 0 : previous;
    this.fillStart();
    this.measureScale(this.deviationOfDay(source));
  }

  private fillStart(): void {
    const { values } = this;
    let first = 0;
    while (first < values.length && Number.isNaN(values[first])) first++;
    const value = first < values.length ? (values[first] as number) : 0;
    values.fill(value, 0, first);
  }

  private measureScale(dayDeviation: number): void {
    const { values, known } = this;
    const count = Math.max(1, this.measured);
    let sum = 0;
    let size = 0;
    for (let i = 0; i < values.length; i++) {
      if (known[i] === 0) continue;
      sum += (values[i] as number) / count;
      size += Math.abs(values[i] as number) / count;
    }
    let deviation = 0;
    for (let i = 0; i < values.length; i++) if (known[i] === 1) deviation += Math.abs((values[i] as number) - sum) / count;
    this.scale = deviation + DAY_SHARE * dayDeviation + SCALE_FLOOR_SHARE * size + SCALE_MIN;
  }

  /** Mean absolute deviation of as many values as the window has, spread over a day. */
  private deviationOfDay(source: ValueSource): number {
    const { length } = this.values;
    const stride = Math.max(1, Math.floor(this.daySteps / length));
    let sum = 0;
    let count = 0;
    for (let i = 0; i < length; i++) {
      const value = usable(source.back(i * stride));
      this.sampled[i] = value;
      if (Number.isNaN(value)) continue;
      sum += value;
      count += 1;
    }
    if (count === 0) return 0;
    const mean = sum / count;
    let deviation = 0;
    for (const value of this.sampled) if (!Number.isNaN(value)) deviation += Math.abs(value - mean);
    return deviation / count;
  }

  private writeValues(to: Float32Array, at: number): void {
    const { values, known, last, scale, steps } = this;
    let short = values[0] as number;
    let long = short;
    for (let i = 1; i < values.length; i++) {
      const value = values[i] as number;
      short += SHORT_GAIN * (value - short);
      long += LONG_GAIN * (value - long);
      if (i < steps) continue;
      const o = at + (i - steps) * COUNT;
      to[o] = squash((value - last) / scale);
      to[o + 1] = squash((value - (values[i - 1] as number)) / scale);
      to[o + 2] = squash((value - short) / scale);
      to[o + 3] = squash((value - long) / scale);
      to[o + 4] = 0.25 * squash(value / scale);
      to[o + 7] = 1 - (known[i] as number);
    }
  }

  /** Time of day, by turning the newest one back step by step. */
  private writeTimes(newestMs: number, to: Float32Array, at: number): void {
    const turn = (2 * Math.PI * this.intervalMs) / DAY_MS;
    const turnSine = Math.sin(turn);
    const turnCosine = Math.cos(turn);
    const angle = (2 * Math.PI * (newestMs % DAY_MS)) / DAY_MS;
    let sine = Number.isFinite(angle) ? Math.sin(angle) : 0;
    let cosine = Number.isFinite(angle) ? Math.cos(angle) : 1;
    for (let step = this.steps - 1; step >= 0; step--) {
      const o = at + step * COUNT;
      to[o + 5] = sine;
      to[o + 6] = cosine;
      const before = sine * turnCosine - cosine * turnSine;
      cosine = cosine * turnCosine + sine * turnSine;
      sine = before;
    }
  }

  /** What the series did a day ago over the shortest and the longest horizon from that time of day on; 0 if not known. */
  private writeDayAgo(source: ValueSource, to: Float32Array, at: number): void {
    const { steps, daySteps, aheadShort, aheadLong, scale } = this;
    // Never look past the newest value, whatever the interval.
    const hasDay = daySteps > aheadLong;
    for (let step = 0; step < steps; step++) {
      const then = daySteps + (steps - 1 - step);
      const base = hasDay ? usable(source.back(then)) : Number.NaN;
      const short = hasDay ? usable(source.back(then - aheadShort)) - base : base;
      const long = hasDay ? usable(source.back(then - aheadLong)) - base : base;
      const o = at + step * COUNT;
      to[o + 8] = Number.isNaN(short) ? 0 : squash(short / scale);
      to[o + 9] = Number.isNaN(long) ? 0 : squash(long / scale);
    }
  }
}

const SHORT_GAIN = 1 - 0.5 ** (1 / SHORT_HALF_LIFE);
const LONG_GAIN = 1 - 0.5 ** (1 / LONG_HALF_LIFE);

/** Beyond this nothing is a measurement, and differences could overflow. */
const ABSURD = 1e30;

function usable(value: number): number {
  return value > -ABSURD && value < ABSURD ? value : Number.NaN;
}

/** asinh, held in the range that float32 and a tanh network can use. */
export function squash(x: number): number {
  return Math.max(-SQUASHED_MAX, Math.min(SQUASHED_MAX, Math.asinh(x)));
}

const SQUASHED_MAX = 12;
