import { solveLinear } from './linear-solve.ts';

const DAY_MS = 86_400_000;
/** Sine and cosine of the day, then of half a day. */
export const DAY_WAVES = 4;
/** In a single day a level that moves looks like a wave. More than two days of minutes are not kept. */
const DAYS_MIN = 2;
/** Share of a day that must have been measured. */
const MEASURED_MIN = 0.75;

/** When the values of a window were measured. */
export interface WindowTimes {
  /** Start of the first interval, epoch ms. */
  readonly startMs: number;
  readonly intervalMs: number;
}

/** What waves of the day amount to at a time. @param waves how much of each there is. */
export function wavesAt(waves: ArrayLike<number>, timeMs: number): number {
  fillWaves(WAVES, timeMs);
  let sum = 0;
  for (let i = 0; i < DAY_WAVES; i++) sum += (waves[i] as number) * (WAVES[i] as number);
  return sum;
}

/**
 * Waves of the day in a window: of each whole day by least squares beside its mean, and of those the median, so that a day unlike the
 * others does not sway them. Errors that follow each other do not matter much: for sines, least squares is in the long run as good as the
 * fit that knows how (Grenander and Rosenblatt 1957, chapter 7).
 * @param values NaN where missing. @returns undefined where too few days were measured.
 */
export function fitDayWaves(values: Float64Array, { startMs, intervalMs }: WindowTimes): Float64Array | undefined {
  const perDay = Math.round(DAY_MS / intervalMs);
  const days: Float64Array[] = [];
  for (let end = values.length; end >= perDay; end -= perDay) {
    const first = end - perDay;
    const waves = wavesOfDay(values.subarray(first, end), { startMs: startMs + first * intervalMs, intervalMs });
    if (waves !== undefined) days.push(waves);
  }
  if (days.length < DAYS_MIN) return undefined;
  return Float64Array.from({ length: DAY_WAVES }, (_, i) => medianOf(days.map((waves) => waves[i] as number)));
}

function wavesOfDay(values: Float64Array, { startMs, intervalMs }: WindowTimes): Float64Array | undefined {
  const row = new Float64Array(SIZE).fill(1);
  const normal = new Float64Array(SIZE * SIZE);
  const right = new Float64Array(SIZE);
  let count = 0;
  for (let t = 0; t < values.length; t++) {
    const value = values[t] as number;
    if (Number.isNaN(value)) continue;
    count += 1;
    fillWaves(row, startMs + t * intervalMs);
    for (let i = 0; i < SIZE; i++) {
      for (let j = 0; j <= i; j++) normal[i * SIZE + j] = (normal[i * SIZE + j] as number) + (row[i] as number) * (row[j] as number);
      right[i] = (right[i] as number) + (row[i] as number) * value;
    }
  }
  for (let i = 0; i < SIZE; i++) for (let j = 0; j < i; j++) normal[j * SIZE + i] = normal[i * SIZE + j] as number;
  return count >= MEASURED_MIN * values.length && solveLinear(normal, right) ? right.slice(0, DAY_WAVES) : undefined;
}

function medianOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
}

/** Those of half a day by those of the day (double angles). */
function fillWaves(out: Float64Array, timeMs: number): void {
  const angle = 2 * Math.PI * (timeMs / DAY_MS - Math.floor(timeMs / DAY_MS));
  const sine = Math.sin(angle);
  const cosine = Math.cos(angle);
  out[0] = sine;
  out[1] = cosine;
  out[2] = 2 * sine * cosine;
  out[3] = 1 - 2 * sine * sine;
}

/** The waves, and the mean. */
const SIZE = DAY_WAVES + 1;
/** Work space; holds nothing between calls. */
const WAVES = new Float64Array(DAY_WAVES);
