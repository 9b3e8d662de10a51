import type { ArmaModel } from './arma-fit.ts';
import { createWork, Engine, type EngineWork } from './engine.ts';
import { checkFrozen, FORMAT, type FrozenForecaster, type FrozenWindow } from './frozen.ts';
import type { Forecast, Forecaster, ForecasterSettings, LevelSkills, MeasuredQuality, NotReady } from './forecast.ts';
import type { ForecastModel } from './forecast-model.ts';
import { layoutOf, type HeadShape, type Layout } from './layout.ts';
import { meanOf } from './quality.ts';
import { LEVELS } from './quantile-tracker.ts';
import { planOf, Resting, type Plan } from './resting.ts';
import { checkSettings } from './settings.ts';
import { Timeline } from './timeline.ts';
import type { Cycle, SeriesModel } from './training.ts';

/** Nothing that is measured of a pool is larger; what is, is a fault of the meter. */
const ABSURD = 1e18;

/** @throws RangeError that lists everything wrong with the settings. */
export function createForecaster(settings: ForecasterSettings): Forecaster {
  checkSettings(settings);
  return new OnlineForecaster(settings);
}

/** @throws TypeError if the data is no frozen forecaster of this format; of another one, `frozenSeries` tells what can be learnt. */
export function thawForecaster(frozen: unknown): Forecaster {
  const { settings, numbers } = checkFrozen(frozen);
  return new OnlineForecaster(settings, numbers);
}

interface State {
  readonly timeline: Timeline;
  readonly engine: Engine;
  /** Intervals refused because they were not after the last one, and values taken as missing because no meter gives them. */
  readonly faults: { refused: number; absurd: number };
}

class OnlineForecaster implements Forecaster {
  readonly settings: ForecasterSettings;
  private readonly layout: Layout;
  private readonly work: EngineWork;
  /** In the order of the layout. */
  private readonly models: (ForecastModel | undefined)[];
  private readonly resting: Resting<State>;

  constructor(settings: ForecasterSettings, numbers?: Uint8Array) {
    this.settings = settings;
    const { layout, work, plan } = sharedOf(settings);
    this.layout = layout;
    this.work = work;
    this.models = layout.models.map(() => undefined);
    this.resting = new Resting(plan, numbers);
  }

  private get state(): State {
    return this.resting.awake();
  }

  observe(intervalStartMs: number, value: number): boolean {
    let isTaken = false;
    this.resting.change((state) => {
      isTaken = this.take(state, intervalStartMs, value);
    });
    return isTaken;
  }

  forecast(): readonly Forecast[] {
    if (this.notReady() !== undefined) return [];
    const { latest } = this.state.engine.heads;
    return this.layout.answers.map(({ head, kind }) => {
      const quantiles = Array.from(latest.subarray(head * LEVELS, (head + 1) * LEVELS));
      return { horizonMs: this.horizonMs(head), kind, quantiles, mean: meanOf(quantiles) };
    });
  }

  notReady(): NotReady | undefined {
    const { measured } = this.state.engine;
    const { warmupIntervals } = this.settings;
    if (measured >= warmupIntervals) return undefined;
    const message = `Needs ${warmupIntervals} measured intervals, has ${measured}`;
    return { code: 'not-enough-history', message, haveIntervals: measured, needIntervals: warmupIntervals };
  }

  quality(): readonly MeasuredQuality[] {
    const { quality } = this.state.engine.heads;
    return this.layout.answers.map(({ head, kind }) => quality.measured(head, this.horizonMs(head), kind));
  }

  levelSkills(): readonly LevelSkills[] {
    const { quality } = this.state.engine.heads;
    return this.layout.answers.map(({ head }) => quality.levelSkills(head));
  }

  confidence(): number {
    const { quality } = this.state.engine.heads;
    const { heads } = this.layout;
    return heads.reduce((sum, _, head) => sum + quality.confidence(head), 0) / heads.length;
  }

  weights(): Readonly<Record<string, number>> {
    const { layout } = this;
    const sums = new Float64Array(layout.experts.length);
    // The middle horizon speaks for all: this is asked for with every report.
    const middle = Math.floor(layout.steps.length / 2);
    let heads = 0;
    for (const [head, { horizon }] of layout.heads.entries()) {
      if (horizon !== middle) continue;
      this.state.engine.heads.addWeights(sums, head, layout);
      heads += 1;
    }
    const weights: Record<string, number> = {};
    for (const [i, name] of layout.experts.entries()) weights[name] = (sums[i] as number) / heads;
    return weights;
  }

  trainingWindow(): { readonly startMs: number; readonly values: readonly number[] } {
    return { startMs: this.windowStartMs, values: this.state.engine.ring.toArray() };
  }

  useModel(name: string, model: ForecastModel | undefined): string | undefined {
    const index = this.layout.models.indexOf(name);
    if (index < 0) return `the settings name no model ${name}`;
    const { intervalMs, horizonsMs } = this.settings;
    if (model !== undefined && model.task.intervalMs !== intervalMs)
      return `the model is for intervals of ${model.task.intervalMs} ms, wanted ${intervalMs}`;
    if (model !== undefined && model.task.horizonsMs.join() !== horizonsMs.join())
      return `the model is for horizons of ${model.task.horizonsMs.join(', ')} ms, wanted ${horizonsMs.join(', ')}`;
    this.models[index] = model;
    return undefined;
  }

