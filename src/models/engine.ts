import type { Arena } from './arena.ts';
import { ArmaState } from './arma-state.ts';
import { ATOMS_MAX, Atoms } from './atoms.ts';
import { ErrorClock } from './error-clock.ts';
import { ExpertBank, within, type Surroundings } from './expert-bank.ts';
import { Heads, type Bounds } from './heads.ts';
import type { ForecastModel } from './forecast-model.ts';
import { Kept } from './kept.ts';
import { CYCLE_DEFAULT_MS, MODEL_LEVELS, PROFILE_INDEX, type HeadShape, type Layout } from './layout.ts';
import { LevelBins } from './level-bins.ts';
import { LEVELS } from './quantile-tracker.ts';
import { RecentPeak } from './recent-peak.ts';
import { shapeIn, Shapes } from './shapes.ts';
import { ASINH, RAW, SPACES, fromSpace, rescaleFactor, toSpace } from './space.ts';
import { Upset } from './upset.ts';
import { Unit } from './unit.ts';
import { ValueRange } from './value-range.ts';
import { ValueRing } from './value-ring.ts';

const DAY_MS = 86_400_000;
const CYCLE_MISSES_MAX = 2;

/**
 * The state of a forecaster and what one interval does to it: answers that came due are scored and learnt, then the experts take
 * the value, then new answers are given. All of it is numbers and typed arrays, for `Resting`.
 */
export class Engine {
  readonly ring: ValueRing;
  readonly heads: Heads;
  readonly arma: ArmaState;
  private readonly unit = new Unit();
  private readonly banks: readonly ExpertBank[];
  private readonly shapes: Shapes;
  private readonly bins: LevelBins;
  private readonly atoms: Atoms;
  /** Of the errors, by the time of their targets. */
  private readonly clock: ErrorClock;
  private readonly range = new ValueRange();
  private readonly peak: RecentPeak;
  private readonly upset: Upset;
  private readonly kept: Kept;
  /** Intervals since the first measured one; -1 before it. */
  private tick = -1;
  measured = 0;
  /** Trainings in a row that did not find the cycle that is followed. */
  private cycleMisses = 0;

  constructor(layout: Layout, arena: Arena) {
    const longest = layout.steps.at(-1) ?? 1;
    this.ring = new ValueRing(layout.ringLength, arena);
    this.heads = new Heads(layout, arena);
    this.banks = [RAW, ASINH].map((space) => new ExpertBank(layout, space, originsOf(layout), arena));
    this.shapes = new Shapes(layout, arena);
    this.bins = new LevelBins(arena);
    this.clock = new ErrorClock(arena);
    this.atoms = new Atoms(arena);
    this.arma = new ArmaState(layout.steps.length, arena);
    this.peak = new RecentPeak(Math.max(3, longest), arena);
    this.upset = new Upset(layout.intervalMs);
    this.kept = new Kept(this.lasting(), arena);
  }

  /** Takes the value of the interval that starts at `timeMs`; NaN: not measured. */
  step(layout: Layout, work: EngineWork, models: readonly (ForecastModel | undefined)[], timeMs: number, value: number): void {
    const isMeasured = !Number.isNaN(value);
    this.ring.push(value);
    if (this.tick < 0 && !isMeasured) return;
    this.tick += 1;
    if (isMeasured) this.measure(layout, value);
    this.fillBounds(work.bounds);
    this.heads.follow(layout, value);
    this.mature(layout, work, timeMs, value);
    this.observe(layout, timeMs, value);
    this.fillBounds(work.bounds);
    this.askModels(layout, work, models, timeMs);
    this.answer(layout, work, timeMs);
  }

  /** After a long gap: what waited can not be judged, and nothing is known between. */
  skip(intervals: number): void {
    if (this.tick < 0) return;
    this.heads.forget();
    this.tick += intervals;
  }

