import type { Forecast, Forecaster, ForecasterSettings, LevelSkills, MeasuredQuality, NotReady } from '../models/forecast.ts';
import { QUANTILE_LEVELS } from '../models/forecast.ts';
import type { KnownEvent } from '../models/events/event.ts';
import { thawWithEvents, withEvents } from '../models/events/event-forecaster.ts';
import { createForecaster, thawForecaster } from '../models/index.ts';
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

export function thawSeries(
  frozen: FrozenSeries,
  settings: ForecasterSettings,
  events: readonly KnownEvent[] = [],
  network?: NetworkReader,
): SeriesSet {
  const latest = [...frozen.latest];
  const forecasters = frozen.forecasters.map((one, i) => {
    if (one === null) return undefined;
    let isNew = false;
    const thawed = thawWithEvents(one, events, (inner) => {
      const forecaster = thawForecaster(inner);
      isNew = !isFor(forecaster.settings, settings);
      return isNew ? learnedAnew(forecaster, settings) : forecaster;
    });
    if (isNew) latest[i] = thawed.forecast();
    return thawed;
  });
  const series = { settings, events, forecasters, latest, measured: frozen.measured, network: undefined };
  if (network !== undefined) useNetwork(series, network);
  return series;
}

function isFor(a: ForecasterSettings, b: ForecasterSettings): boolean {
  const keyOf = ({ intervalMs, horizonsMs, profile, models = [] }: ForecasterSettings) =>
    [intervalMs, horizonsMs, profile, models].join(';');
  return keyOf(a) === keyOf(b);
}

/** Settings that were changed since a forecaster was frozen want another one: it learns what the old one kept of the series. */
function learnedAnew(old: Forecaster, settings: ForecasterSettings): Forecaster {
  const forecaster = createForecaster(settings);
  const { intervalMs } = old.settings;
  if (settings.intervalMs % intervalMs !== 0) return forecaster;
  const window = old.trainingWindow();
  const { startMs, values } = coarser(window.values, window.startMs, intervalMs, settings.intervalMs);
  for (const [i, value] of values.entries()) forecaster.observe(startMs + i * settings.intervalMs, value);
  return forecaster;
}
