import { Combiner, pinball } from './combiner.ts';
import { Conformal } from './conformal.ts';
import type { ForecastKind } from './forecast.ts';
import { Guard } from './guard.ts';
import type { HeadShape, Layout } from './layout.ts';
import { QualityMeter } from './quality.ts';
import { LEVELS, fillSteps, trackQuantiles } from './quantile-tracker.ts';
import { SPACES } from './space.ts';
import { snapTo } from './atoms.ts';

/** Quantiles within this many typical errors of a value that repeats are that value. */
const SNAP = 0.4;
/** Errors that the naive answer's quantiles remember, as the others. */
const NAIVE_MEMORY = 600;

/** What all horizons share at a tick. */
export interface Bounds {
  unit: number;
  low: number;
  high: number;
  readonly atoms: Float64Array;
  atomCount: number;
}

/** The answer for one horizon and kind, with the origins that wait for their target. */
export class HorizonHead {
  readonly steps: number;
  readonly kind: ForecastKind;
  private readonly conformal: Conformal;
  private readonly combiner: Combiner;
  private readonly guard = new Guard();
  readonly quality: QualityMeter;
  /** Answer of the newest tick. */
  readonly latest = new Float64Array(LEVELS);
  /** Errors of the last value: the naive answer, by which skill is measured. */
  private readonly naive = new Float32Array(LEVELS);
  private naiveSize = 0;
  private matured = 0;
  /** Per waiting origin: its tick (-1: none), the points, the level bin, the mixture, the answer, the largest value since. */
  private readonly originTicks: Float64Array;
  private readonly points: Float32Array;
  private readonly sizes: Float32Array;
  private readonly bins: Uint8Array;
  private readonly mixtures: Float64Array;
  private readonly answers: Float64Array;
  private readonly peaks: Float64Array;
  private readonly stride: number;
  private readonly width: number;

  constructor(layout: Layout, { steps, kind }: HeadShape) {
    const { experts, makers, intervalMs, stride } = layout;
    this.steps = steps;
    this.kind = kind;
    this.stride = stride;
    this.width = experts.length * SPACES;
    this.conformal = new Conformal(experts.length, makers, intervalMs);
    this.combiner = new Combiner(this.conformal.sources);
    this.quality = new QualityMeter(intervalMs * stride);
    const slots = Math.ceil(steps / stride) + 1;
    this.originTicks = new Float64Array(slots).fill(-1);
    this.points = new Float32Array(slots * this.width);
    this.sizes = new Float32Array(slots * this.width);
    this.bins = new Uint8Array(slots);
    this.mixtures = new Float64Array(slots * LEVELS);
    this.answers = new Float64Array(slots * LEVELS);
    this.peaks = new Float64Array(slots);
  }

  /** Takes the value of a tick into the largest values that waiting origins look for. */
  follow(value: number): void {
    const { peaks, originTicks } = this;
    if (this.kind === 'point') return;
    for (let slot = 0; slot < peaks.length; slot++) {
      if ((originTicks[slot] as number) < 0) continue;
      // NaN stays: the largest value of a span with a missing one is not known.
      if (!(value <= (peaks[slot] as number))) peaks[slot] = Number.isNaN(peaks[slot]) ? Number.NaN : value;
    }
  }

  /** The slot whose target is the value of this tick, if an origin waits for it; else -1. */
  matureSlot(tick: number): number {
    const origin = tick - this.steps;
    const slot = this.slotOf(origin);
    return origin >= 0 && this.originTicks[slot] === origin ? slot : -1;
  }

  /** The target of a slot, NaN if it was not measured. */
  targetOf(slot: number, value: number): number {
    return this.kind === 'point' ? value : (this.peaks[slot] as number);
  }

  /** The last value at the origin of a slot, in a space. */
  originValue(slot: number, space: number): number {
    return this.points[slot * this.width + (space * this.width) / SPACES] as number;
  }

  /** Scores and learns a slot's answer; the slot is free then. */
  mature(slot: number, target: number, targetRaw: number, targetAsinh: number, bounds: Bounds): void {
    this.originTicks[slot] = -1;
    if (Number.isNaN(target)) return;
    const { points, width, conformal, combiner, guard } = this;
    const bin = this.bins[slot] as number;
    conformal.writeQuantiles(SOURCES, points, this.sizes, slot * width, bin, bounds);
    this.score(slot, target, (points[slot * width] as number) * bounds.unit);
    combiner.learn(SOURCES, this.mixtures, slot * LEVELS, target, bounds.unit);
    guard.learn(target, this.answers, this.mixtures, slot * LEVELS, bounds.unit);
    conformal.learn(points, this.sizes, slot * width, bin, targetRaw, targetAsinh);
    this.matured += 1;
  }

