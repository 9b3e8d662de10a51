import { KPA_DEFAULTS, KpaController } from './kpa-controller.ts';
import type { Policy, PolicyWorld } from './policy.ts';
import { numberKnob, runRule, type Rule } from './rule.ts';

/** The Knative Pod Autoscaler with its documented defaults, on the load of the last interval. */
export const kpaPolicy: Policy = {
  name: 'kpa',
  summary: 'Knative Pod Autoscaler, documented defaults',
  knobText: 'target utilisation, default 0.7',
  configure(knob) {
    const targetUtilisation = numberKnob(knob, KPA_DEFAULTS.targetUtilisation, 0.01, 1);
    if (targetUtilisation === undefined) return { ok: false, wanted: 'a target utilisation from 0.01 to 1' };
    return runRule((world) => kpaRule(world, new KpaController({ ...KPA_DEFAULTS, targetUtilisation })));
  },
};

/** Ticks of an interval are made at its end, as for every policy; within an interval the load is even. */
function kpaRule({ plant, workload }: PolicyWorld, controller: KpaController): Rule {
  const { stableWindowMs, panicWindowPercentage, tickMs } = KPA_DEFAULTS;
  const loads: number[] = [];
  const kept = Math.max(1, Math.ceil(stableWindowMs / workload.intervalMs));
  const meanOver = (windowMs: number): number => {
    const recent = loads.slice(-Math.max(1, Math.ceil(windowMs / workload.intervalMs)));
    return recent.reduce((sum, load) => sum + load, 0) / recent.length;
  };
  return ({ demand, startMs, endMs, readyReplicas }) => {
    if (Number.isNaN(demand)) return undefined;
    loads.push(demand / plant.replicaCapacity);
    if (loads.length > kept) loads.shift();
    const metrics = {
      stableLoad: meanOver(stableWindowMs),
      panicLoad: meanOver((stableWindowMs * panicWindowPercentage) / 100),
      readyReplicas,
    };
    let replicas = 0;
    for (let atMs = startMs + tickMs; atMs <= endMs || replicas === 0; atMs += tickMs)
      replicas = Math.max(1, controller.tick(Math.min(atMs, endMs), metrics));
    return { replicas, reason: `load ${metrics.stableLoad.toFixed(3)}${controller.isPanicking ? ', panic' : ''}` };
  };
}
