import { peakOfFirstHalf, requiredReplicas } from '../plant.ts';
import type { Policy } from './policy.ts';
import { runRule } from './rule.ts';

/** A fixed number of replicas: what the peak of the first half of the run needs, or the knob. */
export const staticPolicy: Policy = {
  name: 'static',
  summary: 'a fixed number of replicas',
  knobText: 'replicas, default: what the peak of the first half needs',
  configure(knob) {
    const given = knob === undefined ? undefined : Number(knob);
    if (given !== undefined && !(Number.isInteger(given) && given >= 0 && knob !== '')) return { ok: false, wanted: 'a whole number' };
    return runRule(({ workload, plant }) => {
      const replicas = given ?? requiredReplicas(peakOfFirstHalf(workload.demand), plant.replicaCapacity);
      return () => ({ replicas, reason: given === undefined ? 'peak of the first half' : 'fixed' });
    });
  },
};
