import type { Arena } from './arena.ts';
import { AR_FEATURES, AR_LAGS, CONSTANT, ridgeFeatures } from './features.ts';
import { Deviations } from './deviations.ts';
import { PROFILE_INDEX, type Layout } from './layout.ts';
import { RecursiveRidge } from './recursive-ridge.ts';
import { SmoothedLevels } from './smoothing.ts';
import { shapeIn, type Shapes } from './shapes.ts';
import { fromSpace, toSpace } from './space.ts';

const DAY_MS = 86_400_000;
/** Answers of the regressions may leave the range seen by this share of it. */
const RANGE_MARGIN = 0.3;

/** Places among now, the first, the middle and the last horizon, which the features look at. */
const [NOW, FIRST, MIDDLE, FAR] = [0, 1, 2, 3];
/** Slots of the smooth day are so long that its middle tells nothing that the neighbours do not. */
const SMOOTH_DAY_AHEAD = [FIRST, FAR, NOW];
const DAY_AHEAD = [FIRST, MIDDLE, FAR];

/** What the bank of a space is told at each tick, beside its own value. All values are in the space. */
export interface Surroundings {
  timeMs: number;
  /** The value a day before now and each of the first, middle and last horizon's target; NaN if unknown. */
  readonly seasonBack: Float64Array;
  /** Largest value of about the longest horizon. */
  recentPeak: number;
  least: number;
  most: number;
}

/** All experts of one space: their states, and their points for a horizon. */
export class ExpertBank {
  private readonly levels: SmoothedLevels;
  private readonly distances: Deviations;
  private readonly slow: RecursiveRidge;
  private readonly fast: RecursiveRidge;
  private readonly auto: RecursiveRidge;
  /** Features and gains of the kept origins, and of the newest tick in the last place. */
  private readonly x: Float32Array;
  private readonly slowGain: Float32Array;
  private readonly fastGain: Float32Array;
  private readonly autoX: Float32Array;
  private readonly autoGain: Float32Array;
  private readonly deviations: Float32Array;
  /** The newest values, missing ones carried on: the last one first. */
  private readonly lags: Float64Array;
  private readonly origins: number;
  private readonly space: number;

  constructor(layout: Layout, space: number, origins: number, arena: Arena) {
    const { intervalMs, targets, halfLives, profiles } = layout;
    this.space = space;
    this.origins = origins;
    this.levels = new SmoothedLevels(halfLives.length, arena);
    this.distances = new Deviations(profiles.length, targets, arena);
    const features = ridgeFeatures(halfLives.length);
    const isFine = intervalMs <= 60_000;
    this.slow = new RecursiveRidge({ features, targets, forgetting: isFine ? 0.9998 : 0.9995, ridge: 1, clip: 3 }, arena);
    this.fast = new RecursiveRidge({ features, targets, forgetting: isFine ? 0.999 : 0.997, ridge: 1, clip: 4 }, arena);
    this.auto = new RecursiveRidge({ features: AR_FEATURES, targets, forgetting: isFine ? 0.999 : 0.997, ridge: 0.3, clip: 0 }, arena);
    this.lags = arena.float64(AR_LAGS);
    this.x = arena.float32((origins + 1) * features);
    this.slowGain = arena.float32(this.x.length);
    this.fastGain = arena.float32(this.x.length);
    this.autoX = arena.float32((origins + 1) * AR_FEATURES);
    this.autoGain = arena.float32(this.autoX.length);
    this.deviations = arena.float32((origins + 1) * profiles.length);
  }

  start(z: number): void {
    this.levels.start(z);
    this.lags.fill(z);
  }

  /** Takes a value; NaN: the last one is carried on and nothing is learnt. */
  observe({ smoothingRates, deviationRates }: Layout, z: number, timeMs: number, shapes: Shapes): void {
    const { lags } = this;
    lags.copyWithin(1, 0);
    if (Number.isNaN(z)) return;
    lags[0] = z;
    for (const [i, rate] of deviationRates.entries()) this.distances.observe(i, z - this.shapeAt(shapes, i, timeMs), rate);
    this.levels.update(z, smoothingRates);
  }

  get last(): number {
    return this.lags[0] as number;
  }

  /** Slowest of the smoothed levels: what is said where a profile knows nothing. */
  private get longLevel(): number {
    return this.levels.levels[this.levels.levels.length - 1] as number;
  }

  /**
   * Prepares the features of this tick; `origin` is the place to keep them for learning, or the number of origins if this tick is
   * not kept.
   */
  prepare(origin: number, horizonsMs: readonly number[], around: Surroundings, shapes: Shapes): void {
    const { origins, x, autoX, deviations, distances, slow, auto } = this;
    const profiles = distances.now.length;
    const newest = origins * slow.features;
    this.fillFeatures(newest, horizonsMs, around, shapes);
    this.fillLags(origins * auto.features);
    deviations.set(distances.now, origins * profiles);
    if (origin === origins) return;
    x.copyWithin(origin * slow.features, newest, newest + slow.features);
    autoX.copyWithin(origin * auto.features, origins * auto.features);
    deviations.copyWithin(origin * profiles, origins * profiles);
    slow.absorb(x, this.slowGain, origin * slow.features);
    this.fast.absorb(x, this.fastGain, origin * slow.features);
    auto.absorb(autoX, this.autoGain, origin * auto.features);
  }