  adopt(model: unknown): string | undefined {
    if (typeof model !== 'object' || model === null) return `a model is an object, not ${model === null ? 'null' : typeof model}`;
    const { format, intervalMs, arma, cycle } = model as Record<keyof SeriesModel, unknown>;
    if (format !== 1) return `the model has format ${String(format)}, wanted 1`;
    if (intervalMs !== this.settings.intervalMs) return `the model is for intervals of ${String(intervalMs)} ms`;
    if (arma !== null && !isArma(arma)) return 'the ARMA is not complete';
    if (cycle !== null && cycle !== undefined && !isCycle(cycle)) return 'the cycle is not complete';
    const { engine } = this.state;
    if (cycle !== undefined) engine.followCycle(this.layout, cycle?.lengthMs, cycle?.nearMs ?? 0, this.trainingWindow().startMs);
    if (arma === null || !this.layout.hasArma) return undefined;
    return engine.arma.adopt(arma, this.layout.steps, engine.ring.toArray(), { startMs: this.windowStartMs, intervalMs });
  }

  get cycleMs(): number {
    return this.state.engine.cycleMs;
  }

  freeze(): FrozenForecaster {
    const { intervalMs, horizonsMs, profile, warmupIntervals, models } = this.settings;
    const settings = { intervalMs, horizonsMs: [...horizonsMs], profile, warmupIntervals, ...(models && { models: [...models] }) };
    const { timeline, engine } = this.state;
    const window: FrozenWindow = { startMs: this.windowStartMs, ...engine.ring.freeze() };
    return { format: FORMAT, settings, ...(timeline.tick >= 0 && { window }), numbers: this.resting.freeze() };
  }

  get stateBytes(): number {
    return this.resting.bytes;
  }

  private get windowStartMs(): number {
    const { engine, timeline } = this.state;
    return timeline.startOf(timeline.tick + 1 - engine.ring.length);
  }

  private horizonMs(head: number): number {
    return (this.layout.heads[head] as HeadShape).steps * this.settings.intervalMs;
  }

  private take(state: State, intervalStartMs: number, value: number): boolean {
    const { timeline, engine, faults } = state;
    const tick = timeline.tickOf(intervalStartMs);
    if (tick === undefined) {
      faults.refused += 1;
      return false;
    }
    if (timeline.tick < 0) timeline.firstMs = intervalStartMs;
    this.skipTo(state, tick);
    timeline.tick = tick;
    engine.step(this.layout, this.work, this.models, timeline.startOf(tick), cleaned(value, faults));
    return true;
  }

  /** Skipped intervals are missing. Beyond the longest horizon nothing waits any more, so the rest is one jump. */
  private skipTo({ timeline, engine }: State, tick: number): void {
    if (timeline.tick < 0) return;
    const { layout, work } = this;
    const between = tick - 1 - timeline.tick;
    const stepped = Math.min(between, layout.steps.at(-1) ?? 1);
    for (let i = 1; i <= stepped; i++) engine.step(layout, work, this.models, timeline.startOf(timeline.tick + i), Number.NaN);
    const jump = between - stepped;
    if (jump === 0) return;
    engine.skip(jump);
    for (let i = Math.min(jump, layout.ringLength); i > 0; i--) engine.ring.push(Number.NaN);
  }
}

function cleaned(value: number, faults: State['faults']): number {
  if (Number.isNaN(value) || (value >= 0 && value < ABSURD)) return value;
  faults.absurd += 1;
  return Number.NaN;
}

function isArma(value: unknown): value is ArmaModel {
  if (typeof value !== 'object' || value === null) return false;
  const { ar, ma, mean, waves } = value as Partial<Record<keyof ArmaModel, unknown>>;
  const isWhole = Array.isArray(ar) && ar.length === 2 && typeof ma === 'number' && typeof mean === 'number';
  return isWhole && (waves === undefined || Array.isArray(waves));
}

function isCycle(value: unknown): value is Cycle {
  if (typeof value !== 'object' || value === null) return false;
  const { lengthMs, nearMs } = value as { lengthMs?: unknown; nearMs?: unknown };
  return typeof lengthMs === 'number' && typeof nearMs === 'number' && lengthMs >= 1 && lengthMs < Infinity && nearMs >= 0;
}

interface Shared {
  readonly layout: Layout;
  readonly work: EngineWork;
  readonly plan: Plan<State>;
}

/** Forecasters of equal settings share layout and work space; thousands of them differ in their state only. */
const shared = new Map<string, Shared>();
const SHARED_MAX = 64;

function sharedOf(settings: ForecasterSettings): Shared {
  const key = `${settings.profile} ${settings.intervalMs} ${settings.horizonsMs.join(',')} ${settings.models?.join(',') ?? ''}`;
  const known = shared.get(key);
  if (known !== undefined) return known;
  const layout = layoutOf(settings);
  const made = { layout, work: createWork(layout), plan: planFor(layout) };
  if (shared.size >= SHARED_MAX) shared.clear();
  shared.set(key, made);
  return made;
}

function planFor(layout: Layout): Plan<State> {
  return planOf((arena) => ({
    timeline: new Timeline(layout.intervalMs),
    engine: new Engine(layout, arena),
    faults: { refused: 0, absurd: 0 },
  }));
}
