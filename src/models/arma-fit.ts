import { DAY_WAVES, fitDayWaves, wavesAt, type WindowTimes } from './day-waves.ts';
import { solveLinear } from './linear-solve.ts';

/**
 * ARMA(2,1) around a level: z_t = ar[0] z_{t-1} + ar[1] z_{t-2} + e_t + ma e_{t-1}, z = value - level. Always stationary and
 * invertible. An AR(1) or AR(2) is the same with zeros. The level is a mean, or a mean with waves of the day (regression with ARMA
 * errors, which ARIMA with exogenous harmonics is).
 */
export interface ArmaModel {
  readonly ar: readonly [number, number];
  readonly ma: number;
  /** Mean of the series, in its unit. */
  readonly mean: number;
  /** Standard deviation of the one-step errors, in the unit of the series. */
  readonly sigma: number;
  /** Of the day, in the unit of the series, as `wavesAt` reads them; absent: there are none. */
  readonly waves?: readonly number[];
}

/** Fewer measured values than this say too little about four parameters. */
export const ARMA_VALUES_MIN = 40;
const LONG_AR_MAX = 20;
const ITERATIONS_MAX = 30;
const HALVINGS_MAX = 8;
/** How near a root may come to the unit circle. Beyond it forecasts diverge, errors of a fit or not. */
const MARGIN = 1e-4;
const PARAMETERS = 4;

/** Which parameters a fit is free to use: the two of the autoregression, that of the moving average, and the mean, always. */
type Order = readonly [boolean, boolean, boolean, true];
const WHOLE: Order = [true, true, true, true];
/** AR(1), AR(2), ARMA(1,1): what ARMA(2,1) may be more than is needed for. */
const SIMPLER: readonly Order[] = [
  [true, false, false, true],
  [true, true, false, true],
  [true, false, true, true],
];

interface Fit {
  readonly theta: Float64Array;
  readonly sum: number;
}

/**
 * Fits ARMA(2,1), or what of it the series can teach: the order, and whether there are waves of the day, are those of the least corrected
 * information criterion (Hurvich and Tsai 1989). Hannan and Rissanen (1982) for the start, then Gauss-Newton with damping on the
 * conditional sum of squares. A step that leaves the stationary and invertible region, or does not lessen the sum, is not taken, so it
 * cannot diverge. Missing values (NaN) are bridged by the model's own forecast and are not counted.
 * @param times of the values; undefined: no waves are looked for.
 * @returns why nothing was fitted, as a sentence, if the series cannot teach an ARMA.
 */
export function fitArma(values: ArrayLike<number>, times?: WindowTimes): ArmaModel | string {
  const { mean, deviation, count } = momentsOf(values);
  if (count < ARMA_VALUES_MIN) return `needs ${ARMA_VALUES_MIN} measured values, has ${count}`;
  if (!(deviation > 1e-12 * Math.abs(mean))) return 'the series is constant';
  const z = Float64Array.from({ length: values.length }, (_, i) => ((values[i] as number) - mean) / deviation);
  const { fit, waves } = fittest(z, count, times);
  return {
    ar: [fit.theta[0] ?? 0, fit.theta[1] ?? 0],
    ma: fit.theta[2] ?? 0,
    mean: mean + deviation * (fit.theta[3] ?? 0),
    sigma: deviation * Math.sqrt(fit.sum / count),
    ...(waves && { waves: Array.from(waves, (wave) => deviation * wave) }),
  };
}

function fittest(z: Float64Array, count: number, times: WindowTimes | undefined): { fit: Fit; waves?: Float64Array } {
  const work = { errors: new Float64Array(z.length), slopes: new Float64Array(z.length * PARAMETERS) };
  const plain = fitWhole(z, work);
  const waves = times && fitDayWaves(z, times);
  if (times === undefined || waves === undefined) return { fit: simplified(z, count, plain, work) };
  const calm = z.map((value, t) => value - wavesAt(waves, times.startMs + t * times.intervalMs));
  const around = fitWhole(calm, work);
  return criterionOf(around.fit.sum, count, WHOLE, DAY_WAVES) < criterionOf(plain.fit.sum, count, WHOLE)
    ? { fit: simplified(calm, count, around, work), waves }
    : { fit: simplified(z, count, plain, work) };
}

interface WholeFit {
  readonly fit: Fit;
  readonly correlations: Float64Array;
}

