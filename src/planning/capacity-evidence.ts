/**
 * What warm replicas were asked and how they bore it: load against CPU time and against whether the interval was over a
 * limit, by bins of load. One interval counts as one, however many replicas there are: they see the same. Loads are in
 * multiples of the configured capacity. All sums fade, half within three days. Plain data, changed in place.
 */
export interface CapacityEvidence {
  /** By bin: intervals, and those over a limit. */
  readonly seen: number[];
  readonly over: number[];
  /** Sums of w, w x, w y, w x x, w x y, w y y: x the load, y CPU time over its limit. */
  readonly cpu: number[];
  lastMs: number | null;
}

/** What one replica of a pool is not to exceed. */
export interface ReplicaLimits {
  /** The share of these millicores that it may take. */
  readonly cpuMillicores?: number;
  readonly utilisation: number;
  /** p99 of the event-loop delay. */
  readonly eventLoopDelayMs?: number;
}

export interface ReplicaSample {
  readonly startMs: number;
  /** In multiples of the configured capacity. */
  readonly load: number;
  /** undefined: not measured. */
  readonly cpuMillicores?: number | undefined;
  readonly eventLoopDelayMs?: number | undefined;
  /** Replicas that the pool has: each counts as one of so many. */
  readonly replicas: number;
}

/** Bins of 10%, from a quarter of the configured capacity to two and a half times it; what is under or over is in the outer ones. */
const BIN_FROM = 0.25;
const BIN_STEP = 1.1;
const BINS = 24;
const HALF_LIFE_MS = 3 * 86_400_000;
/** What takes more than this many times the CPU that it may counts as if it took so much. */
const CPU_MOST = 3;
/** Intervals at a load before it counts as seen. */
const SEEN_MIN = 10;
/** Samples of successive intervals are alike: so many count as one. */
const ALIKE = 2;
/** Samples of a bin before its share says anything. */
const BIN_MIN = 20;
/** One-sided 95%. */
const SURE = 1.645;
/** Intervals before the fit of CPU says anything, and the least spread of their loads, relative to the mean. */
const FIT_MIN = 60;
const SPREAD_MIN = 0.05;

export function startEvidence(): CapacityEvidence {
  const zeros = (length: number) => Array.from({ length }, () => 0);
  return { seen: zeros(BINS), over: zeros(BINS), cpu: zeros(6), lastMs: null };
}

/** Takes a warm replica's interval. What measures neither CPU nor delay where that is limited says nothing. */
export function observeReplica(evidence: CapacityEvidence, sample: ReplicaSample, limits: ReplicaLimits): void {
  const { load, startMs, cpuMillicores: cpu, eventLoopDelayMs: delay } = sample;
  if (!(load > 0 && Number.isFinite(load) && Number.isFinite(startMs))) return;
  const ofCpu = limits.cpuMillicores === undefined ? 0 : (cpu ?? Number.NaN) / (limits.utilisation * limits.cpuMillicores);
  const ofDelay = limits.eventLoopDelayMs === undefined ? 0 : (delay ?? Number.NaN) / limits.eventLoopDelayMs;
  if (!(ofCpu >= 0 && ofDelay >= 0)) return;
  fade(evidence, startMs);
  const weight = 1 / Math.max(1, sample.replicas);
  const bin = binOf(load);
  add(evidence.seen, bin, weight);
  if (ofCpu > 1 || ofDelay > 1) add(evidence.over, bin, weight);
  if (limits.cpuMillicores === undefined) return;
  const x = Math.min(load, 10);
  const y = Math.min(ofCpu, CPU_MOST);
  for (const [i, value] of [1, x, y, x * x, x * y, y * y].entries()) add(evidence.cpu, i, weight * value);
}

/** The largest load that was seen for long enough to speak of; 0 before. */
export function largestSeen({ seen }: CapacityEvidence): number {
  let count = 0;
  for (let bin = BINS - 1; bin >= 0; bin -= 1) {
    count += seen[bin] ?? 0;
    if (count >= SEEN_MIN) return upperEdge(bin);
  }
  return 0;
}

/**
 * The largest load at which a limit is exceeded in at most `objective` of the time, with 95% confidence (Wilson's upper bound).
 * What was borne at a larger load would be borne at a smaller one. 0: none was proven.
 */
