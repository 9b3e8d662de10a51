/**
 * Finds the cycles of a series in a window of it, whatever their length, from four intervals up to a third of the window. Candidates
 * are hills of the autocorrelation, octave by octave, each on the series without what is slower (as AUTOPERIOD does: Vlachos, Yu and
 * Castelli 2005). What counts is whether the shape of the earlier cycles foretells the later ones: noise has hills, too, but no shape.
 */

/** Shortest cycle, in intervals. */
const PERIOD_MIN = 4;
/** Slower octaves are looked for in means of intervals, so that none needs more lags than this. */
const LAGS_MAX = 64;
const PERIODS_MAX = 2;
/** Least correlation at a hill. */
const HILL_MIN = 0.15;
/** Share of the fast variation that earlier cycles must foretell of later ones; more is asked where only two could be judged. */
const GAIN_MIN = 0.25;
const GAIN_FEW = 0.6;
/** Share of the later cycles that must be foretold better than by their mean. */
const CYCLES_FORETOLD = 0.8;
/** A shorter cycle that explains this share of what the best one does is the same cycle, told once. */
const AS_GOOD = 0.9;

/** Lengths tried on either side of a hill. */
const TRIALS = 12;
const SHARP_SLOTS = 32;

interface Candidate {
  readonly period: number;
  /** Sum of squares that the cycle explains. */
  readonly explained: number;
}

/** A lag at which a series resembles itself, in means of `scale` intervals. */
interface Hill {
  readonly lag: number;
  readonly scale: number;
  readonly coarse: Float64Array;
}

/** Lengths of the cycles found, in intervals (fractions, too), the strongest first, each looked for when it is asked for. @param values NaN where missing. */
export function* findPeriods(values: Float64Array): Generator<number, void, void> {
  let rest = values;
  for (let found = 0; found < PERIODS_MAX; found++) {
    const best = strongest(rest);
    if (best === undefined) return;
    yield best.period;
    rest = withoutCycle(rest, best.period);
  }
}

function strongest(values: Float64Array): Candidate | undefined {
  const candidates = hillsOf(values).flatMap((hill) => judge(values, hill) ?? []);
  const most = Math.max(...candidates.map(({ explained }) => explained));
  return candidates.filter(({ explained }) => explained >= AS_GOOD * most).sort((a, b) => a.period - b.period)[0];
}

/** Lags at which the series resembles itself more than at the lags around. */
function hillsOf(values: Float64Array): readonly Hill[] {
  const hills: Hill[] = [];
  let coarse = values;
  for (let scale = 1; coarse.length >= 3 * PERIOD_MIN; scale *= 2, coarse = halved(coarse)) {
    for (let from = scale === 1 ? PERIOD_MIN : LAGS_MAX / 2; from < LAGS_MAX && 3 * from <= coarse.length; from *= 2) {
      for (const lag of hillsBetween(withoutSlow(coarse, 2 * from), from, 2 * from)) hills.push({ lag, scale, coarse });
    }
  }
  return hills;
}

function hillsBetween(fast: Float64Array, from: number, to: number): readonly number[] {
  const first = Math.floor(0.7 * from);
  const last = Math.min(Math.ceil(1.3 * to), Math.floor(fast.length / 2));
  const correlations = new Float64Array(Math.max(0, last - first + 1));
  for (let lag = first; lag <= last; lag++) correlations[lag - first] = correlationAt(fast, lag);
  const hills: number[] = [];
  for (let lag = from; lag < to && 3 * lag <= fast.length; lag++) {
    const here = correlations[lag - first] ?? 0;
    const reach = Math.max(1, Math.round(0.25 * lag));
    const around = correlations.subarray(Math.max(0, lag - first - reach), lag - first + reach + 1);
    if (here >= HILL_MIN && around.every((other) => other <= here)) hills.push(lag);
  }
  return hills;
}

/** Measures a candidate by what its earlier cycles foretell of the later ones. */
function judge(values: Float64Array, { lag, scale, coarse }: Hill): Candidate | undefined {
  const fast = withoutSlow(values, 2 * lag * scale);
  const period = scale * sharpened(withoutSlow(coarse, 2 * lag), lag);
  const slots = Math.max(1, Math.round(period));
  const sums = new Float64Array(slots);
  const counts = new Float64Array(slots);
  const cycles = Math.floor(fast.length / period);
  let [total, left, good, judged] = [0, 0, 0, 0];
  for (let cycle = 0; cycle < cycles; cycle++) {
    let [own, missed] = [0, 0];
    for (let t = Math.ceil(cycle * period); t < (cycle + 1) * period && t < fast.length; t++) {
      const value = fast[t] as number;
      if (Number.isNaN(value)) continue;
      const slot = Math.floor(((t - cycle * period) / period) * slots) % slots;
      const known = counts[slot] as number;
      const miss = value - (known === 0 ? 0 : (sums[slot] as number) / known);
      own += value * value;
      missed += miss * miss;
      sums[slot] = (sums[slot] as number) + value;
      counts[slot] = known + 1;
    }
    if (cycle === 0) continue;
    total += own;
    left += missed;
    judged += 1;
    if (missed < own) good += 1;
  }
  const gain = 1 - left / total;
  const isFound = judged >= 2 && good >= CYCLES_FORETOLD * judged && gain >= (judged > 2 ? GAIN_MIN : GAIN_FEW);
  return isFound ? { period, explained: total - left } : undefined;
}