  /** A target has come: `z` is its value, `z0` the value at its origin, `expected` what the profiles say of it. */
  learn(target: number, origin: number, z: number, z0: number, expected: Float64Array): void {
    const { slow, fast, auto, distances, deviations } = this;
    const profiles = distances.now.length;
    const change = z - z0;
    slow.learn(target, this.x, this.slowGain, origin * slow.features, change);
    fast.learn(target, this.x, this.fastGain, origin * slow.features, change);
    auto.learn(target, this.autoX, this.autoGain, origin * auto.features, change);
    for (let i = 0; i < profiles; i++) {
      distances.learn(i, target, deviations[origin * profiles + i] as number, z - this.shapeOf(expected, i));
    }
  }

  /** What an abnormal time would spoil for long. The autoregression forgets it by itself; covariances begin anew. */
  get lasting(): readonly (Float32Array | Float64Array)[] {
    const { slow, fast, distances, levels } = this;
    return [...[slow, fast].flatMap(({ weights, spread }) => [weights, spread]), distances.fits, levels.levels];
  }

  /** After going back: the series is where it is now, which only the slowest level need not follow, and nothing is certain. */
  arrive(timeMs: number, shapes: Shapes): void {
    const { levels, distances, last } = this;
    this.slow.forgetCertainty();
    this.fast.forgetCertainty();
    this.lags.fill(last);
    levels.levels.fill(last, 0, -1);
    for (let i = 0; i < distances.now.length; i++) distances.now[i] = last - this.shapeAt(shapes, i, timeMs);
  }

  /**
   * Writes the experts' points of a target, in the order of the layout, up to and without `arma`.
   * @param expected what the profiles say of the target. @returns the next place.
   */
  fillPoints(points: Float64Array, at: number, target: number, expected: Float64Array, around: Surroundings): number {
    const { levels, distances, slow, fast, auto, origins } = this;
    const { last } = this;
    let i = at;
    points[i++] = last;
    for (let k = 0; k < levels.levels.length; k++) points[i++] = levels.levels[k] as number;
    for (let k = 0; k < distances.now.length; k++) {
      points[i++] = this.shapeOf(expected, k) + distances.carry(k, target) * (distances.now[k] as number);
    }
    const newest = origins * slow.features;
    points[i++] = within(around, last + slow.predict(target, this.x, newest));
    points[i++] = within(around, last + fast.predict(target, this.x, newest));
    points[i++] = within(around, last + auto.predict(target, this.autoX, origins * auto.features));
    return i;
  }

  get fallback(): number {
    return this.longLevel;
  }

  /** The unit has changed; `factor` is what differences become. */
  rescale(unit: number, newUnit: number, factor: number): void {
    const change = (z: number): number => toSpace(this.space, fromSpace(this.space, z, unit), newUnit);
    this.levels.map(change);
    this.distances.rescale(factor);
    for (let i = 0; i < AR_LAGS; i++) this.lags[i] = change(this.lags[i] as number);
    for (const ridge of [this.slow, this.fast, this.auto]) ridge.rescale(factor);
  }

  private shapeAt(shapes: Shapes, profile: number, timeMs: number): number {
    return shapes.at(this.space, profile, timeMs, this.longLevel);
  }

  private shapeOf(expected: Float64Array, profile: number): number {
    return shapeIn(this.space, expected[profile] as number, this.longLevel);
  }

  private fillFeatures(at: number, horizonsMs: readonly number[], around: Surroundings, shapes: Shapes): void {
    const { x, lags, levels, distances } = this;
    const { timeMs, seasonBack } = around;
    const last = lags[0] as number;
    let i = at;
    x[i++] = CONSTANT;
    x[i++] = last - (lags[1] as number);
    x[i++] = (lags[1] as number) - (lags[2] as number);
    for (let k = 0; k < levels.levels.length; k++) x[i++] = last - (levels.levels[k] as number);
    const beside = (profile: number, ahead: number): number => last - this.shapeAt(shapes, profile, timeMs + (horizonsMs[ahead] as number));
    for (const ahead of SMOOTH_DAY_AHEAD) x[i++] = beside(PROFILE_INDEX.smoothDay, ahead);
    x[i++] = distances.now[PROFILE_INDEX.smoothDay] as number;
    for (const ahead of DAY_AHEAD) x[i++] = beside(PROFILE_INDEX.day, ahead);
    x[i++] = beside(PROFILE_INDEX.week, FAR);
    x[i++] = beside(PROFILE_INDEX.cycle, FAR);
    for (let k = 0; k < seasonBack.length; k++) {
      const back = seasonBack[k] as number;
      x[i++] = Number.isNaN(back) ? 0 : last - back;
    }
    x[i++] = around.recentPeak - last;
    const angle = (2 * Math.PI * (timeMs % DAY_MS)) / DAY_MS;
    x[i++] = CONSTANT * Math.sin(angle);
    x[i++] = CONSTANT * Math.cos(angle);
  }

  private fillLags(at: number): void {
    const { autoX, lags } = this;
    const level = this.longLevel;
    autoX[at] = CONSTANT;
    for (let i = 0; i < AR_LAGS; i++) autoX[at + 1 + i] = (lags[i] as number) - level;
  }
}

/** Held to the range seen and a margin; NaN becomes the lower bound. */
export function within({ least, most }: Surroundings, value: number): number {
  const margin = RANGE_MARGIN * (most - least) + 1e-9;
  const low = least - margin;
  if (!(value > low)) return low;
  const high = most + margin;
  return value < high ? value : high;
}