  /**
   * Takes up the cycle that a training found in the ring's values, or drops the one followed when it was not found twice.
   * @param near how much a length may differ and be the same.
   * @param startMs of the oldest value.
   */
  followCycle(layout: Layout, foundMs: number | undefined, near: number, startMs: number): void {
    const followedMs = this.shapes.cycleMs;
    this.cycleMisses = foundMs === undefined ? this.cycleMisses + 1 : 0;
    if (this.cycleMisses > 0 && this.cycleMisses < CYCLE_MISSES_MAX) return;
    const wantedMs = foundMs ?? CYCLE_DEFAULT_MS;
    if (wantedMs === followedMs || (foundMs !== undefined && Math.abs(foundMs - followedMs) <= near)) return;
    const window = this.ring.toArray().map((value) => toSpace(ASINH, value, this.unit.size));
    this.heads.renew(layout, layout.experts.indexOf('cycle'), this.shapes.retune(wantedMs, startMs, layout.intervalMs, window));
  }

  get cycleMs(): number {
    return this.shapes.cycleMs;
  }

  private measure(layout: Layout, value: number): void {
    this.measured += 1;
    const before = this.unit.size;
    const wanted = this.unit.observe(value);
    if (this.measured === 1) {
      this.unit.size = wanted ?? before;
      for (const [space, bank] of this.banks.entries()) bank.start(toSpace(space, value, this.unit.size));
    } else if (wanted !== undefined) this.rescale(layout, wanted);
    this.range.observe(value);
  }

  private rescale(layout: Layout, unit: number): void {
    const before = this.unit.size;
    const here = this.lastValue();
    const factors = this.banks.map((_, space) => rescaleFactor(space, here, before, unit));
    for (const [space, bank] of this.banks.entries()) bank.rescale(before, unit, factors[space] ?? 1);
    const change = (space: number, z: number): number => toSpace(space, fromSpace(space, z, before), unit);
    this.shapes.map((z) => change(ASINH, z), factors[ASINH] ?? 1);
    this.heads.rescale(layout, factors, change);
    this.bins.rescale(factors[RAW] ?? 1);
    this.unit.size = unit;
    this.upset.forget();
  }

  private lastValue(): number {
    return (this.banks[RAW]?.last ?? 0) * this.unit.size;
  }

  private mature(layout: Layout, work: EngineWork, timeMs: number, value: number): void {
    const { heads, banks, unit } = this;
    for (let head = 0; head < layout.targets; head++) {
      const slot = heads.matureSlot(layout, head, this.tick);
      if (slot < 0) continue;
      const target = heads.targetOf(layout, head, slot, value);
      const raw = toSpace(RAW, target, unit.size);
      const bent = toSpace(ASINH, target, unit.size);
      if (!Number.isNaN(target)) {
        const origin = originOf(layout, this.tick - (layout.heads[head] as HeadShape).steps);
        this.fillExpected(layout, work, head, timeMs);
        (banks[RAW] as ExpertBank).learn(head, origin, raw, heads.originValue(layout, slot, RAW), work.expected);
        (banks[ASINH] as ExpertBank).learn(head, origin, bent, heads.originValue(layout, slot, ASINH), work.expected);
      }
      const isUsual = !this.upset.isAbnormal;
      work.bounds.rhythm = this.rhythmOf(layout, head, timeMs);
      const miss = heads.mature(layout, head, slot, target, [raw, bent], this.dayBefore(layout, head, 0), work.bounds, isUsual);
      if (isUsual && !Number.isNaN(miss)) this.clock.observe(timeMs, miss);
    }
  }

  /** Size of the errors of a target by the time of its day. */
  private rhythmOf({ heads, intervalMs }: Layout, head: number, targetMs: number): number {
    const { steps, kind } = heads[head] as HeadShape;
    return this.clock.at(targetMs, kind === 'max' ? (steps - 1) * intervalMs : 0);
  }

  /** What the target of a head was on the last day before it that was not abnormal then, of two; NaN where that is not known. */
  private usualDayBefore(layout: Layout, head: number, targetMs: number): number {
    const { steps } = layout.heads[head] as HeadShape;
    if (!this.upset.wasAbnormal(targetMs - DAY_MS)) return this.dayBefore(layout, head, steps);
    return this.upset.wasAbnormal(targetMs - 2 * DAY_MS) ? Number.NaN : this.dayBefore(layout, head, steps, 2);
  }

  /**
   * What the target of a head was a day, or some, before; NaN where that is not kept, or was not yet known at the origin.
   * @param ahead intervals from now to the target.
   */
  private dayBefore({ intervalMs, heads }: Layout, head: number, ahead: number, days = 1): number {
    const { steps, kind } = heads[head] as HeadShape;
    const day = (days * DAY_MS) / intervalMs;
    if (!Number.isInteger(day) || steps > day) return Number.NaN;
    let value = this.ring.back(day - ahead);
    if (kind === 'max') for (let k = 1; k < steps && !Number.isNaN(value); k++) value = largest(value, this.ring.back(day - ahead + k));
    return value;
  }

