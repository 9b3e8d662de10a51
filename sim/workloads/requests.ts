import { Recorder } from '../../src/producer/recorder.ts';
import type { RequestTrace, TextColumn } from '../traces/trace.ts';
import { poolName } from './names.ts';
import { unitCosts, type ObservationFeed, type ProducerObservation, type UnitCosts, type Workload } from './workload.ts';

/** Request logs are cut into intervals of this length, on its grid. */
export const REQUEST_INTERVAL_MS = 60_000;
/** The producer of a log that names none. */
const ONLY_PRODUCER = 'p1';

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
 * demand, whatever its size. Producers are there from the beginning: an idle one says so.
 */
export function requestsWorkload(trace: RequestTrace, name: string, replicaCapacity: number): Workload {
  const { startMs, demand } = countRequestsOf(trace);
  const producers = trace.producer === undefined ? [ONLY_PRODUCER] : trace.producer.dictionary.map(poolName);
  const costs = unitCosts(replicaCapacity, REQUEST_INTERVAL_MS);
  return {
    name,
    startMs,
    intervalMs: REQUEST_INTERVAL_MS,
    demand,
    told: new Uint8Array(demand.length).fill(1),
    producers,
    controls: [],
    openFeed: () => new RequestFeed(trace, name, producers, costs, startMs),
  };
}

class RequestFeed implements ObservationFeed {
  readonly #trace: RequestTrace;
  readonly #costs: UnitCosts;
  readonly #startMs: number;
  readonly #recorders: readonly Recorder[];
  #told: ProducerObservation[] = [];
  #next = 0;

  constructor(trace: RequestTrace, pool: string, producers: readonly string[], costs: UnitCosts, startMs: number) {
    this.#trace = trace;
    this.#costs = costs;
    this.#startMs = startMs;
    this.#recorders = producers.map((producer) => {
      const recorder = new Recorder({
        pool,
        producer,
        intervalMs: REQUEST_INTERVAL_MS,
        emit: (observation) => this.#told.push(observation),
      });
      recorder.flush(startMs);
      return recorder;
    });
  }

  next(index: number): readonly ProducerObservation[] {
    const endMs = this.#startMs + (index + 1) * REQUEST_INTERVAL_MS;
    const { timestampMs, source, type, producer, count } = this.#trace;
    const { cpuSeconds, memoryBytes, networkBytes } = this.#costs;
    this.#told = [];
    for (; this.#next < count; this.#next++) {
      const atMs = timestampMs[this.#next] ?? endMs;
      if (atMs >= endMs) break;
      const recorder = this.#recorders[producer?.indices[this.#next] ?? 0];
      recorder?.record(atMs, cpuSeconds, memoryBytes, networkBytes, textAt(source, this.#next), textAt(type, this.#next));
    }
    for (const recorder of this.#recorders) recorder.flush(endMs);
    return this.#told;
  }
}

function textAt({ dictionary, indices }: TextColumn, row: number): string {
  return dictionary[indices[row] ?? 0] ?? '';
}