function fitWhole(z: Float64Array, work: FitWork): WholeFit {
  const correlations = autocovariances(z, Math.min(LONG_AR_MAX, Math.floor(z.length / 4)));
  return { fit: refine(z, startOf(z, correlations), WHOLE, work), correlations };
}

/** The least order that says as much, by the criterion. */
function simplified(z: Float64Array, count: number, { fit: whole, correlations }: WholeFit, work: FitWork): Fit {
  let best = whole;
  let least = criterionOf(best.sum, count, WHOLE);
  for (const order of SIMPLER) {
    const masked = best.theta.map((value, i) => (order[i] ? value : 0));
    const fit = refine(z, isStable(masked) ? masked : firstOrder(correlations), order, work);
    const criterion = criterionOf(fit.sum, count, order);
    if (criterion < least) [best, least] = [fit, criterion];
  }
  return best;
}

function criterionOf(sum: number, count: number, order: Order, waves = 0): number {
  // The size of the errors is a parameter, too.
  const parameters = 1 + waves + order.filter((isFree) => isFree).length;
  return count * Math.log(sum / count) + (2 * parameters * count) / (count - parameters - 1);
}

function momentsOf(values: ArrayLike<number>): { mean: number; deviation: number; count: number } {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    count += 1;
    const step = value - mean;
    mean += step / count;
    squares += step * (value - mean);
  }
  return { mean, deviation: Math.sqrt(squares / Math.max(1, count)), count };
}

/** Hannan-Rissanen: errors of a long autoregression stand in for the unknown ones in a least-squares fit of the ARMA. */
function startOf(z: Float64Array, correlations: Float64Array): Float64Array {
  const order = correlations.length - 1;
  const errors = longErrors(z, correlations, order);
  const normal = new Float64Array(9);
  const right = new Float64Array(3);
  for (let t = order + 1; t < z.length; t++) {
    const row = [z[t - 1] as number, z[t - 2] as number, errors[t - 1] as number];
    const target = z[t] as number;
    if (Number.isNaN((row[0] as number) + (row[1] as number) + target)) continue;
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) normal[i * 3 + j] = (normal[i * 3 + j] as number) + (row[i] as number) * (row[j] as number);
      right[i] = (right[i] as number) + (row[i] as number) * target;
    }
  }
  for (let i = 0; i < 3; i++) normal[i * 3 + i] = (normal[i * 3 + i] as number) + 1e-9 * z.length;
  const theta = new Float64Array(PARAMETERS);
  if (solveLinear(normal, right)) theta.set(right);
  return isStable(theta) ? theta : firstOrder(correlations);
}

/** The autoregression of order one by its correlation, which is stable whatever the data. */
function firstOrder(correlations: Float64Array): Float64Array {
  const theta = new Float64Array(PARAMETERS);
  theta[0] = Math.max(-0.99, Math.min(0.99, (correlations[1] ?? 0) / (correlations[0] ?? 1)));
  return theta;
}

/** Missing values count as the mean, which keeps the sequence positive definite. */
function autocovariances(z: Float64Array, order: number): Float64Array {
  return Float64Array.from({ length: order + 1 }, (_, lag) => {
    let sum = 0;
    for (let t = lag; t < z.length; t++) {
      const product = (z[t] as number) * (z[t - lag] as number);
      if (!Number.isNaN(product)) sum += product;
    }
    return sum / z.length;
  });
}

function longErrors(z: Float64Array, covariances: Float64Array, order: number): Float64Array {
  const matrix = new Float64Array(order * order);
  for (let i = 0; i < order; i++) {
    for (let j = 0; j < order; j++) matrix[i * order + j] = (covariances[Math.abs(i - j)] ?? 0) * (i === j ? 1 + 1e-9 : 1);
  }
  const ar = covariances.slice(1);
  if (!solveLinear(matrix, ar)) ar.fill(0);
  return z.map((value, t) => {
    let error = value;
    for (let i = 0; i < order && i < t; i++) error -= (ar[i] as number) * (z[t - 1 - i] || 0);
    return Number.isNaN(error) ? 0 : error;
  });
}

/** Both polynomials have all roots outside the unit circle (the triangle of the AR(2), the interval of the MA(1)). */
export function isStable(theta: ArrayLike<number>): boolean {
  const [a, b, m] = [theta[0] as number, theta[1] as number, theta[2] as number];
  const limit = 1 - MARGIN;
  return Math.abs(b) < limit && a + b < limit && b - a < limit && Math.abs(m) < limit;
}

