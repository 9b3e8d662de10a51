import type { Forecast, Forecaster, ForecasterSettings, LevelSkills, MeasuredQuality, NotReady } from '../models/forecast.ts';
import { QUANTILE_LEVELS } from '../models/forecast.ts';
import type { KnownEvent } from '../models/events/event.ts';
import { thawWithEvents, withEvents } from '../models/events/event-forecaster.ts';
import { createForecaster, frozenSeries, isOfFormat, thawForecaster } from '../models/index.ts';
import { BottomUp, type PartOutlook } from '../models/bottom-up.ts';
import type { NetworkReader } from '../models/network/reader.ts';
import { RESOURCES, type Resource } from '../protocol/resource.ts';
import { coarser } from './bucket.ts';
import { indexOf, type Loads } from './measure.ts';

/** Name of the shared network among the experts of a forecaster. */
export const NETWORK_MODEL = 'network';
/** Name of what the forecasts of producers say of their total. */
export const BOTTOM_UP_MODEL = 'bottom-up';

/**
 * The four series of an analyzer. A forecaster is created when its resource is first seen above zero: ten thousand
 * producers that measure requests only must not pay for three series of zeros. Until then the series is known to be zero.
 */
export interface SeriesSet {
  readonly settings: ForecasterSettings;
  /** What is known beforehand to multiply the load. */
  readonly events: readonly KnownEvent[];
  readonly forecasters: (Forecaster | undefined)[];
  readonly latest: (readonly Forecast[])[];
  /** Measured intervals, those of zeros included. */
  measured: number;
  /** The network that forecasters are given; undefined while there is none. */
  network: NetworkReader | undefined;
}

export function createSeries(settings: ForecasterSettings, events: readonly KnownEvent[] = []): SeriesSet {
  return {
    settings,
    events,
    forecasters: RESOURCES.map(() => undefined),
    latest: RESOURCES.map(() => []),
    measured: 0,
    network: undefined,
  };
}

/** As if nothing had been seen yet. */
export function forgetSeries(series: SeriesSet): void {
  series.forecasters.fill(undefined);
  for (const i of series.latest.keys()) series.latest[i] = [];
  series.measured = 0;
}

/** Every forecaster, those to come included, uses the network from its next interval on. */
export function useNetwork(series: SeriesSet, network: NetworkReader): void {
  series.network = network;
  for (const forecaster of series.forecasters) forecaster?.useModel(NETWORK_MODEL, network);
}

/** Takes the rates of one interval (NaN: not measured) and forecasts anew. */
export function observeSeries(series: SeriesSet, startMs: number, rates: Loads, parts: readonly (readonly PartOutlook[])[] = []): void {
  for (const [i] of RESOURCES.entries()) {
    const rate = rates[i as 0 | 1 | 2 | 3];
    const forecaster = series.forecasters[i] ?? (rate > 0 ? createLate(series, startMs) : undefined);
    if (forecaster === undefined) continue;
    series.forecasters[i] = forecaster;
    forecastFromParts(forecaster, parts[i]);
    if (forecaster.observe(startMs, rate)) series.latest[i] = forecaster.forecast();
  }
  if (!Number.isNaN(rates[0])) series.measured += 1;
}

/** undefined: as before. The sums are made anew each time, so they are no state. */
function forecastFromParts(forecaster: Forecaster, parts: readonly PartOutlook[] | undefined): void {
  if (parts === undefined || forecaster.settings.models?.includes(BOTTOM_UP_MODEL) !== true) return;
  const bottomUp = new BottomUp(forecaster.settings);
  bottomUp.take(parts);
  forecaster.useModel(BOTTOM_UP_MODEL, bottomUp);
}

/** A forecaster that has seen the zeros before the first load, as many as matter for its first answer. */
function createLate(series: SeriesSet, startMs: number): Forecaster {
  const { settings, events, network } = series;
  const forecaster = withEvents(createForecaster(settings), events);
  if (network !== undefined) forecaster.useModel(NETWORK_MODEL, network);
  for (let back = Math.min(series.measured, settings.warmupIntervals); back > 0; back -= 1) {
    if (forecaster.observe(startMs - back * settings.intervalMs, 0)) forecaster.forecast();
  }
  return forecaster;
}

/** Resources worth reporting: seen above zero, or needed by the planner. At least the requests. */
export function reportedResources(series: SeriesSet, bounding: readonly Resource[]): readonly Resource[] {
  const reported = RESOURCES.filter((resource, i) => series.forecasters[i] !== undefined || bounding.includes(resource));
  return reported.length === 0 ? ['requests'] : reported;
}

/** What is forecast of a resource now; empty while not ready. */
export function forecastsOf(series: SeriesSet, resource: Resource): readonly Forecast[] {
  const i = indexOf(resource);
  if (series.forecasters[i] !== undefined) return series.latest[i] ?? [];
  return series.measured >= series.settings.warmupIntervals ? zeroForecasts(series.settings) : [];
}

export function notReadyOf(series: SeriesSet, resource: Resource): NotReady | undefined {
  const forecaster = series.forecasters[indexOf(resource)];
  if (forecaster !== undefined) return forecaster.notReady();
  const { warmupIntervals } = series.settings;
  if (series.measured >= warmupIntervals) return undefined;
  const message = `Needs ${warmupIntervals} measured intervals, has ${series.measured}`;
  return { code: 'not-enough-history', message, haveIntervals: series.measured, needIntervals: warmupIntervals };
}

