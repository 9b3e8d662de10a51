import { HPA_DEFAULTS, HpaController } from './hpa-controller.ts';
import type { Policy, SeenInterval } from './policy.ts';
import { numberKnob, runRule, type Rule } from './rule.ts';

/** The Kubernetes HPA with its documented defaults on the utilisation of the last interval. */
export const hpaPolicy: Policy = {
  name: 'hpa',
  summary: 'Kubernetes HPA (autoscaling/v2), documented defaults',
  knobText: 'target utilisation, default 0.7',
  configure(knob) {
    const targetUtilisation = numberKnob(knob, HPA_DEFAULTS.targetUtilisation, 0.01, 1);
    if (targetUtilisation === undefined) return { ok: false, wanted: 'a target utilisation from 0.01 to 1' };
    return runRule(({ plant: { minReplicas, maxReplicas } }) => {
      const settings = { ...HPA_DEFAULTS, targetUtilisation, minReplicas, maxReplicas };
      return hpaRule(new HpaController(settings), settings.syncPeriodMs);
    });
  },
};

/**
 * All syncs of an interval are made at its end, each with the interval's metric, and the last one's count is set: the rate
 * limits allow as many steps as they would have, and no policy acts on load that others have not seen yet.
 */
export function hpaRule(controller: HpaController, syncPeriodMs: number): Rule {
  return (seen) => {
    let replicas = seen.requestedReplicas;
    for (const atMs of syncTimes(seen, syncPeriodMs)) {
      const { utilisation, readyReplicas } = seen;
      replicas = controller.sync(atMs, { utilisation, readyReplicas, currentReplicas: replicas });
    }
    if (Number.isNaN(seen.utilisation)) return { replicas, reason: 'no metric' };
    return { replicas, reason: `utilisation ${seen.utilisation.toFixed(3)} over ${seen.readyReplicas} ready` };
  };
}

function* syncTimes({ startMs, endMs }: SeenInterval, syncPeriodMs: number): Generator<number> {
  const syncs = Math.max(1, Math.floor((endMs - startMs) / syncPeriodMs));
  for (let left = syncs - 1; left >= 0; left--) yield endMs - left * syncPeriodMs;
}