  /** What the profiles say of the target of a head at a time. */
  private fillExpected({ heads, intervalMs, stride }: Layout, { expected }: EngineWork, head: number, targetMs: number): void {
    const { steps, kind } = heads[head] as HeadShape;
    this.shapes.fillTargets(expected, targetMs, kind === 'max' ? steps * intervalMs : 0, stride * intervalMs);
  }

  private observe(layout: Layout, timeMs: number, value: number): void {
    const isMeasured = !Number.isNaN(value);
    for (const [space, bank] of this.banks.entries())
      bank.observe(layout, isMeasured ? toSpace(space, value, this.unit.size) : value, timeMs, this.shapes);
    if (isMeasured) this.learnShapes(timeMs, toSpace(ASINH, value, this.unit.size));
    if (this.arma.active === 1) this.arma.observe(value, timeMs);
    this.peak.observe(this.lastValue());
    if (!isMeasured) return;
    this.bins.observe(toSpace(RAW, value, this.unit.size));
    this.atoms.observe(value);
  }

  /** An abnormal time teaches the shapes nothing, and what it taught the experts is dropped when it is over. */
  private learnShapes(timeMs: number, z: number): void {
    const { upset, kept, shapes, banks } = this;
    const action = upset.observe(timeMs, shapes.unlikeness(timeMs, z));
    if (!upset.isAbnormal) shapes.observe(timeMs, z);
    if (action === 'keep') {
      kept.keep(this.lasting());
      this.heads.keepCalm();
    }
    if (action !== 'go-back') return;
    kept.goBack(this.lasting());
    for (const bank of banks) bank.arrive(timeMs, shapes);
    this.heads.goBack();
    this.peak.restart(this.lastValue());
  }

  private lasting(): readonly (Float32Array | Float64Array)[] {
    return [...this.banks.flatMap(({ lasting }) => lasting), this.bins.edges, ...this.heads.lasting];
  }

  /** One answer a model and interval, for all horizons and kinds. */
  private askModels(
    { models: names, experts, heads }: Layout,
    work: EngineWork,
    models: readonly (ForecastModel | undefined)[],
    timeMs: number,
  ): void {
    const { modelAnswers } = work;
    const first = experts.length - names.length * MODEL_LEVELS.length;
    for (let m = 0; m < names.length; m++) {
      const answers = modelAnswers[m] as Float64Array;
      const isAwake = models[m]?.read(this.ring, timeMs, answers) === true && answers.every(Number.isFinite);
      if (!isAwake) answers.fill(Number.NaN);
      for (let k = 0; k < MODEL_LEVELS.length; k++) this.heads.wake(heads.length, first + m * MODEL_LEVELS.length + k, isAwake);
    }
  }

  private answer(layout: Layout, work: EngineWork, timeMs: number): void {
    const { intervalMs, stride } = layout;
    const { bounds, points, featureHorizonsMs } = work;
    const keep = this.tick % stride === 0;
    const place = keep ? originOf(layout, this.tick) : originsOf(layout);
    for (const [space, bank] of this.banks.entries()) {
      this.fillSurroundings(work, layout, space, timeMs);
      bank.prepare(place, featureHorizonsMs, work.surroundings[space] as Surroundings, this.shapes);
    }
    const bin = this.bins.binOf((this.banks[RAW] as ExpertBank).last);
    for (const [head, { steps }] of layout.heads.entries()) {
      const targetMs = timeMs + steps * intervalMs;
      bounds.rhythm = this.rhythmOf(layout, head, targetMs);
      this.fillPoints(layout, work, head, targetMs);
      this.heads.answer(layout, head, this.tick, points, bin, bounds, keep);
    }
  }

