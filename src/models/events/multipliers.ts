import { fadingMs, fullnessOf, type KnownEvent, type Span } from './event.ts';
import { factorOf, type LearnedFactor } from './learned-factor.ts';
import { occurrencesBetween } from './occurrences.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Occurrences looked up at once. */
const LOOK_MS = DAY_MS;

/** One occurrence of one of the events. */
export interface Occurrence {
  readonly event: number;
  readonly span: Span;
}

/** By how much events multiply the load at any time. Holds nothing but what follows from the events and their factors. */
export class Multipliers {
  private readonly events: readonly KnownEvent[];
  private readonly factors: readonly LearnedFactor[];
  private near: readonly Occurrence[] = [];
  private fromMs = 0;
  private toMs = 0;

  /** @param factors one for each event, changed by others as they learn. */
  constructor(events: readonly KnownEvent[], factors: readonly LearnedFactor[]) {
    this.events = events;
    this.factors = factors;
  }

  /** 1 where nothing is known. @param except an event that is left out. */
  at(timeMs: number, except = -1): number {
    let product = 1;
    for (const { event, span } of this.around(timeMs)) {
      const fullness = event === except ? 0 : this.fullness({ event, span }, timeMs);
      if (fullness > 0) product *= 1 + (factorOf(this.factors[event] as LearnedFactor) - 1) * fullness;
    }
    return product;
  }

  /** The largest of the intervals that start in (fromMs, toMs]. */
  largest(fromMs: number, toMs: number, intervalMs: number): number {
    let most = 0;
    for (let timeMs = fromMs + intervalMs; timeMs <= toMs; timeMs += intervalMs) most = Math.max(most, this.at(timeMs));
    return most;
  }

  /** Some event has a part in the load. */
  isEventful(timeMs: number): boolean {
    return this.around(timeMs).some((occurrence) => this.fullness(occurrence, timeMs) > 0);
  }

  /** How full an occurrence is, 0 to 1. */
  fullness({ event, span }: Occurrence, timeMs: number): number {
    return fullnessOf(this.events[event] as KnownEvent, span, timeMs);
  }

  /** Occurrences that have something to do with a time: that come within a day, last, fade, or ended within a day. */
  around(timeMs: number): readonly Occurrence[] {
    if (timeMs >= this.fromMs && timeMs < this.toMs) return this.near;
    // An hour back, since targets are looked at as well as origins.
    this.fromMs = timeMs - HOUR_MS;
    this.toMs = timeMs + LOOK_MS;
    this.near = this.events.flatMap((one, event) =>
      occurrencesBetween(one, this.fromMs - fadingMs(one) - DAY_MS, this.toMs + DAY_MS).map((span) => ({ event, span })),
    );
    return this.near;
  }
}
