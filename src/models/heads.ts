import type { Arena } from './arena.ts';
import { snapTo } from './atoms.ts';
import { Baseline } from './baseline.ts';
import { Combiner, pinball } from './combiner.ts';
import { Conformal, type PointsAt } from './conformal.ts';
import { Guard } from './guard.ts';
import { MODEL_LEVELS, type HeadShape, type Layout } from './layout.ts';
import { Quality } from './quality.ts';
import { LEVELS, MEDIAN } from './quantile-tracker.ts';
import { sortNine } from './sort-nine.ts';
import { RAW, SPACES } from './space.ts';
import { Stacking } from './stacking.ts';

/** Quantiles within this many typical errors of a value that repeats are that value. */
const SNAP = 0.4;

/** What all heads share at a tick. */
export interface Bounds {
  unit: number;
  low: number;
  high: number;
  /** Size of errors at the time of the target, relative to those of a whole day; of the head at hand. */
  rhythm: number;
  readonly atoms: Float64Array;
  atomCount: number;
}

/** The answers for all horizons and kinds (heads), with the origins that wait for their target. */
export class Heads {
  readonly quality: Quality;
  /** Answers of the newest tick, nine per head. */
  readonly latest: Float64Array;
  private readonly conformal: Conformal;
  private readonly combiner: Combiner;
  private readonly stacking: Stacking;
  private readonly guard: Guard;
  /** What skill is measured against: the last value, and that of a day ago. */
  private readonly last: Baseline;
  private readonly season: Baseline;
  /** Origins learnt from, per head. */
  private readonly matured: Float64Array;
  /**
   * Per waiting origin: its tick (-1: none), the points with their typical errors, the level bin, the median of the mixture before it
   * was stacked, what it was then, the answer, the largest value since.
   */
  private readonly originTicks: Float64Array;
  private readonly points: Float32Array;
  private readonly sizes: Float32Array;
  private readonly bins: Uint8Array;
  private readonly medians: Float32Array;
  private readonly mixtures: Float32Array;
  private readonly answers: Float32Array;
  private readonly peaks: Float64Array;

  constructor(layout: Layout, arena: Arena) {
    const { experts, makers, models, sizedSpaces, intervalMs, stride, targets, slots } = layout;
    const width = experts.length * SPACES;
    const outside = models.length * MODEL_LEVELS.length;
    this.quality = new Quality(targets, intervalMs * stride, arena);
    this.latest = arena.float64(targets * LEVELS);
    this.conformal = new Conformal(layout, arena);
    this.combiner = new Combiner(targets, makers.length, experts.length, outside, arena);
    this.stacking = new Stacking(targets, experts.length - outside, arena);
    this.guard = new Guard(targets, arena);
    this.last = new Baseline(targets, arena);
    this.season = new Baseline(targets, arena);
    this.matured = arena.float64(targets);
    this.originTicks = arena.float64(slots, -1);
    this.points = arena.float32(slots * width);
    this.sizes = arena.float32(slots * sizedSpaces.length * experts.length);
    this.bins = arena.uint8(slots);
    this.medians = arena.float32(slots);
    this.mixtures = arena.float32(slots * LEVELS);
    this.answers = arena.float32(slots * LEVELS);
    this.peaks = arena.float64(slots);
  }

  /** Takes the value of a tick into the largest values that waiting origins look for. */
  follow({ heads }: Layout, value: number): void {
    const { peaks, originTicks } = this;
    for (const { kind, firstSlot, slots } of heads) {
      if (kind === 'point') continue;
      for (let slot = firstSlot; slot < firstSlot + slots; slot++) {
        if ((originTicks[slot] as number) < 0) continue;
        // NaN stays: the largest value of a span with a missing one is not known.
        if (!(value <= (peaks[slot] as number))) peaks[slot] = Number.isNaN(peaks[slot]) ? Number.NaN : value;
      }
    }
  }

  /** The slot of a head whose target is the value of this tick, if an origin waits for it; else -1. */
  matureSlot(layout: Layout, head: number, tick: number): number {
    const origin = tick - (layout.heads[head] as HeadShape).steps;
    const slot = slotOf(layout, head, origin);
    return origin >= 0 && this.originTicks[slot] === origin ? slot : -1;
  }

