import type { Segment } from './ledger.ts';
import { responseTimeQuantile } from './response-time.ts';

/** How replicas serve. */
export interface ServiceSettings {
  /** Units that one replica serves per second. */
  readonly replicaPerSecond: number;
  /** A request that would wait longer is dropped. */
  readonly timeoutMs: number;
}

/** What an interval did to the requests. */
export interface Served {
  /** Waiting at its end, in units of demand. */
  readonly waiting: number;
  readonly served: number;
  readonly dropped: number;
  /** Work done / work that ready capacity could have done, 0 to 1; 1 where demand met no capacity. */
  readonly utilisation: number;
  /** 95th percentile of the response time, seconds. */
  readonly latencyP95Seconds: number;
}

/** Requests that a replica handles at a time are such that one takes about this long. */
const SERVICE_SECONDS = 0.1;
const CONCURRENCY_MAX = 64;
/** Arrival instants looked at in an interval, for the percentile of the delay. */
const INSTANTS = 20;
const LEVEL = 0.95;

/** Servers of one replica and what each serves: capacity / concurrency, where a request would take SERVICE_SECONDS. */
export function serversOf(replicaPerSecond: number): { readonly perReplica: number; readonly servicePerSecond: number } {
  const perReplica = Math.min(CONCURRENCY_MAX, Math.max(1, Math.round(replicaPerSecond * SERVICE_SECONDS)));
  return { perReplica, servicePerSecond: replicaPerSecond / perReplica };
}

/**
 * A fluid queue with many servers over one interval: arrivals at a constant rate meet the capacity of each segment; what
 * is too much waits, what would wait longer than the time-out is dropped. Response time = time until the queue before it
 * is worked off + response time of M/M/c in steady state at the segment's load, both never above the time-out (what a
 * stationary formula would promise near saturation takes longer to build up than an interval lasts).
 */
export function serve(segments: readonly Segment[], arrivals: number, waitingBefore: number, settings: ServiceSettings): Served {
  const spanSeconds = segments.reduce((sum, segment) => sum + (segment.toMs - segment.fromMs) / 1000, 0);
  if (spanSeconds === 0) return { waiting: waitingBefore, served: 0, dropped: 0, utilisation: 0, latencyP95Seconds: 0 };
  const arrivalsPerSecond = arrivals / spanSeconds;
  const latency = new LatencySampler(spanSeconds, arrivalsPerSecond, settings);
  let waiting = waitingBefore;
  let dropped = 0;
  let possible = 0;
  let startSeconds = 0;
  for (const segment of segments) {
    const lengthSeconds = (segment.toMs - segment.fromMs) / 1000;
    const capacity = segment.ready * settings.replicaPerSecond;
    const limit = (Math.max(capacity, settings.replicaPerSecond) * settings.timeoutMs) / 1000;
    const begin = Math.min(waiting, limit);
    const growth = arrivalsPerSecond - capacity;
    const end = begin + growth * lengthSeconds;
    latency.add({ startSeconds, lengthSeconds, ready: segment.ready, begin, growth, limit });
    dropped += waiting - begin + Math.max(0, end - limit);
    waiting = Math.min(limit, Math.max(0, end));
    possible += capacity * lengthSeconds;
    startSeconds += lengthSeconds;
  }
  const served = Math.max(0, waitingBefore + arrivals - waiting - dropped);
  const utilisation = possible > 0 ? Math.min(1, served / possible) : Number(arrivals > 0);
  return { waiting, served, dropped, utilisation, latencyP95Seconds: latency.quantile() };
}

interface Stretch {
  readonly startSeconds: number;
  readonly lengthSeconds: number;
  readonly ready: number;
  /** Waiting at its beginning, growth per second, and the most that may wait. */
  readonly begin: number;
  readonly growth: number;
  readonly limit: number;
}

/** Response times at evenly spread arrival instants of one interval. */
class LatencySampler {
  readonly #seconds: number[] = [];
  readonly #steady = new Map<number, number>();
  readonly #spanSeconds: number;
  readonly #arrivalsPerSecond: number;
  readonly #settings: ServiceSettings;

  constructor(spanSeconds: number, arrivalsPerSecond: number, settings: ServiceSettings) {
    this.#spanSeconds = spanSeconds;
    this.#arrivalsPerSecond = arrivalsPerSecond;
    this.#settings = settings;
  }

  add(stretch: Stretch): void {
    const endSeconds = stretch.startSeconds + stretch.lengthSeconds;
    for (;;) {
      const atSeconds = ((this.#seconds.length + 0.5) / INSTANTS) * this.#spanSeconds;
      if (this.#seconds.length === INSTANTS || atSeconds >= endSeconds) return;
      this.#seconds.push(this.#responseSeconds(stretch, atSeconds - stretch.startSeconds));
    }
  }

  /** Nearest rank; the stretch's percentile is taken at each instant, so the mixture's is slightly overstated. */
  quantile(): number {
    if (this.#arrivalsPerSecond <= 0) return 0;
    this.#seconds.sort((a, b) => a - b);
    return this.#seconds[Math.ceil(LEVEL * this.#seconds.length) - 1] ?? 0;
  }

  #responseSeconds({ ready, begin, growth, limit }: Stretch, seconds: number): number {
    const { replicaPerSecond, timeoutMs } = this.#settings;
    const atMostSeconds = timeoutMs / 1000;
    if (ready === 0) return atMostSeconds;
    const waiting = Math.min(limit, Math.max(0, begin + growth * seconds));
    return Math.min(atMostSeconds, waiting / (ready * replicaPerSecond) + this.#steadySeconds(ready));
  }

  #steadySeconds(ready: number): number {
    const known = this.#steady.get(ready);
    if (known !== undefined) return known;
    const { replicaPerSecond, timeoutMs } = this.#settings;
    const { perReplica, servicePerSecond } = serversOf(replicaPerSecond);
    const system = { arrivalsPerSecond: this.#arrivalsPerSecond, servicePerSecond, servers: ready * perReplica };
    const overloaded = this.#arrivalsPerSecond >= ready * replicaPerSecond;
    // Where the fluid queue grows, it is the delay, and the steady state does not exist.
    const seconds = overloaded ? -Math.log(1 - LEVEL) / servicePerSecond : responseTimeQuantile(system, LEVEL, timeoutMs / 1000);
    this.#steady.set(ready, seconds);
    return seconds;
  }
}