export function provenLoad({ seen, over }: CapacityEvidence, objective: number): number {
  let count = 0;
  let exceeded = 0;
  for (let bin = BINS - 1; bin >= 0; bin -= 1) {
    count += seen[bin] ?? 0;
    exceeded += over[bin] ?? 0;
    if (wilson(exceeded, count, 1) <= objective) return lowerEdge(bin);
  }
  return 0;
}

/**
 * The least load at which a limit is exceeded in more than `objective` of the time, with 95% confidence, and more than at loads
 * of half the capacity: what comes at any load is not for want of capacity. Infinity: none.
 */
export function failingLoad({ seen, over }: CapacityEvidence, objective: number): number {
  const half = binOf(0.5);
  const sumUnder = (values: readonly number[]): number => values.slice(0, half).reduce((sum, one) => sum + one, 0);
  const calm = sumUnder(seen);
  const anyway = calm >= BIN_MIN ? sumUnder(over) / calm : 0;
  for (let bin = half; bin < BINS; bin += 1) {
    const count = seen[bin] ?? 0;
    if (count >= BIN_MIN && wilson(over[bin] ?? 0, count, -1) > objective + anyway) return lowerEdge(bin);
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * The largest load at which CPU stays within its limit in all but `objective` of the time: where the prediction band of a line
 * through what was measured reaches the limit (Draper and Smith, Applied Regression Analysis, 1998, section 3.1). null before
 * that can be said. At most `most`.
 */
export function cpuLoad({ cpu }: CapacityEvidence, objective: number, most: number): number | null {
  const [n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0] = cpu;
  if (n / ALIKE < FIT_MIN) return null;
  const meanX = sx / n;
  const meanY = sy / n;
  const spread = sxx / n - meanX * meanX;
  const slope = (sxy / n - meanX * meanY) / spread;
  if (!(spread > (SPREAD_MIN * meanX) ** 2 && slope > 0)) return null;
  const left = Math.max(0, syy / n - meanY * meanY - slope * slope * spread);
  const z = normalQuantile(1 - objective);
  const reaches = (x: number): boolean => {
    const band = z * Math.sqrt(left * (1 + (1 + (x - meanX) ** 2 / spread) / (n / ALIKE)));
    return meanY + slope * (x - meanX) + band > 1;
  };
  if (!reaches(most)) return most;
  let [within, beyond] = [0, most];
  for (let i = 0; i < 40; i += 1) {
    const middle = (within + beyond) / 2;
    if (reaches(middle)) beyond = middle;
    else within = middle;
  }
  return within;
}

function fade(evidence: CapacityEvidence, startMs: number): void {
  const elapsedMs = startMs - (evidence.lastMs ?? startMs);
  evidence.lastMs = Math.max(startMs, evidence.lastMs ?? startMs);
  if (elapsedMs <= 0) return;
  const keep = 2 ** (-elapsedMs / HALF_LIFE_MS);
  for (const sums of [evidence.seen, evidence.over, evidence.cpu]) for (const i of sums.keys()) sums[i] = (sums[i] ?? 0) * keep;
}

function add(values: number[], i: number, value: number): void {
  values[i] = (values[i] ?? 0) + value;
}

function binOf(load: number): number {
  return Math.min(BINS - 1, Math.max(0, Math.floor(Math.log(load / BIN_FROM) / Math.log(BIN_STEP))));
}

function lowerEdge(bin: number): number {
  return BIN_FROM * BIN_STEP ** bin;
}

function upperEdge(bin: number): number {
  return lowerEdge(bin + 1);
}

/** Bound of a share that was counted as `count` of `n`, above it (1) or under it (-1); 1 or 0 while nothing was. */
function wilson(count: number, n: number, side: 1 | -1): number {
  const alike = n / ALIKE;
  if (!(alike > 0)) return side === 1 ? 1 : 0;
  const share = Math.min(1, count / n);
  const z2 = SURE * SURE;
  const middle = share + z2 / (2 * alike);
  const width = SURE * Math.sqrt((share * (1 - share) + z2 / (4 * alike)) / alike);
  return (middle + side * width) / (1 + z2 / alike);
}

/** Of the upper half; within 0.0005 (Abramowitz and Stegun, 26.2.23). */
function normalQuantile(level: number): number {
  const t = Math.sqrt(-2 * Math.log(1 - level));
  return t - (2.515517 + t * (0.802853 + 0.010328 * t)) / (1 + t * (1.432788 + t * (0.189269 + 0.001308 * t)));
}
