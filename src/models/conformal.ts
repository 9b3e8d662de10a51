import type { Arena } from './arena.ts';
import { fastExp } from './exponential.ts';
import type { ForecastKind } from './forecast.ts';
import type { HeadShape, Layout, MakerShape } from './layout.ts';
import { BINS } from './level-bins.ts';
import { LEVELS, fillSteps, trackQuantiles } from './quantile-tracker.ts';
import { RAW, SPACES, bendOf } from './space.ts';

const HOUR_MS = 3_600_000;

/** Errors that the running quantiles remember, where targets do not overlap; else times their overlap to the power. */
const MEMORY_FINE = 600;
const MEMORY_COARSE = 230;
const MEMORY_GROWTH = 0.3;
/**
 * Bins begin when a head has met this many errors, with what the first maker knows of all by then. What it knew of the first errors would
 * lie in their tails for hundreds more, and be the best answer after a single peak.
 */
const BINS_FROM = 60;
/** While a bin has fewer errors than this, its makers speak as the first one does. */
const BIN_ERRORS_MIN = 30;
/**
 * The pooled prior: quantiles of errors in typical ones, as the median of recorded series has them after some hundred intervals. A
 * new series begins with it, and its own errors move it as if so many had been met before.
 */
const PRIOR: Readonly<Record<ForecastKind, readonly number[]>> = {
  point: [-2, -1.5, -0.75, 0, 0.72, 1.6, 2.25, 2.9, 3.8],
  max: [-1.2, -0.8, -0.2, 0.3, 1, 1.9, 2.6, 3.4, 4.5],
};
const PRIOR_ERRORS = 20;
/** Before any error is known, an error is thought to be this share of the value. */
const PRIOR_ERROR = 0.25;
/**
 * The size of the next error is expected as so much of a mean that follows at once and the rest of one of some hours, as volatility is of
 * means at several speeds (Corsi 2009, a simple approximate long-memory model of realized volatility).
 */
const QUICK_SHARE = 0.3;
const QUICK_RATE = 0.5;
const HOURS_HALF_LIFE_FINE_MS = HOUR_MS;
const HOURS_HALF_LIFE_COARSE_MS = 2 * HOUR_MS;
const HOURS_TICKS_MIN = 4;
/** Growth of a typical error is limited to this many of them at once, plus a small share of the unit. */
const JUMP_MAX = 30;
const JUMP_FLOOR = 0.01;
const SLOW_RATE = 0.003;
/** A typical error is never less than this share of what it is in the long run. */
const CALM_MIN = 0.1;

/** What the quantiles are held within, in the unit of the series. */
export interface Limits {
  readonly unit: number;
  readonly low: number;
  readonly high: number;
  /** Size of errors at the time of the target, relative to those of a whole day. */
  readonly rhythm: number;
}

/** One place where the points of all experts lie, raw space first, and their typical errors of that time. */
export interface PointsAt {
  readonly points: Float32Array;
  readonly at: number;
  /** Of the sized spaces only, one after the other. */
  readonly sizes: Float32Array;
  readonly sizesAt: number;
}

/**
 * Turns the points of the experts into quantiles, from their own matured errors, for all heads of a forecaster. Each expert
 * speaks through several makers (see the layout): errors divided by their present typical size, errors met at the same level
 * of the series, or both at once. No model's own interval is trusted.
 */
export class Conformal {
  /** Typical size of each expert's errors, without the rhythm of the day, at once, over some hours and in the long run; head by head. */
  private readonly quickTypical: Float32Array;
  private readonly hoursTypical: Float32Array;
  private readonly slowTypical: Float32Array;
  /** Per maker: nine running quantiles per head, bin (if it is binned) and expert. */
  private readonly tables: readonly Float32Array[];
  private readonly binErrors: Float32Array;
  private readonly hoursRate: number;
  private readonly memory: number;