  /** The points of all experts for a target, raw space first. */
  private fillPoints(layout: Layout, work: EngineWork, target: number, targetMs: number): void {
    const { experts } = layout;
    const { horizon } = layout.heads[target] as HeadShape;
    const yesterday = this.usualDayBefore(layout, target, targetMs);
    this.fillExpected(layout, work, target, targetMs);
    const arma = this.arma.active === 1 ? this.arma.forecast(horizon, targetMs) : Number.NaN;
    for (let space = 0; space < SPACES; space++) {
      const bank = this.banks[space] as ExpertBank;
      let i = bank.fillPoints(work.points, space * experts.length, target, work.expected, work.surroundings[space] as Surroundings);
      if (layout.hasArma) work.points[i++] = Number.isNaN(arma) ? bank.fallback : toSpace(space, Math.max(0, arma), this.unit.size);
      work.points[i++] = Number.isNaN(yesterday)
        ? shapeIn(space, work.expected[PROFILE_INDEX.day] as number, bank.fallback)
        : toSpace(space, yesterday, this.unit.size);
      this.fillModelPoints(work, i, (layout.heads[target] as HeadShape).answer, space);
    }
  }

  /** What models say, held within about the range seen, as what regressions say is. */
  private fillModelPoints({ modelAnswers, points, surroundings }: EngineWork, at: number, answer: number, space: number): void {
    const bank = this.banks[space] as ExpertBank;
    let i = at;
    for (const answers of modelAnswers) {
      for (const level of MODEL_LEVELS) {
        const value = answers[answer * LEVELS + level] as number;
        points[i++] = Number.isNaN(value)
          ? bank.fallback
          : within(surroundings[space] as Surroundings, toSpace(space, value, this.unit.size));
      }
    }
  }

  private fillSurroundings(work: EngineWork, { intervalMs }: Layout, space: number, timeMs: number): void {
    const around = work.surroundings[space] as Surroundings;
    const { size } = this.unit;
    around.timeMs = timeMs;
    around.recentPeak = toSpace(space, this.peak.peak, size);
    around.least = toSpace(space, this.range.least, size);
    around.most = toSpace(space, this.range.most, size);
    for (let k = 0; k < around.seasonBack.length; k++) {
      const back = (DAY_MS - (work.featureHorizonsMs[k] as number)) / intervalMs;
      const isUsual = !this.upset.wasAbnormal(timeMs - back * intervalMs);
      around.seasonBack[k] = isUsual ? toSpace(space, this.ring.back(back), size) : Number.NaN;
    }
  }

  private fillBounds(bounds: Bounds): void {
    bounds.unit = this.unit.size;
    bounds.low = this.range.low;
    bounds.high = this.range.high;
    bounds.atomCount = this.atoms.list(bounds.atoms);
  }
}

/** NaN if either is. */
function largest(a: number, b: number): number {
  return Number.isNaN(b) || b > a ? b : a;
}

/** Work space of an engine: holds nothing between steps and so is not frozen. One serves any number of engines of a layout. */
export interface EngineWork {
  readonly points: Float64Array;
  readonly bounds: Bounds;
  readonly surroundings: readonly Surroundings[];
  /** What each profile says of a target, in asinh space. */
  readonly expected: Float64Array;
  /** Now, and the first, middle and last horizon, which the features look at. */
  readonly featureHorizonsMs: readonly number[];
  /** Of each model: nine quantiles for each horizon and kind; NaN where it gave none. */
  readonly modelAnswers: readonly Float64Array[];
}

export function createWork({ experts, profiles, steps, intervalMs, models }: Layout): EngineWork {
  const at = (index: number): number => (steps[index] ?? 1) * intervalMs;
  return {
    points: new Float64Array(experts.length * SPACES),
    bounds: { unit: 1, low: 0, high: 0, rhythm: 1, atoms: new Float64Array(ATOMS_MAX), atomCount: 0 },
    surroundings: [RAW, ASINH].map(() => ({ timeMs: 0, seasonBack: new Float64Array(4), recentPeak: 0, least: 0, most: 0 })),
    expected: new Float64Array(profiles.length),
    featureHorizonsMs: [0, at(0), at(Math.floor(steps.length / 2)), at(steps.length - 1)],
    modelAnswers: models.map(() => new Float64Array(2 * steps.length * LEVELS)),
  };
}

/** Origins that are kept: those of the longest horizon, and the newest. */
function originsOf({ steps, stride }: Layout): number {
  return Math.ceil((steps.at(-1) ?? 1) / stride) + 1;
}

function originOf(layout: Layout, tick: number): number {
  return Math.floor(tick / layout.stride) % originsOf(layout);
}
