import type { Random } from '../../src/ports/random.ts';
import type { CloudFault } from '../cloud-faults.ts';
import { plantFor, type Plant } from '../plant.ts';
import { ms } from '../workloads/shape-loads.ts';
import { SCENARIO_INTERVAL_MS, shapesWorkload } from '../workloads/shapes.ts';
import type { Workload } from '../workloads/workload.ts';
import type { Fault, Scenario } from './schema.ts';

/** What a scenario means: the world of a comparison. */
export interface CompiledScenario {
  readonly workload: Workload;
  readonly plant: Plant;
  readonly faults: readonly CloudFault[];
}

/** The same scenario and randomness give the same world. */
export function compileScenario(scenario: Scenario, random: Random): CompiledScenario {
  const workload = shapesWorkload(scenario, random);
  const { replicaCapacity, leadTime, min, max, objective, shortMinutePrice, startFailures, queueTimeout, bound } = scenario.plant;
  const plant = plantFor(workload.demand, {
    replicaCapacity: replicaCapacity * (SCENARIO_INTERVAL_MS / 1000),
    ...(leadTime && { leadTime: { p50Ms: ms(leadTime.p50), p95Ms: ms(leadTime.p95) } }),
    ...(min !== undefined && { minReplicas: min }),
    ...(max !== undefined && { maxReplicas: max }),
    ...(objective !== undefined && { objective }),
    ...(shortMinutePrice !== undefined && { shortMinutePrice }),
    ...(startFailures !== undefined && { startFailureShare: startFailures }),
    ...(queueTimeout !== undefined && { queueTimeoutMs: ms(queueTimeout) }),
    ...(bound && { bound }),
  });
  const faults = (scenario.faults ?? []).map((fault) => compileFault(fault, workload.startMs));
  return { workload, plant, faults };
}

function compileFault(fault: Fault, startMs: number): CloudFault {
  const span = (given: { readonly at: string; readonly lasts: string }): { fromMs: number; toMs: number } => {
    const fromMs = startMs + ms(given.at);
    return { fromMs, toMs: fromMs + ms(given.lasts) };
  };
  if (fault.unavailable !== undefined) return { kind: 'unavailable', ...span(fault.unavailable) };
  if (fault.throttled !== undefined) return { kind: 'throttled', ...span(fault.throttled), retryAfterMs: ms(fault.throttled.retryAfter) };
  if (fault.unknownOutcome !== undefined) return { kind: 'unknown-outcome', ...span(fault.unknownOutcome) };
  if (fault.quota !== undefined) return { kind: 'quota', ...span(fault.quota), replicas: fault.quota.replicas };
  if (fault.slowStarts !== undefined) return { kind: 'slow-starts', ...span(fault.slowStarts), factor: fault.slowStarts.factor };
  if (fault.neverReady !== undefined) return { kind: 'never-ready', ...span(fault.neverReady) };
  if (fault.foreignWrite === undefined) throw new TypeError('the schema lets no empty fault pass');
  const { at, replicas } = fault.foreignWrite;
  return { kind: 'foreign-write', ...span({ at, lasts: '1ms' }), replicas };
}