  constructor({ experts, makers, heads, targets, intervalMs }: Layout, arena: Arena) {
    const points = experts.length * SPACES;
    this.quickTypical = arena.float32(targets * points);
    this.hoursTypical = arena.float32(targets * points);
    this.slowTypical = arena.float32(targets * points);
    const cells = targets * experts.length * LEVELS;
    // A state that is only woken holds what it has learned: what a new one begins with is not worked out for it.
    const prior = arena.isNew ? heads.flatMap(({ kind }) => experts.flatMap(() => PRIOR[kind])) : 0;
    this.tables = makers.map(({ isBinned }, maker) => arena.float32(cells * (isBinned ? BINS : 1), maker === 0 ? prior : 0));
    this.binErrors = arena.float32(targets * BINS);
    const isFine = intervalMs <= 60_000;
    this.memory = isFine ? MEMORY_FINE : MEMORY_COARSE;
    const halfLifeMs = isFine ? HOURS_HALF_LIFE_FINE_MS : HOURS_HALF_LIFE_COARSE_MS;
    this.hoursRate = 1 - 0.5 ** (1 / Math.max(HOURS_TICKS_MIN, halfLifeMs / intervalMs));
  }

  /** Writes nine quantiles per source (maker-major), in the unit of the series, within the limits. */
  writeQuantiles(out: Float64Array, layout: Layout, head: number, bin: number, origin: PointsAt, limits: Limits): void {
    const { unit, low, high, rhythm } = limits;
    const { points, sizes, at } = origin;
    const experts = layout.experts.length;
    const halfBend = bendOf(unit) / 2;
    let to = 0;
    for (let m = 0; m < layout.makers.length; m++) {
      const maker = this.speakerOf(layout, m, head, bin);
      const { space, isScaled } = layout.makers[maker] as MakerShape;
      const table = this.tables[maker] as Float32Array;
      let from = rowOf(layout, maker, head, bin);
      const sizesAt = origin.sizesAt + sizesOf(layout, space);
      for (let e = 0, p = at + space * experts; e < experts; e++, p++) {
        const point = points[p] as number;
        const size = isScaled ? (sizes[sizesAt + e] as number) : rhythm;
        for (let j = 0; j < LEVELS; j++, from++, to++) {
          const z = point + size * (table[from] as number);
          let value: number;
          if (space === RAW) value = z * unit;
          else {
            const power = fastExp(z);
            value = halfBend * (power - 1 / power);
          }
          out[to] = value > low ? (value < high ? value : high) : low;
        }
      }
    }
  }

  /**
   * Writes the weighted mean of the sources' quantiles, level by level. As `writeQuantiles`, but only what has weight is worked
   * out, which is little once the combiner knows the series.
   */
  mix(
    out: Float64Array,
    layout: Layout,
    head: number,
    count: number,
    bin: number,
    points: Float64Array,
    weights: Float64Array,
    limits: Limits,
  ): void {
    const { unit, low, high, rhythm } = limits;
    const experts = layout.experts.length;
    const halfBend = bendOf(unit) / 2;
    WEIGHT.fill(0);
    out.fill(0);
    let source = 0;
    for (let m = 0; m < layout.makers.length; m++) {
      const maker = this.speakerOf(layout, m, head, bin);
      const { space, isScaled } = layout.makers[maker] as MakerShape;
      const table = this.tables[maker] as Float32Array;
      let from = rowOf(layout, maker, head, bin);
      for (let e = space * experts, end = e + experts; e < end; e++) {
        const point = points[e] as number;
        const size = isScaled ? rhythm * this.sizeOf(layout, head, count, e, point) : rhythm;
        for (let j = 0; j < LEVELS; j++, from++, source++) {
          const weight = weights[source] as number;
          if (weight === 0) continue;
          const z = point + size * (table[from] as number);
          let value: number;
          if (space === RAW) value = z * unit;
          else {
            const power = fastExp(z);
            value = halfBend * (power - 1 / power);
          }
          WEIGHT[j] = (WEIGHT[j] as number) + weight;
          out[j] = (out[j] as number) + weight * (value > low ? (value < high ? value : high) : low);
        }
      }
    }
    for (let j = 0; j < LEVELS; j++) out[j] = (out[j] as number) / (WEIGHT[j] as number);
  }

