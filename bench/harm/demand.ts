/** Demand that nobody has seen: drawn by fast-check, so that what does harm is shrunk to the least that still does. */
import * as fc from 'fast-check';
import { createRandom } from '../../src/adapters/system/random.ts';
import type { SeriesTrace } from '../../sim/traces/trace.ts';

export interface DrawnDemand {
  readonly intervalMinutes: 1 | 5;
  readonly hours: number;
  /** Mean level, units of an interval. */
  readonly level: number;
  /** Swing of the day, and its sharpness: 1 a sine, above it a short busy time. */
  readonly swing: number;
  readonly sharpness: number;
  /** Spread of an interval relative to its level. */
  readonly noise: number;
  /** Bursts a day, how high over the level, how long. */
  readonly bursts: number;
  readonly height: number;
  readonly minutes: number;
  /** Every burst at its own time of the day, or anywhere. */
  readonly scheduled: boolean;
  /** What the level is multiplied by from this share of the time on. */
  readonly step: number;
  readonly stepAt: number;
  readonly seed: number;
}

const HOURS_MAX = 120;

export const drawnDemand: fc.Arbitrary<DrawnDemand> = fc.record({
  intervalMinutes: fc.constantFrom(1, 5),
  hours: fc.integer({ min: 12, max: HOURS_MAX }),
  level: fc.integer({ min: 1, max: 2_000 }),
  swing: share(),
  sharpness: fc.integer({ min: 1, max: 6 }),
  noise: share(),
  bursts: fc.integer({ min: 0, max: 24 }),
  height: fc.integer({ min: 0, max: 10 }),
  minutes: fc.integer({ min: 1, max: 60 }),
  scheduled: fc.boolean(),
  step: fc.constantFrom(1, 1.5, 3, 8, 0.3, 0),
  stepAt: share(),
  seed: fc.integer({ min: 0, max: 1_000_000 }),
});

function share(): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);
}

const DAY_MINUTES = 1_440;
/** A Monday. */
const START_MS = 1_704_067_200_000;

export function seriesOf(drawn: DrawnDemand): SeriesTrace {
  const { intervalMinutes, hours, level, noise, step, stepAt, seed } = drawn;
  const random = createRandom(seed);
  const length = Math.ceil((hours * 60) / intervalMinutes);
  const bursting = burstsOf(drawn, length * intervalMinutes);
  const values = Float64Array.from({ length }, (_, i) => {
    const minute = i * intervalMinutes;
    const base = level * dayShape(drawn, minute) * (i >= stepAt * length ? step : 1);
    const spread = 1 + noise * (random.next() + random.next() + random.next() - 1.5);
    return Math.max(0, Math.round(base * spread + (bursting[minute] === 1 ? drawn.height * level : 0)));
  });
  return { kind: 'series', name: 'drawn', intervalMs: intervalMinutes * 60_000, startMs: START_MS, values };
}

function dayShape({ swing, sharpness }: DrawnDemand, minute: number): number {
  const busy = ((1 - Math.cos((2 * Math.PI * minute) / DAY_MINUTES)) / 2) ** sharpness;
  return 1 - swing + 2 * swing * busy;
}

/** 1 for every minute in a burst. */
function burstsOf({ bursts, minutes, scheduled, seed }: DrawnDemand, length: number): Uint8Array {
  const inBurst = new Uint8Array(length);
  const random = createRandom(`bursts ${seed}`);
  const times = Array.from({ length: bursts }, () => random.next());
  for (let day = 0; day * DAY_MINUTES < length; day += 1) {
    for (const time of times) {
      const from = Math.floor((day + (scheduled ? time : random.next())) * DAY_MINUTES);
      inBurst.fill(1, from, from + minutes);
    }
  }
  return inBurst;
}
