import type { Forecast, Forecaster } from '../forecast.ts';
import type { KnownEvent } from './event.ts';
import { MULTIPLIER_MIN } from './event-lessons.ts';
import { KnownEvents } from './known-events.ts';

const MEDIAN = 3;
const FORMAT = 'events-1';
/** Whatever the format, the frozen forecaster is `inner`. */
const ANY_FORMAT = /^events-\d+$/;

/**
 * A forecaster of a series with known events. The one inside sees the load as it would be without them, and what it answers is
 * multiplied by what they are expected to do. So capacity is there before an event's first visitor, and no event is taken for a
 * season, a shift of the level or an error.
 */
export function withEvents(inner: Forecaster, events: readonly KnownEvent[]): Forecaster {
  return events.length === 0 ? inner : new EventForecaster(inner, new KnownEvents(events));
}

/**
 * Thaws a forecaster that was frozen with the same events, with others, or with none. What a build with another format had learnt of
 * events is learnt anew.
 * @param thaw thaws the forecaster inside.
 */
export function thawWithEvents(frozen: unknown, events: readonly KnownEvent[], thaw: (frozen: unknown) => Forecaster): Forecaster {
  const { format, inner, known, lastMs } = frozen as Partial<FrozenEvents>;
  if (typeof format !== 'string' || !ANY_FORMAT.test(format)) return withEvents(thaw(frozen), events);
  if (events.length === 0) return thaw(inner);
  const knownEvents = new KnownEvents(events);
  if (format === FORMAT) knownEvents.thaw(known);
  return new EventForecaster(thaw(inner), knownEvents, lastMs ?? Number.NaN);
}

interface FrozenEvents {
  readonly format: string;
  readonly inner: unknown;
  readonly known: unknown;
  /** null before the first interval. */
  readonly lastMs: number | null;
}

/** What events are about to do until each horizon, relative to now. */
export interface AnnouncedFactor {
  readonly horizonMs: number;
  readonly factor: number;
}

/** Of a forecaster with events of which one is about to change the load, whether it is ready or not; else none. */
export function announcedBy(forecaster: Forecaster | undefined): readonly AnnouncedFactor[] {
  return forecaster instanceof EventForecaster ? forecaster.announced() : [];
}

class EventForecaster implements Forecaster {
  readonly settings: Forecaster['settings'];
  private readonly inner: Forecaster;
  private readonly known: KnownEvents;
  /** Start of the last interval. */
  private lastMs: number;

  constructor(inner: Forecaster, known: KnownEvents, lastMs = Number.NaN) {
    this.settings = inner.settings;
    this.inner = inner;
    this.known = known;
    this.lastMs = lastMs;
  }

  observe(intervalStartMs: number, value: number): boolean {
    const { multipliers, lessons } = this.known;
    const multiplier = multipliers.at(intervalStartMs);
    // While next to nothing comes through, nothing is known of what would come otherwise.
    if (!this.inner.observe(intervalStartMs, multiplier < MULTIPLIER_MIN ? Number.NaN : value / multiplier)) return false;
    this.lastMs = intervalStartMs;
    if (value >= 0 && value < Infinity) lessons.observe(intervalStartMs, value);
    return true;
  }

  forecast(): readonly Forecast[] {
    const { known, lastMs } = this;
    const { intervalMs } = this.settings;
    return this.inner.forecast().map((forecast) => {
      const { kind, horizonMs, quantiles } = forecast;
      const targetMs = lastMs + horizonMs;
      if (kind === 'point') known.lessons.expect(lastMs, targetMs, quantiles[MEDIAN] ?? Number.NaN);
      const multiplier = kind === 'point' ? known.multipliers.at(targetMs) : known.multipliers.largest(lastMs, targetMs, intervalMs);
      return multiplier === 1 ? forecast : scaled(forecast, multiplier);
    });
  }

  announced(): readonly AnnouncedFactor[] {
    const { multipliers } = this.known;
    const { intervalMs, horizonsMs } = this.settings;
    const now = Math.max(MULTIPLIER_MIN, multipliers.at(this.lastMs));
    const factors = horizonsMs.map((horizonMs) => ({
      horizonMs,
      factor: multipliers.largest(this.lastMs, this.lastMs + horizonMs, intervalMs) / now,
    }));
    return factors.some(({ factor }) => factor !== 1) ? factors : [];
  }

  notReady(): ReturnType<Forecaster['notReady']> {
    return this.inner.notReady();
  }

  quality(): ReturnType<Forecaster['quality']> {
    return this.inner.quality();
  }

  levelSkills(): ReturnType<Forecaster['levelSkills']> {
    return this.inner.levelSkills();
  }

  confidence(): number {
    return this.inner.confidence();
  }

  weights(): Readonly<Record<string, number>> {
    return this.inner.weights();
  }

  trainingWindow(): ReturnType<Forecaster['trainingWindow']> {
    return this.inner.trainingWindow();
  }

  useModel(...given: Parameters<Forecaster['useModel']>): string | undefined {
    return this.inner.useModel(...given);
  }

  adopt(model: unknown): string | undefined {
    return this.inner.adopt(model);
  }

  get cycleMs(): number {
    return this.inner.cycleMs;
  }

  freeze(): unknown {
    const lastMs = Number.isNaN(this.lastMs) ? null : this.lastMs;
    return { format: FORMAT, inner: this.inner.freeze(), known: this.known.freeze(), lastMs } satisfies FrozenEvents;
  }

  get stateBytes(): number {
    return this.inner.stateBytes + 3 * this.known.lessons.hours.sums.byteLength;
  }
}

function scaled({ horizonMs, kind, quantiles, mean }: Forecast, multiplier: number): Forecast {
  return { horizonMs, kind, quantiles: quantiles.map((value) => value * multiplier), mean: mean * multiplier };
}