  /** The target of a slot, NaN if it was not measured. */
  targetOf({ heads }: Layout, head: number, slot: number, value: number): number {
    return (heads[head] as HeadShape).kind === 'point' ? value : (this.peaks[slot] as number);
  }

  /** The last value at the origin of a slot, in a space. */
  originValue({ experts }: Layout, slot: number, space: number): number {
    return this.points[(slot * SPACES + space) * experts.length] as number;
  }

  /**
   * Scores and learns a slot's answer; the slot is free then.
   * @param targets the target in both spaces. @param season what the target was a day ago, NaN if that is not known.
   * @param isUsual the time is like others, and tells something of those to come.
   * @returns the size of the error of the median, in typical ones; NaN if there is none.
   */
  mature(
    layout: Layout,
    head: number,
    slot: number,
    target: number,
    targets: readonly [number, number],
    season: number,
    bounds: Bounds,
    isUsual: boolean,
  ): number {
    this.originTicks[slot] = -1;
    if (Number.isNaN(target)) return Number.NaN;
    const { conformal, combiner, stacking, guard, mixtures } = this;
    const origin = this.pointsAt(layout, slot);
    const bin = this.bins[slot] as number;
    const count = this.matured[head] as number;
    conformal.writeQuantiles(SOURCES, layout, head, bin, origin, bounds);
    this.score(head, slot, target, this.originValue(layout, slot, RAW) * bounds.unit, season);
    const { overlap } = layout.heads[head] as HeadShape;
    combiner.learn(head, count + 1, SOURCES, mixtures, slot * LEVELS, target, bounds.unit, overlap);
    const { points, at } = origin;
    const median = this.medians[slot] as number;
    const spread = guard.spreads[head] as number;
    const outlook = { points, at, median, spread, unit: bounds.unit };
    stacking.learn(head, target, mixtures, slot * LEVELS, outlook, overlap);
    guard.learn(head, count + 1, target, this.answers, mixtures, slot * LEVELS, bounds.unit);
    conformal.learn(layout, head, count, bin, origin, targets, isUsual, bounds.rhythm);
    this.matured[head] = count + 1;
    return spread > 0 ? Math.abs(target - median) / spread : Number.NaN;
  }

  /** Answers for a head from the experts' points, raw space first. Kept to learn from if `keep`. */
  answer(layout: Layout, head: number, tick: number, points: Float64Array, bin: number, bounds: Bounds, keep: boolean): void {
    const { guard } = this;
    const count = this.matured[head] as number;
    this.combiner.writeWeights(WEIGHTS, head, (layout.heads[head] as HeadShape).overlap);
    this.conformal.mix(ANSWER, layout, head, count, bin, points, WEIGHTS, bounds);
    const slot = keep ? slotOf(layout, head, tick) : -1;
    const median = ANSWER[MEDIAN] as number;
    this.stacking.move(head, ANSWER, { points, at: 0, median, spread: guard.spreads[head] as number, unit: bounds.unit });
    if (keep) {
      this.medians[slot] = median;
      this.mixtures.set(ANSWER, slot * LEVELS);
    }
    guard.correct(head, ANSWER);
    const tolerance = count >= 30 ? SNAP * (guard.spreads[head] as number) : 0;
    for (let j = 0; j < LEVELS; j++) {
      const bounded = Math.min(bounds.high, Math.max(bounds.low, ANSWER[j] as number));
      ANSWER[j] = snapTo(bounded, bounds.atoms, bounds.atomCount, tolerance);
    }
    sortNine(ANSWER);
    this.latest.set(ANSWER, head * LEVELS);
    if (keep) this.keep(layout, head, slot, tick, points, bin, bounds.rhythm);
  }

  /** Tells whether an expert from outside answers now. While it does not it weighs nothing; when it comes it has its weight still to earn. */
  wake(heads: number, expert: number, isAwake: boolean): void {
    if (this.combiner.isAwake(expert) === isAwake) return;
    this.combiner.wake(expert, isAwake);
    if (isAwake) for (let head = 0; head < heads; head++) this.combiner.setBack(head, expert);
  }