function refine(z: Float64Array, start: Float64Array, order: Order, work: FitWork): Fit {
  let theta = start;
  let damping = 1e-3;
  for (let iteration = 0; iteration < ITERATIONS_MAX; iteration++) {
    const sum = sumOfSquares(z, theta, work, true);
    const step = dampedStep(z, theta, sum, order, work, damping);
    if (step === undefined) return { theta, sum };
    theta = step.theta;
    damping = step.damping / 4;
    if ((sum - step.sum) / sum < 1e-7) return { theta, sum: step.sum };
  }
  return { theta, sum: sumOfSquares(z, theta, work, false) };
}

interface FitWork {
  readonly errors: Float64Array;
  readonly slopes: Float64Array;
}

function dampedStep(z: Float64Array, theta: Float64Array, sum: number, order: Order, work: FitWork, start: number) {
  const { normal, right } = normalEquations(work, order);
  let damping = start;
  for (let trial = 0; trial < HALVINGS_MAX; trial++, damping *= 8) {
    const matrix = normal.slice();
    const step = right.slice();
    for (let i = 0; i < PARAMETERS; i++) matrix[i * PARAMETERS + i] = (matrix[i * PARAMETERS + i] as number) * (1 + damping) + 1e-12;
    if (!solveLinear(matrix, step)) continue;
    const next = theta.map((value, i) => value + (step[i] as number));
    // The mean is in standard deviations; near a unit root it is hardly determined and would wander off.
    if (!isStable(next) || Math.abs(next[3] as number) > 3) continue;
    const nextSum = sumOfSquares(z, next, work, false);
    if (nextSum < sum) return { theta: next, sum: nextSum, damping };
  }
  return undefined;
}

function normalEquations({ errors, slopes }: FitWork, order: Order): { normal: Float64Array; right: Float64Array } {
  const normal = new Float64Array(PARAMETERS * PARAMETERS);
  const right = new Float64Array(PARAMETERS);
  for (let i = 0; i < PARAMETERS; i++) {
    for (let t = 0, at = i; t < errors.length; t++, at += PARAMETERS) {
      right[i] = (right[i] as number) - (slopes[at] as number) * (errors[t] as number);
    }
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let at = 0; at < slopes.length; at += PARAMETERS) sum += (slopes[at + i] as number) * (slopes[at + j] as number);
      normal[i * PARAMETERS + j] = sum;
      normal[j * PARAMETERS + i] = sum;
    }
  }
  for (let i = 0; i < PARAMETERS; i++) if (!order[i]) hold(normal, right, i);
  return { normal, right };
}

/** A parameter that is not free stays where it is. */
function hold(normal: Float64Array, right: Float64Array, at: number): void {
  for (let i = 0; i < PARAMETERS; i++) {
    normal[at * PARAMETERS + i] = 0;
    normal[i * PARAMETERS + at] = 0;
  }
  normal[at * PARAMETERS + at] = 1;
  right[at] = 0;
}

/** Conditional sum of squares; with slopes, also the derivatives of every error by every parameter. */
function sumOfSquares(z: Float64Array, theta: Float64Array, { errors, slopes }: FitWork, withSlopes: boolean): number {
  const [a, b, m, mean] = [theta[0] as number, theta[1] as number, theta[2] as number, theta[3] as number];
  let [one, two, error, sum] = [0, 0, 0, 0];
  for (let t = 0, at = 0; t < z.length; t++, at += PARAMETERS) {
    const forecast = a * one + b * two + m * error;
    const value = z[t] as number;
    const missing = Number.isNaN(value);
    const now = missing ? forecast : value - mean;
    const fresh = now - forecast;
    if (withSlopes) {
      const before = at - PARAMETERS;
      const carry = missing || t === 0 ? 0 : -m;
      const own = missing ? 0 : 1;
      slopes[at] = -own * one + carry * (t === 0 ? 0 : (slopes[before] as number));
      slopes[at + 1] = -own * two + carry * (t === 0 ? 0 : (slopes[before + 1] as number));
      slopes[at + 2] = -own * error + carry * (t === 0 ? 0 : (slopes[before + 2] as number));
      slopes[at + 3] = own * (a + b - 1) + carry * (t === 0 ? 0 : (slopes[before + 3] as number));
    }
    errors[t] = fresh;
    sum += fresh * fresh;
    two = one;
    one = now;
    error = fresh;
  }
  return sum;
}
