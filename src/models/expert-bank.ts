import type { Arena } from './arena.ts';
import { AR_FEATURES, AR_LAGS, CONSTANT, ridgeFeatures } from './features.ts';
import { DampedHolt } from './holt.ts';
import { PROFILE_INDEX, type Layout } from './layout.ts';
import { Profile } from './profile.ts';
import { RecursiveRidge } from './recursive-ridge.ts';
import { SmoothedLevels } from './smoothing.ts';
import { RAW, fromSpace, toSpace } from './space.ts';

const DAY_MS = 86_400_000;
/** Answers of the regressions may leave the range seen by this share of it. */
const RANGE_MARGIN = 0.3;

/** What the bank of a space is told at each tick, beside its own value. All values are in the space. */
export interface Surroundings {
  timeMs: number;
  /** The value one season before each of the first, middle and last horizon's target; NaN if unknown. */
  readonly seasonBack: Float64Array;
  /** Largest value of about the longest horizon. */
  recentPeak: number;
  least: number;
  most: number;
}

/** All experts of one space: their states, and their points for a horizon. */
export class ExpertBank {
  private readonly levels: SmoothedLevels;
  private readonly holt: DampedHolt;
  readonly profiles: Profile[];
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
    const { intervalMs, targets, halfLives, holt, profiles } = layout;
    this.space = space;
    this.origins = origins;
    this.levels = new SmoothedLevels(halfLives, arena);
    this.holt = new DampedHolt(holt, arena);
    this.profiles = profiles.map(({ shape }) => new Profile(shape, intervalMs, targets, arena));
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
    this.holt.start(z);
    this.lags.fill(z);
  }

  /** Takes a value; NaN: the last one is carried on and nothing is learnt. */
  observe(z: number, timeMs: number): void {
    const { lags } = this;
    lags.copyWithin(1, 0);
    if (Number.isNaN(z)) return;
    lags[0] = z;
    const fallback = this.longLevel;
    for (const profile of this.profiles) profile.observe(timeMs, z, fallback);
    this.levels.update(z);
    this.holt.update(z);
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
  prepare(origin: number, horizonsMs: readonly number[], around: Surroundings): void {
    const { origins, x, autoX, deviations, profiles, slow, auto } = this;
    const newest = origins * slow.features;
    this.fillFeatures(newest, horizonsMs, around);
    this.fillLags(origins * auto.features);
    for (const [i, profile] of profiles.entries()) deviations[origins * profiles.length + i] = profile.deviation;
    if (origin === origins) return;
    x.copyWithin(origin * slow.features, newest, newest + slow.features);
    autoX.copyWithin(origin * auto.features, origins * auto.features);
    deviations.copyWithin(origin * profiles.length, origins * profiles.length);
    slow.absorb(x, this.slowGain, origin * slow.features);
    this.fast.absorb(x, this.fastGain, origin * slow.features);
    auto.absorb(autoX, this.autoGain, origin * auto.features);
  }

  /** A target has come: `z` is its value, `z0` the value at its origin. */
  learn(target: number, origin: number, z: number, z0: number, timeMs: number): void {
    const { slow, fast, auto, profiles } = this;
    const change = z - z0;
    slow.learn(target, this.x, this.slowGain, origin * slow.features, change);
    fast.learn(target, this.x, this.fastGain, origin * slow.features, change);
    auto.learn(target, this.autoX, this.autoGain, origin * auto.features, change);
    for (let i = 0; i < profiles.length; i++) {
      const profile = profiles[i] as Profile;
      const deviation = this.deviations[origin * profiles.length + i] as number;
      profile.learn(target, deviation, z - this.shapeAt(i, timeMs));
    }
  }

  /** Writes the experts' points of a horizon, in the order of the layout, up to and without `arma`. @returns the next place. */
  fillPoints(points: Float64Array, at: number, target: number, steps: number, targetMs: number, around: Surroundings): number {
    const { levels, holt, profiles, slow, fast, auto, origins } = this;
    const { last } = this;
    let i = at;
    points[i++] = last;
    for (let k = 0; k < levels.levels.length; k++) points[i++] = levels.levels[k] as number;
    for (let k = 0; k < holt.levels.length; k++) points[i++] = holt.forecast(k, steps);
    for (let k = 0; k < profiles.length; k++) {
      const profile = profiles[k] as Profile;
      points[i++] = this.shapeAt(k, targetMs) + profile.carry(target) * profile.deviation;
    }
    const newest = origins * slow.features;
    points[i++] = within(around, last + slow.predict(target, this.x, newest));
    points[i++] = within(around, last + fast.predict(target, this.x, newest));
    points[i++] = within(around, last + auto.predict(target, this.autoX, origins * auto.features));
    points[i++] = this.space === RAW ? 0 : this.longLevel;
    return i;
  }

  get fallback(): number {
    return this.longLevel;
  }

  /** The unit has changed; `factor` is what differences become. */
  rescale(unit: number, newUnit: number, factor: number): void {
    const change = (z: number): number => toSpace(this.space, fromSpace(this.space, z, unit), newUnit);
    this.levels.map(change);
    this.holt.rescale(change, factor);
    for (const profile of this.profiles) profile.map(change, factor);
    for (let i = 0; i < AR_LAGS; i++) this.lags[i] = change(this.lags[i] as number);
    for (const ridge of [this.slow, this.fast, this.auto]) ridge.rescale(factor);
  }

  private shapeAt(index: number, timeMs: number): number {
    const profile = this.profiles[index] as Profile;
    const smoothDay = this.profiles[PROFILE_INDEX.smoothDay] as Profile;
    return profile.at(timeMs, index === PROFILE_INDEX.week ? smoothDay.at(timeMs, this.longLevel) : this.longLevel);
  }

  private fillFeatures(at: number, horizonsMs: readonly number[], around: Surroundings): void {
    const { x, lags, levels, profiles } = this;
    const { timeMs, seasonBack } = around;
    const last = lags[0] as number;
    let i = at;
    x[i++] = CONSTANT;
    x[i++] = last - (lags[1] as number);
    x[i++] = (lags[1] as number) - (lags[2] as number);
    for (let k = 0; k < levels.levels.length; k++) x[i++] = last - (levels.levels[k] as number);
    const middleMs = horizonsMs[1] as number;
    for (let k = 0; k < 3; k++) x[i++] = last - this.shapeAt(PROFILE_INDEX.smoothDay, timeMs + (horizonsMs[k] as number));
    x[i++] = last - this.shapeAt(PROFILE_INDEX.smoothDay, timeMs);
    x[i++] = (profiles[PROFILE_INDEX.smoothDay] as Profile).deviation;
    for (let k = 0; k < 3; k++) x[i++] = last - this.shapeAt(PROFILE_INDEX.day, timeMs + (horizonsMs[k] as number));
    x[i++] = last - this.shapeAt(PROFILE_INDEX.week, timeMs + middleMs);
    x[i++] = last - this.shapeAt(PROFILE_INDEX.cycle, timeMs + middleMs);
    for (let k = 0; k < 3; k++) {
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