  /** An expert is not what it was: its weight is to be earned anew, and its old errors say nothing. @param sizes its typical error per space. */
  renew(layout: Layout, expert: number, sizes: readonly number[]): void {
    this.conformal.renew(layout, expert, sizes);
    for (let head = 0; head < layout.targets; head++) this.combiner.setBack(head, expert);
  }

  /** What an abnormal time would spoil for long, beside what `keepCalm` keeps. */
  get lasting(): readonly (Float32Array | Float64Array)[] {
    return [this.stacking.slopes, this.combiner.typical, ...this.guard.lasting];
  }

  /** Keeps what is known of the experts, to go back to after an abnormal time. */
  keepCalm(): void {
    this.combiner.keep();
  }

  /** What waits is of the abnormal time, and not judged. */
  goBack(): void {
    this.combiner.goBack();
    this.forget();
  }

  /** Nothing that waits can be judged any more. */
  forget(): void {
    this.originTicks.fill(-1);
  }

  /** Adds the weight of each expert in a head, over spaces, makers and levels; the sum of all is 1. */
  addWeights(experts: Float64Array, head: number, { makers, heads }: Layout): void {
    this.combiner.writeWeights(WEIGHTS, head, (heads[head] as HeadShape).overlap);
    const count = experts.length;
    const end = makers.length * count * LEVELS;
    for (let j = 0; j < LEVELS; j++) {
      let sum = 0;
      for (let at = j; at < end; at += LEVELS) sum += WEIGHTS[at] as number;
      const share = 1 / (sum * LEVELS);
      for (let at = j, e = 0; at < end; at += LEVELS, e = e + 1 === count ? 0 : e + 1) {
        experts[e] = (experts[e] as number) + share * (WEIGHTS[at] as number);
      }
    }
  }

  rescale(layout: Layout, factors: readonly number[], change: (space: number, z: number) => number): void {
    this.conformal.rescale(layout, factors);
    const count = layout.experts.length;
    for (let i = 0; i < this.points.length; i++) {
      const space = Math.floor(i / count) % SPACES;
      this.points[i] = change(space, this.points[i] as number);
    }
    const { sizedSpaces } = layout;
    for (let i = 0; i < this.sizes.length; i++) {
      const space = sizedSpaces[Math.floor(i / count) % sizedSpaces.length] as number;
      this.sizes[i] = (this.sizes[i] as number) * (factors[space] ?? 1);
    }
  }

  private keep(layout: Layout, head: number, slot: number, tick: number, points: Float64Array, bin: number, rhythm: number): void {
    this.originTicks[slot] = tick;
    const { at, sizesAt } = this.pointsAt(layout, slot);
    this.points.set(points, at);
    this.conformal.writeSizes(this.sizes, sizesAt, layout, head, this.matured[head] as number, points, rhythm);
    this.bins[slot] = bin;
    this.answers.set(ANSWER, slot * LEVELS);
    this.peaks[slot] = -Infinity;
  }

  private pointsAt({ experts, sizedSpaces }: Layout, slot: number): PointsAt {
    const { points, sizes } = this;
    return { points, at: slot * experts.length * SPACES, sizes, sizesAt: slot * experts.length * sizedSpaces.length };
  }

  private score(head: number, slot: number, target: number, lastValue: number, season: number): void {
    const { quality } = this;
    for (let j = 0; j < LEVELS; j++) LOSSES[j] = pinball(j, target - (this.answers[slot * LEVELS + j] as number));
    if (this.last.score(PLAIN, head, target, lastValue)) quality.record(head, target, this.answers, slot * LEVELS, LOSSES, PLAIN);
    if (!Number.isNaN(season) && this.season.score(PLAIN, head, target, season)) quality.recordSeason(head, LOSSES, PLAIN);
  }
}

function slotOf({ heads, stride }: Layout, head: number, tick: number): number {
  const { firstSlot, slots } = heads[head] as HeadShape;
  return firstSlot + (Math.floor(tick / stride) % slots);
}

/** Work space for the largest layout; holds nothing between calls. */
const SOURCES = new Float64Array(64 * 5 * LEVELS);
const WEIGHTS = new Float64Array(SOURCES.length);
const ANSWER = new Float64Array(LEVELS);
const LOSSES = new Float64Array(LEVELS);
const PLAIN = new Float64Array(LEVELS);