  /**
   * Takes the errors of the points of an origin, once their target is known: `targets` holds it in both spaces. `count`: how many
   * the head has learnt before. `isUsual`: the bins learn, too. What an abnormal day would teach them they would know for weeks.
   * `rhythm`: as of limits.
   */
  learn(
    layout: Layout,
    head: number,
    count: number,
    bin: number,
    origin: PointsAt,
    targets: readonly [number, number],
    isUsual: boolean,
    rhythm: number,
  ): void {
    const { points, sizes, at } = origin;
    const experts = layout.experts.length;
    const binAt = head * BINS + bin;
    const areBinsLearning = isUsual && count >= BINS_FROM;
    if (count === BINS_FROM) for (let started = 0; started < BINS; started++) this.startBin(layout, head, started);
    const memory = this.memory * (layout.heads[head] as HeadShape).overlap ** MEMORY_GROWTH;
    fillSteps(Math.min(count + PRIOR_ERRORS, memory), UP, DOWN);
    fillSteps(Math.min((this.binErrors[binAt] as number) + 1, memory), BIN_UP, BIN_DOWN);
    for (let e = 0; e < experts * SPACES; e++) {
      this.followSize(count, head * experts * SPACES + e, Math.abs(targets[e < experts ? 0 : 1] - (points[at + e] as number)) / rhythm);
    }
    for (const [m, { space, isScaled, isBinned }] of layout.makers.entries()) {
      if (isBinned && !areBinsLearning) continue;
      const table = this.tables[m] as Float32Array;
      const [up, down] = isBinned ? [BIN_UP, BIN_DOWN] : [UP, DOWN];
      const target = targets[space] as number;
      const sizesAt = origin.sizesAt + sizesOf(layout, space);
      let row = rowOf(layout, m, head, bin);
      for (let e = 0, p = space * experts; e < experts; e++, p++, row += LEVELS) {
        const error = target - (points[at + p] as number);
        if (!isScaled) {
          trackQuantiles(table, row, error / rhythm, (this.slowTypical[head * experts * SPACES + p] as number) + 1e-12, up, down);
          continue;
        }
        const size = sizes[sizesAt + e] as number;
        if (size > 0) trackQuantiles(table, row, error / size, 1, up, down);
      }
    }
    if (areBinsLearning) this.binErrors[binAt] = (this.binErrors[binAt] as number) + 1;
  }

  /** An expert is not what it was: its errors are thought to be of the given size (per space), spread as any are before they are known. */
  renew(layout: Layout, expert: number, sizes: readonly number[]): void {
    const experts = layout.experts.length;
    for (const [head, { kind }] of layout.heads.entries()) {
      for (const [space, size] of sizes.entries()) {
        this.beginSize((head * SPACES + space) * experts + expert, size);
      }
      for (const [m, { space, isScaled, isBinned }] of layout.makers.entries()) {
        const size = isScaled ? 1 : (sizes[space] as number);
        const spread = PRIOR[kind].map((quantile) => quantile * size);
        for (let bin = 0; bin < (isBinned ? BINS : 1); bin++) {
          (this.tables[m] as Float32Array).set(spread, rowOf(layout, m, head, bin) + expert * LEVELS);
        }
      }
    }
  }

  /** Differences in a space have become `factor` times what they were. */
  rescale({ experts, makers }: Layout, factors: readonly number[]): void {
    for (const sizes of [this.quickTypical, this.hoursTypical, this.slowTypical]) {
      for (let i = 0; i < sizes.length; i++) {
        sizes[i] = (sizes[i] as number) * (factors[i % (experts.length * SPACES) < experts.length ? 0 : 1] ?? 1);
      }
    }
    for (const [m, { space, isScaled }] of makers.entries()) {
      const table = this.tables[m] as Float32Array;
      if (!isScaled) for (let i = 0; i < table.length; i++) table[i] = (table[i] as number) * (factors[space] ?? 1);
    }
  }

