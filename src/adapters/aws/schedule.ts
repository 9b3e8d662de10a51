/** When a known event wants a floor, as steps that the cloud can keep without us. Pure. */
import type { KnownEvent } from '../../models/events/event.ts';
import { occurrencesBetween } from '../../models/events/occurrences.ts';

/** What the pool's events ask for beforehand. */
export interface ScheduleSettings {
  /** So long before an event begins its floor holds, milliseconds. */
  readonly leadMs: number;
  readonly floors: readonly EventFloor[];
}

export interface EventFloor {
  readonly event: KnownEvent;
  /** The least count while it lasts. */
  readonly minReplicas: number;
}

/** From `atMs` on, until the next step, at least `min`. */
export interface Step {
  readonly atMs: number;
  readonly min: number;
}

/** Of one event that comes again and again. */
const OCCURRENCES_MAX = 50;

/**
 * Levels from `fromMs` on, the present one first: the largest floor of the events that go on, never under `baseline`. An
 * event that begins before `toMs` is there with its end. Times differ from each other, as AWS wants it.
 */
export function stepsBetween({ leadMs, floors }: ScheduleSettings, baseline: number, fromMs: number, toMs: number): readonly Step[] {
  const spans = floors.flatMap(({ event, minReplicas }) =>
    occurrencesBetween(event, fromMs, toMs + leadMs, OCCURRENCES_MAX).map(({ startMs, endMs }) => ({
      startMs: wholeSeconds(startMs - leadMs),
      endMs: wholeSeconds(endMs),
      min: minReplicas,
    })),
  );
  const later = spans.flatMap(({ startMs, endMs }) => [startMs, endMs]).filter((timeMs) => timeMs > fromMs);
  const times = [...new Set([fromMs, ...later])].sort((a, b) => a - b);
  const steps = times.map((atMs) => {
    const open = spans.filter(({ startMs, endMs }) => startMs <= atMs && atMs < endMs);
    return { atMs, min: open.reduce((most, { min }) => Math.max(most, min), baseline) };
  });
  return steps.filter(({ min }, i) => i === 0 || min !== steps[i - 1]?.min);
}

/** No cloud knows parts of one. */
const wholeSeconds = (timeMs: number): number => Math.floor(timeMs / 1_000) * 1_000;