  /** Answers from the experts' points, raw space first. Kept to learn from if `keep`. */
  answer(tick: number, points: Float64Array, bin: number, bounds: Bounds, keep: boolean): void {
    const { latest, combiner, conformal, guard } = this;
    combiner.writeWeights(WEIGHTS);
    conformal.mix(latest, WEIGHTS, points, 0, bin, bounds);
    const slot = keep ? this.slotOf(tick) : -1;
    if (keep) this.mixtures.set(latest, slot * LEVELS);
    const tolerance = this.matured >= 30 ? SNAP * guard.spread : 0;
    for (let j = 0; j < LEVELS; j++) {
      const corrected = (latest[j] as number) + (guard.corrections[j] as number);
      const bounded = Math.min(bounds.high, Math.max(bounds.low, corrected));
      latest[j] = snapTo(bounded, bounds.atoms, bounds.atomCount, tolerance);
    }
    sortNine(latest);
    if (keep) this.keep(slot, tick, points, bin);
  }

  /** Nothing that waits can be judged any more. */
  forget(): void {
    this.originTicks.fill(-1);
  }

  /** Weight of each expert, over spaces, makers and levels. */
  expertWeights(): Float64Array {
    const sources = this.combiner.meanWeights();
    const experts = new Float64Array(this.width / SPACES);
    for (const [i, weight] of sources.entries()) experts[i % experts.length] = (experts[i % experts.length] as number) + weight;
    return experts;
  }

  rescale(factors: readonly number[], change: (space: number, z: number) => number): void {
    this.conformal.rescale(factors);
    const experts = this.width / SPACES;
    for (let i = 0; i < this.points.length; i++) {
      this.points[i] = change(i % this.width < experts ? 0 : 1, this.points[i] as number);
    }
  }

  private keep(slot: number, tick: number, points: Float64Array, bin: number): void {
    this.originTicks[slot] = tick;
    for (let i = 0; i < this.width; i++) this.points[slot * this.width + i] = points[i] as number;
    this.conformal.writeSizes(this.sizes, points, slot * this.width);
    this.bins[slot] = bin;
    this.answers.set(this.latest, slot * LEVELS);
    this.peaks[slot] = -Infinity;
  }

  private slotOf(tick: number): number {
    return Math.floor(tick / this.stride) % this.originTicks.length;
  }

  private score(slot: number, target: number, lastValue: number): void {
    const { naive, answers } = this;
    let loss = 0;
    let naiveLoss = 0;
    for (let j = 0; j < LEVELS; j++) {
      loss += pinball(j, target - (answers[slot * LEVELS + j] as number));
      naiveLoss += pinball(j, target - Math.max(0, lastValue + (naive[j] as number)));
    }
    // The naive answer has no quantiles before its first errors are known.
    if (this.matured >= 10) this.quality.record(target, answers, slot * LEVELS, loss, naiveLoss);
    const error = target - lastValue;
    if (this.matured === 0) naive.fill(error);
    this.naiveSize += Math.max(0.005, 1 / (this.matured + 1)) * (Math.abs(error) - this.naiveSize);
    fillSteps(Math.min(this.matured + 1, NAIVE_MEMORY), UP, DOWN);
    trackQuantiles(naive, 0, error, this.naiveSize + 1e-300, UP, DOWN);
  }
}

/** Insertion sort: nine values that are nearly in order. */
function sortNine(values: Float64Array): void {
  for (let i = 1; i < LEVELS; i++) {
    const value = values[i] as number;
    let j = i - 1;
    while (j >= 0 && (values[j] as number) > value) {
      values[j + 1] = values[j] as number;
      j -= 1;
    }
    values[j + 1] = value;
  }
}

/** Work space for the largest layout; holds nothing between calls. */
const SOURCES = new Float64Array(64 * SPACES * 3 * LEVELS);
const WEIGHTS = new Float64Array(SOURCES.length);
const UP = new Float64Array(LEVELS);
const DOWN = new Float64Array(LEVELS);