/**
 * The period near a hill that makes the cycles lie on each other best: tried at lengths that part by a sixteenth of a cycle over the
 * whole window, and between them by a parabola.
 */
function sharpened(fast: Float64Array, hill: number): number {
  const step = tolerance(hill, fast.length);
  const explained = new Float64Array(2 * TRIALS + 1);
  for (let i = 0; i <= 2 * TRIALS; i++) explained[i] = explainedBy(fast, hill + (i - TRIALS) * step);
  let best = TRIALS;
  for (let i = 1; i < 2 * TRIALS; i++) if ((explained[i] as number) > (explained[best] as number)) best = i;
  const [before, here, after] = [explained[best - 1] as number, explained[best] as number, explained[best + 1] as number];
  const bend = before - 2 * here + after;
  const shift = bend < 0 ? Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend))) : 0;
  return hill + (best - TRIALS + shift) * step;
}

/** How much two lengths may differ until their cycles part by a sixteenth of one over a window. */
export function tolerance(period: number, intervals: number): number {
  return (period * period) / (16 * intervals);
}

/** Sum of squares that the mean of all cycles explains, with slots coarse enough that neighbouring lengths can be compared. */
function explainedBy(fast: Float64Array, period: number): number {
  const slots = Math.min(SHARP_SLOTS, Math.floor(period));
  const slotsPerInterval = slots / period;
  SUMS.fill(0);
  COUNTS.fill(0);
  let phase = 0;
  for (let t = 0; t < fast.length; t++) {
    const value = fast[t] as number;
    if (!Number.isNaN(value)) {
      const slot = Math.min(slots - 1, Math.floor(phase * slotsPerInterval));
      SUMS[slot] = (SUMS[slot] as number) + value;
      COUNTS[slot] = (COUNTS[slot] as number) + 1;
    }
    phase += 1;
    if (phase >= period) phase -= period;
  }
  return SUMS.reduce((sum, all, slot) => sum + (all * all) / Math.max(1, COUNTS[slot] as number), 0);
}

function correlationAt(fast: Float64Array, lag: number): number {
  let product = 0;
  let square = 0;
  for (let t = lag; t < fast.length; t++) {
    const here = fast[t] as number;
    const before = fast[t - lag] as number;
    if (Number.isNaN(here + before)) continue;
    product += here * before;
    square += here * here + before * before;
  }
  return square === 0 ? 0 : (2 * product) / square;
}

/** What is left of a series without its mean over `width` intervals around. */
function withoutSlow(values: Float64Array, width: number): Float64Array {
  const half = Math.floor(width / 2);
  const left = new Float64Array(values.length);
  let [sum, count] = [0, 0];
  for (let t = -half; t < values.length; t++) {
    const entering = t + half < values.length ? (values[t + half] as number) : Number.NaN;
    const leaving = t > half ? (values[t - half - 1] as number) : Number.NaN;
    if (!Number.isNaN(entering)) {
      sum += entering;
      count += 1;
    }
    if (!Number.isNaN(leaving)) {
      sum -= leaving;
      count -= 1;
    }
    if (t >= 0) left[t] = count === 0 ? Number.NaN : (values[t] as number) - sum / count;
  }
  return left;
}

/** Means of two; one alone where the other is missing. */
function halved(values: Float64Array): Float64Array {
  const means = new Float64Array(values.length >> 1);
  for (let i = 0; i < means.length; i++) {
    const a = values[2 * i] as number;
    const b = values[2 * i + 1] as number;
    means[i] = Number.isNaN(a) ? b : Number.isNaN(b) ? a : (a + b) / 2;
  }
  return means;
}

function withoutCycle(values: Float64Array, period: number): Float64Array {
  const fast = withoutSlow(values, 2 * Math.round(period));
  const slots = Math.max(1, Math.round(period));
  const slotOf = (t: number): number => Math.floor(((t % period) / period) * slots) % slots;
  const sums = new Float64Array(slots);
  const counts = new Float64Array(slots);
  for (const [t, value] of fast.entries()) {
    if (Number.isNaN(value)) continue;
    sums[slotOf(t)] = (sums[slotOf(t)] as number) + value;
    counts[slotOf(t)] = (counts[slotOf(t)] as number) + 1;
  }
  return values.map((value, t) => value - (sums[slotOf(t)] as number) / Math.max(1, counts[slotOf(t)] as number));
}

/** Work space of `explainedBy`; holds nothing between calls. */
const SUMS = new Float64Array(SHARP_SLOTS);
const COUNTS = new Float64Array(SHARP_SLOTS);