  /**
   * Writes the present typical error of each expert in the sized spaces. It is kept with an origin: at the time its target comes,
   * errors that overlap with its own have been counted, and would make it look smaller than it was.
   */
  writeSizes(sizes: Float32Array, at: number, layout: Layout, head: number, count: number, points: Float64Array, rhythm: number): void {
    const experts = layout.experts.length;
    for (const [i, space] of layout.sizedSpaces.entries()) {
      for (let e = 0, p = space * experts; e < experts; e++, p++) {
        sizes[at + i * experts + e] = rhythm * this.sizeOf(layout, head, count, p, points[p] as number);
      }
    }
  }

  /** Present typical error of an expert, without the rhythm of the day. */
  private sizeOf({ experts }: Layout, head: number, count: number, e: number, point: number): number {
    if (count === 0) return e < experts.length ? PRIOR_ERROR * Math.abs(point) + 1e-3 : PRIOR_ERROR;
    const i = head * experts.length * SPACES + e;
    const size = QUICK_SHARE * (this.quickTypical[i] as number) + (1 - QUICK_SHARE) * (this.hoursTypical[i] as number);
    return Math.max(size, CALM_MIN * (this.slowTypical[i] as number));
  }

  private beginSize(i: number, size: number): void {
    this.quickTypical[i] = size;
    this.hoursTypical[i] = size;
    this.slowTypical[i] = size;
  }

  private followSize(errors: number, i: number, size: number): void {
    if (errors === 0) return this.beginSize(i, size);
    const { quickTypical, hoursTypical, slowTypical } = this;
    const slow = slowTypical[i] as number;
    const counted = Math.min(size, JUMP_MAX * slow + JUMP_FLOOR);
    const least = 1 / (errors + 1);
    const quick = quickTypical[i] as number;
    const hours = hoursTypical[i] as number;
    quickTypical[i] = quick + Math.max(QUICK_RATE, least) * (counted - quick);
    hoursTypical[i] = hours + Math.max(this.hoursRate, least) * (counted - hours);
    slowTypical[i] = slow + Math.max(SLOW_RATE, least) * (counted - slow);
  }

  /** Who speaks for a maker now. */
  private speakerOf({ makers }: Layout, maker: number, head: number, bin: number): number {
    const isKnown = !(makers[maker] as MakerShape).isBinned || (this.binErrors[head * BINS + bin] as number) >= BIN_ERRORS_MIN;
    return isKnown ? maker : 0;
  }

  /** Gives a bin what the first maker knows of all. */
  private startBin(layout: Layout, head: number, bin: number): void {
    const experts = layout.experts.length;
    const first = this.tables[0] as Float32Array;
    const known = rowOf(layout, 0, head, bin);
    for (const [m, { space, isScaled, isBinned }] of layout.makers.entries()) {
      if (!isBinned) continue;
      const table = this.tables[m] as Float32Array;
      const row = rowOf(layout, m, head, bin);
      const sizesAt = (head * SPACES + space) * experts;
      for (let i = 0; i < experts * LEVELS; i++) {
        const size = isScaled ? 1 : (this.slowTypical[sizesAt + Math.floor(i / LEVELS)] as number);
        table[row + i] = size * (first[known + i] as number);
      }
    }
  }
}

/** Where the quantiles of the first expert lie in a maker's table. */
function rowOf({ experts, makers }: Layout, maker: number, head: number, bin: number): number {
  const { isBinned } = makers[maker] as MakerShape;
  return (isBinned ? head * BINS + bin : head) * experts.length * LEVELS;
}

/** Where the sizes of a space lie among those of an origin; of no use for a space without a scaled maker. */
function sizesOf({ experts, sizedSpaces }: Layout, space: number): number {
  return sizedSpaces.indexOf(space) * experts.length;
}

/** Work space; holds nothing between calls. */
const WEIGHT = new Float64Array(LEVELS);
const UP = new Float64Array(LEVELS);
const DOWN = new Float64Array(LEVELS);
const BIN_UP = new Float64Array(LEVELS);
const BIN_DOWN = new Float64Array(LEVELS);
