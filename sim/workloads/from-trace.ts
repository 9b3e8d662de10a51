import { poolName } from './names.ts';
import { countRequestsOf, requestsWorkload } from './requests.ts';
import { familyTotals, familyWorkload, seriesWorkload, totalOf } from './series.ts';
import type { Trace } from '../traces/trace.ts';
import type { Workload } from './workload.ts';

/** Total demand of a trace per interval, before a plant is known. */
export function demandOf(trace: Trace): Float64Array {
  if (trace.kind === 'requests') return countRequestsOf(trace).demand;
  if (trace.kind === 'family') return familyTotals(trace.members.map((member) => member.values)).demand;
  return totalOf(trace.values).demand;
}

/** A trace as a workload: a series is carried by one producer, a family by its members, a log by the producers it names. */
export function workloadOf(trace: Trace, replicaCapacity: number): Workload {
  const name = poolName(trace.name);
  if (trace.kind === 'requests') return requestsWorkload(trace, name, replicaCapacity);
  if (trace.kind === 'series') return seriesWorkload({ ...trace, name }, replicaCapacity);
  const { startMs, intervalMs, members } = trace;
  const named = members.map((member) => ({ name: poolName(member.name), startMs, intervalMs, values: member.values }));
  return familyWorkload(named, name, replicaCapacity);
}
