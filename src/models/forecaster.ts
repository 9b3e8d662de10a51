import type { Forecast, Forecaster, ForecasterSettings, MeasuredQuality, NotReady } from './forecast.ts';
import { bytesOf, freezeState, thawState } from './frozen.ts';
import { HorizonHead } from './horizon.ts';
import { Profile } from './profile.ts';
import { meanOf } from './quality.ts';
import { LEVELS } from './quantile-tracker.ts';
import { RecursiveRidge } from './recursive-ridge.ts';
import { checkSettings } from './settings.ts';
import { Timeline } from './timeline.ts';
import { ValueRing } from './value-ring.ts';

/** Nothing that is measured of a pool is larger; what is, is a fault of the meter. */
const ABSURD = 1e18;
const WINDOW = 2_880;
const HALF_LIVES = [1, 4, 16] as const;
const EXPERTS = ['last', 'ses-1', 'ses-4', 'ses-16', 'daily', 'ridge'] as const;
const DAILY = 4;
const RIDGE = 5;
const FEATURES = 10;
const DAY_MS = 86_400_000;
const FORMAT = 1;

/** @throws RangeError if the settings are out of range. */
export function createForecaster(settings: ForecasterSettings): Forecaster {
  checkSettings(settings);
  return new OnlineForecaster(settings);
}

/** @throws TypeError if the data is no frozen forecaster of this version. */
export function thawForecaster(frozen: unknown): Forecaster {
  const { format, settings, state } = frozen as { format?: unknown; settings?: ForecasterSettings; state?: unknown };
  if (format !== FORMAT || settings === undefined) throw new TypeError(`frozen forecaster of format ${String(format)}, wanted ${FORMAT}`);
  checkSettings(settings);
  const forecaster = new OnlineForecaster(settings);
  thawState(forecaster.state, state);
  return forecaster;
}

class EngineState {
  readonly timeline: Timeline;
  readonly ring = new ValueRing(WINDOW);
  readonly levels = new Float64Array(HALF_LIVES.length);
  readonly profile: Profile;
  readonly ridge: RecursiveRidge;
  readonly heads: HorizonHead[];
  readonly x: Float64Array;
  readonly gain: Float64Array;
  readonly deviations: Float64Array;
  scale = 0;
  last = 0;
  measured = 0;
  refused = 0;
  faulty = 0;

  constructor(settings: ForecasterSettings) {
    const { intervalMs, horizonsMs } = settings;
    this.timeline = new Timeline(intervalMs);
    this.profile = new Profile(DAY_MS, intervalMs, horizonsMs.length, 1 - 0.5 ** (intervalMs / 600_000));
    this.ridge = new RecursiveRidge(FEATURES, horizonsMs.length * 2, intervalMs <= 60_000 ? 0.9998 : 0.9995);
    const steps = horizonsMs.map((horizonMs) => horizonMs / intervalMs);
    this.heads = steps.flatMap((count) =>
      (['point', 'max'] as const).map((kind) => new HorizonHead(count, kind, EXPERTS.length, intervalMs)),
    );
    const slots = (steps.at(-1) ?? 1) + 1;
    this.x = new Float64Array(slots * FEATURES);
    this.gain = new Float64Array(slots * FEATURES);
    this.deviations = new Float64Array(slots);
  }
}

class OnlineForecaster implements Forecaster {
  readonly state: EngineState;
  private readonly work = new Float64Array(EXPERTS.length * LEVELS);

  readonly settings: ForecasterSettings;

  constructor(settings: ForecasterSettings) {
    this.settings = settings;
    this.state = new EngineState(settings);
  }

  observe(intervalStartMs: number, value: number): boolean {
    const { timeline } = this.state;
    const tick = timeline.tickOf(intervalStartMs);
    if (tick === undefined) {
      this.state.refused += 1;
      return false;
    }
    if (timeline.tick < 0) timeline.firstMs = intervalStartMs;
    this.skipTo(tick);
    this.step(this.clean(value));
    return true;
  }

  forecast(): readonly Forecast[] {
    if (this.notReady() !== undefined) return [];
    return this.state.heads.map(({ steps, kind, latest }) => {
      const quantiles = Array.from(latest);
      return { horizonMs: steps * this.settings.intervalMs, kind, quantiles, mean: meanOf(quantiles) };
    });
  }

  notReady(): NotReady | undefined {
    const { measured } = this.state;
    const { warmupIntervals } = this.settings;
    if (measured >= warmupIntervals) return undefined;
    const message = `Needs ${warmupIntervals} measured intervals, has ${measured}`;
    return { code: 'not-enough-history', message, haveIntervals: measured, needIntervals: warmupIntervals };
  }

  quality(): readonly MeasuredQuality[] {
    return this.state.heads.map(({ quality, steps, kind }) => quality.measured(steps * this.settings.intervalMs, kind));
  }

  confidence(): number {
    const { heads } = this.state;
    return heads.reduce((sum, { quality }) => sum + quality.confidence, 0) / heads.length;
  }

  weights(): Readonly<Record<string, number>> {
    const { heads } = this.state;
    return Object.fromEntries(
      EXPERTS.map((name, e) => {
        let sum = 0;
        for (const { combiner } of heads) for (let j = 0; j < LEVELS; j++) sum += combiner.weights[e * LEVELS + j] as number;
        return [name, sum / (heads.length * LEVELS)];
      }),
    );
  }

  trainingWindow(): { readonly startMs: number; readonly values: readonly number[] } {
    const { ring, timeline } = this.state;
    return { startMs: timeline.startOf(timeline.tick + 1 - ring.length), values: ring.toArray() };
  }

