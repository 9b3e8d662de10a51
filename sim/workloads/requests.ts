import { Recorder } from '../../src/producer/recorder.ts';
import type { RequestTrace, TextColumn } from '../traces/trace.ts';
import { poolName } from './names.ts';
import { unitCosts, type ObservationFeed, type ProducerObservation, type UnitCosts, type Workload } from './workload.ts';

/** Request logs are cut into intervals of this length, on its grid. */
export const REQUEST_INTERVAL_MS = 60_000;
/** The producer of a log that names none. */
const ONLY_PRODUCER = 'p1';
/** A log may name hundreds, most of them nearly idle. Beyond this number the lightest are told as one. */
export const LOG_PRODUCERS_MAX = 8;
const REST = 'rest';

export interface RequestCounts {
  readonly startMs: number;
  readonly demand: Float64Array;
}

export function countRequestsOf({ timestampMs }: RequestTrace): RequestCounts {
  const bucket = (timeMs: number): number => Math.floor(timeMs / REQUEST_INTERVAL_MS);
  const first = bucket(timestampMs[0] ?? 0);
  const demand = new Float64Array(bucket(timestampMs.at(-1) ?? 0) - first + 1);
  for (const timeMs of timestampMs) demand[bucket(timeMs) - first] = (demand[bucket(timeMs) - first] ?? 0) + 1;
  return { startMs: first * REQUEST_INTERVAL_MS, demand };
}

/**
 * A request log, replayed request by request through the recorder of its producer. Every request counts as one unit of
 * demand, whatever its size. Producers are there from the beginning: an idle one says so. Of many producers only the
 * heaviest stand by themselves (LOG_PRODUCERS_MAX): what is decided depends on the pool's total.
 */
export function requestsWorkload(trace: RequestTrace, name: string, replicaCapacity: number): Workload {
  const { startMs, demand } = countRequestsOf(trace);
  const { producers, recorderOf } = assignProducers(trace.producer);
  const costs = unitCosts(replicaCapacity, REQUEST_INTERVAL_MS);
  return {
    name,
    startMs,
    intervalMs: REQUEST_INTERVAL_MS,
    demand,
    told: new Uint8Array(demand.length).fill(1),
    producers,
    controls: [],
    openFeed: () => new RequestFeed({ trace, pool: name, producers, recorderOf, costs, startMs }),
  };
}

interface Assignment {
  readonly producers: readonly string[];
  /** Position in `producers` of each entry of the log's dictionary. */
  readonly recorderOf: Uint32Array;
}

function assignProducers(column: TextColumn | undefined): Assignment {
  if (column === undefined) return { producers: [ONLY_PRODUCER], recorderOf: Uint32Array.of(0) };
  const { dictionary, indices } = column;
  if (dictionary.length <= LOG_PRODUCERS_MAX)
    return { producers: dictionary.map(poolName), recorderOf: Uint32Array.from(dictionary.keys()) };
  const requests = new Uint32Array(dictionary.length);
  for (const index of indices) requests[index] = (requests[index] ?? 0) + 1;
  const heaviest = [...dictionary.keys()].sort((a, b) => (requests[b] ?? 0) - (requests[a] ?? 0) || a - b).slice(0, LOG_PRODUCERS_MAX - 1);
  const recorderOf = new Uint32Array(dictionary.length).fill(heaviest.length);
  for (const [position, index] of heaviest.entries()) recorderOf[index] = position;
  return { producers: [...heaviest.map((index) => poolName(dictionary[index] ?? '')), REST], recorderOf };
}

interface RequestFeedOptions extends Assignment {
  readonly trace: RequestTrace;
  readonly pool: string;
  readonly costs: UnitCosts;
  readonly startMs: number;
}

class RequestFeed implements ObservationFeed {
  readonly #options: RequestFeedOptions;
  readonly #recorders: readonly Recorder[];
  #told: ProducerObservation[] = [];
  #next = 0;

  constructor(options: RequestFeedOptions) {
    this.#options = options;
    this.#recorders = options.producers.map((producer) => {
      const emit = (observation: ProducerObservation): void => void this.#told.push(observation);
      const recorder = new Recorder({ pool: options.pool, producer, intervalMs: REQUEST_INTERVAL_MS, emit });
      recorder.flush(options.startMs);
      return recorder;
    });
  }

  next(index: number): readonly ProducerObservation[] {
    const { trace, startMs, costs, recorderOf } = this.#options;
    const endMs = startMs + (index + 1) * REQUEST_INTERVAL_MS;
    const { timestampMs, source, type, producer, count } = trace;
    this.#told = [];
    for (; this.#next < count; this.#next++) {
      const atMs = timestampMs[this.#next] ?? endMs;
      if (atMs >= endMs) break;
      const recorder = this.#recorders[recorderOf[producer?.indices[this.#next] ?? 0] ?? 0];
      const [from, kind] = [textAt(source, this.#next), textAt(type, this.#next)];
      recorder?.record(atMs, costs.cpuSeconds, 0, 0, from, kind);
    }
    for (const recorder of this.#recorders) recorder.flush(endMs);
    return this.#told;
  }
}

function textAt({ dictionary, indices }: TextColumn, row: number): string {
  return dictionary[indices[row] ?? 0] ?? '';
}
