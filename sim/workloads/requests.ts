import type { RequestTrace } from '../traces/trace.ts';
import { matrixFeed } from './split.ts';
import { unitCosts, type Workload } from './workload.ts';

/** Request logs are counted to intervals of this length, on its grid. */
export const REQUEST_INTERVAL_MS = 60_000;

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

export function requestsWorkload(trace: RequestTrace, name: string, replicaCapacity: number): Workload {
  const { startMs, demand } = countRequestsOf(trace);
  const costs = unitCosts(replicaCapacity, REQUEST_INTERVAL_MS);
  const producers = ['p1'];
  return {
    name,
    startMs,
    intervalMs: REQUEST_INTERVAL_MS,
    demand,
    told: new Uint8Array(demand.length).fill(1),
    producers,
    controls: [],
    openFeed: () => matrixFeed({ startMs, intervalMs: REQUEST_INTERVAL_MS, producers, unitsOf: (_, i) => demand[i] ?? 0, costs }),
  };
}