  adopt(model: unknown): string | undefined {
    return typeof model === 'object' && model !== null ? undefined : `a model is an object, not ${typeof model}`;
  }

  freeze(): unknown {
    const { intervalMs, horizonsMs, profile, warmupIntervals } = this.settings;
    const settings = { intervalMs, horizonsMs: [...horizonsMs], profile, warmupIntervals };
    return { format: FORMAT, settings, state: freezeState(this.state) };
  }

  get stateBytes(): number {
    return bytesOf(this.state);
  }

  private clean(value: number): number {
    if (Number.isNaN(value)) return value;
    if (value >= 0 && value < ABSURD) return value;
    this.state.faulty += 1;
    return Number.NaN;
  }

  /** Skipped intervals are missing. Beyond the longest horizon nothing is pending any more, so the rest is one jump. */
  private skipTo(tick: number): void {
    const { timeline, heads, ring } = this.state;
    const longest = heads.at(-1)?.steps ?? 1;
    for (let left = longest + 1; left > 0 && timeline.tick < tick - 1; left--) this.step(Number.NaN);
    const jump = tick - 1 - timeline.tick;
    if (jump <= 0) return;
    for (const head of heads) head.forget();
    for (let i = Math.min(jump, WINDOW); i > 0; i--) ring.push(Number.NaN);
    timeline.tick = tick - 1;
  }

  private step(value: number): void {
    const { state } = this;
    state.timeline.tick += 1;
    state.ring.push(value);
    if (!Number.isNaN(value)) this.measure(value);
    if (state.measured === 0) return;
    this.mature();
    if (!Number.isNaN(value)) this.updateExperts(value);
    this.predict();
  }

  private measure(value: number): void {
    const { state } = this;
    state.measured += 1;
    state.scale += (value - state.scale) / Math.min(state.measured, WINDOW);
    if (state.measured === 1) state.levels.fill(value);
  }

  private mature(): void {
    const { heads, timeline, ridge, x, gain, profile, deviations } = this.state;
    const slots = deviations.length;
    for (const [i, head] of heads.entries()) {
      const value = head.kind === 'point' ? this.state.ring.back(0) : this.newestMax(head.steps);
      const origin = timeline.tick - head.steps;
      if (origin >= 0 && !Number.isNaN(value) && head.pending[origin % (head.steps + 1)] === 1) {
        const at = (origin % slots) * FEATURES;
        const base = head.points[head.pointsAt(origin)] as number;
        ridge.learn(i, x, at, gain, at, (value - base) / (this.state.scale + 1e-12), 3);
        if (head.kind === 'point') {
          profile.learn(i >> 1, deviations[origin % slots] as number, value - profile.at(timeline.startOf(timeline.tick), this.state.last));
        }
      }
      head.mature(timeline.tick, value, this.state.scale + 1e-12, this.work);
    }
  }

  private newestMax(steps: number): number {
    let max = -Infinity;
    for (let back = 0; back < steps; back++) {
      const value = this.state.ring.back(back);
      if (!(value <= max)) max = value;
      if (Number.isNaN(value)) return value;
    }
    return max;
  }

  private updateExperts(value: number): void {
    const { state } = this;
    state.last = value;
    for (const [i, halfLife] of HALF_LIVES.entries()) {
      const level = state.levels[i] as number;
      state.levels[i] = level + (1 - 0.5 ** (1 / halfLife)) * (value - level);
    }
    state.profile.observe(state.timeline.startOf(state.timeline.tick), value, state.levels[2] as number);
  }

  private predict(): void {
    const { state } = this;
    const { heads, timeline, profile, levels, ridge, x, gain, deviations } = state;
    const slot = timeline.tick % deviations.length;
    deviations[slot] = profile.deviation;
    this.fillFeatures(slot * FEATURES);
    ridge.absorb(x, slot * FEATURES, gain, slot * FEATURES);
    for (const [i, head] of heads.entries()) {
      const at = head.pointsAt(timeline.tick);
      head.points[at] = state.last;
      for (let s = 0; s < HALF_LIVES.length; s++) head.points[at + 1 + s] = levels[s] as number;
      const shape = profile.at(timeline.startOf(timeline.tick + head.steps), levels[2] as number);
      head.points[at + DAILY] = shape + profile.share(i >> 1) * profile.deviation;
      head.points[at + RIDGE] = state.last + ridge.predict(i, x, slot * FEATURES) * state.scale;
      head.answer(timeline.tick, this.work);
    }
  }

  private fillFeatures(at: number): void {
    const { ring, x, scale, last, levels, profile, timeline, heads } = this.state;
    const unit = 1 / (scale + 1e-12);
    const nowMs = timeline.startOf(timeline.tick);
    const lag = (back: number): number => {
      const value = ring.back(back);
      return Number.isNaN(value) ? last : value;
    };
    const middle = heads[heads.length >> 1]?.steps ?? 1;
    const features = [
      0.3,
      (last - lag(1)) * unit,
      (lag(1) - lag(2)) * unit,
      (last - (levels[0] as number)) * unit,
      (last - (levels[1] as number)) * unit,
      (last - (levels[2] as number)) * unit,
      (last - profile.at(timeline.startOf(timeline.tick + middle), levels[2] as number)) * unit,
      profile.deviation * unit,
      0.3 * Math.sin((2 * Math.PI * (nowMs % DAY_MS)) / DAY_MS),
      0.3 * Math.cos((2 * Math.PI * (nowMs % DAY_MS)) / DAY_MS),
    ];
    for (let i = 0; i < FEATURES; i++) x[at + i] = features[i] as number;
  }
}