/** Measured confidence. Of a series that was always zero it grows with the number of zeros seen. */
export function confidenceOf(series: SeriesSet, resource: Resource): number {
  const forecaster = series.forecasters[indexOf(resource)];
  return forecaster === undefined ? series.measured / (series.measured + 20) : forecaster.confidence();
}

export function qualityOf(series: SeriesSet, resource: Resource): readonly MeasuredQuality[] {
  return series.forecasters[indexOf(resource)]?.quality() ?? [];
}

/** In the order of `qualityOf`. */
export function levelSkillsOf(series: SeriesSet, resource: Resource): readonly LevelSkills[] {
  return series.forecasters[indexOf(resource)]?.levelSkills() ?? [];
}

const zeros = new WeakMap<ForecasterSettings, readonly Forecast[]>();

function zeroForecasts(settings: ForecasterSettings): readonly Forecast[] {
  const known = zeros.get(settings);
  if (known !== undefined) return known;
  const quantiles = QUANTILE_LEVELS.map(() => 0);
  const made = settings.horizonsMs.flatMap((horizonMs) =>
    (['point', 'max'] as const).map((kind) => ({ horizonMs, kind, quantiles, mean: 0 })),
  );
  zeros.set(settings, made);
  return made;
}

/** Bytes of numeric state. */
export function seriesBytes(series: SeriesSet): number {
  return series.forecasters.reduce((sum, forecaster) => sum + (forecaster?.stateBytes ?? 0), 0);
}

export interface FrozenSeries {
  readonly forecasters: readonly unknown[];
  readonly latest: readonly (readonly Forecast[])[];
  readonly measured: number;
}

export function freezeSeries(series: SeriesSet): FrozenSeries {
  const forecasters = series.forecasters.map((forecaster) => forecaster?.freeze() ?? null);
  return { forecasters, latest: [...series.latest], measured: series.measured };
}

/** What was frozen, and why forecasters of it had to begin anew; undefined: they go on as they were. */
export interface ThawedSeries {
  readonly series: SeriesSet;
  readonly renewed: string | undefined;
}

/** @throws TypeError if a forecaster is damaged. */
export function thawSeries(
  frozen: FrozenSeries,
  settings: ForecasterSettings,
  events: readonly KnownEvent[] = [],
  network?: NetworkReader,
): ThawedSeries {
  const latest = [...frozen.latest];
  let renewed: string | undefined;
  const forecasters = frozen.forecasters.map((one, i) => {
    if (one === null) return undefined;
    let isNew = false;
    const thawed = thawWithEvents(one, events, (inner) => {
      const { forecaster, why } = thawOne(inner, settings);
      isNew = why !== undefined;
      renewed ??= why;
      return forecaster;
    });
    if (isNew) latest[i] = thawed.forecast();
    return thawed;
  });
  const series = { settings, events, forecasters, latest, measured: frozen.measured, network: undefined };
  if (network !== undefined) useNetwork(series, network);
  return { series, renewed };
}

interface ThawedForecaster {
  readonly forecaster: Forecaster;
  /** Why it began anew; undefined: it did not. */
  readonly why: string | undefined;
}

function thawOne(frozen: unknown, settings: ForecasterSettings): ThawedForecaster {
  if (!isOfFormat(frozen)) return learnedAnew(frozenSeries(frozen), settings, 'another version of Forescale wrote the old state');
  const forecaster = thawForecaster(frozen);
  if (isFor(forecaster.settings, settings)) return { forecaster, why: undefined };
  return learnedAnew({ ...forecaster.trainingWindow(), intervalMs: forecaster.settings.intervalMs }, settings, 'the settings were changed');
}

function isFor(a: ForecasterSettings, b: ForecasterSettings): boolean {
  const keyOf = ({ intervalMs, horizonsMs, profile, models = [] }: ForecasterSettings) =>
    [intervalMs, horizonsMs, profile, models].join(';');
  return keyOf(a) === keyOf(b);
}

/**
 * All producers of a node begin anew at once, each when it is first heard: ten thousand with a day of minutes each would be a quarter
 * of an hour of work in the middle of an upgrade. A total, which plans are made from, learns all that was kept.
 */
const PRODUCER_LEARNS_MAX = 240;

interface KeptValues {
  readonly intervalMs: number;
  readonly startMs: number;
  /** Oldest first, NaN where missing. */
  readonly values: readonly number[];
}

/** A forecaster of another format, or for other settings, makes way for a new one, which learns what the old one kept of the series. */
function learnedAnew(kept: KeptValues, settings: ForecasterSettings, cause: string): ThawedForecaster {
  const forecaster = createForecaster(settings);
  const { startMs, intervalMs, values } = lessonsOf(kept, settings);
  for (const [i, value] of values.entries()) forecaster.observe(startMs + i * intervalMs, value);
  return { forecaster, why: `${cause}; learnt anew from ${values.length} intervals that it kept` };
}

/** By the interval of the settings; nothing where it is no multiple of the one that the values were kept by. */
function lessonsOf(kept: KeptValues, { intervalMs, profile }: ForecasterSettings): KeptValues {
  if (intervalMs % kept.intervalMs !== 0) return { intervalMs, startMs: kept.startMs, values: [] };
  const { startMs, values } = intervalMs === kept.intervalMs ? kept : coarser(kept.values, kept.startMs, kept.intervalMs, intervalMs);
  const skipped = profile === 'slim' ? Math.max(0, values.length - PRODUCER_LEARNS_MAX) : 0;
  return { intervalMs, startMs: startMs + skipped * intervalMs, values: values.slice(skipped) };
}
