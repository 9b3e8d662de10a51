import { DayBefore } from './day-before.ts';
import { HPA_DEFAULTS, HpaController } from './hpa-controller.ts';
import { hpaRule } from './hpa.ts';
import type { Policy } from './policy.ts';
import { numberKnob, runRule } from './rule.ts';

/**
 * What AWS, GCP, Azure and KEDA's forecasting scalers do: the larger of the reactive answer and of a forecast of the day before,
 * over the time that a replica takes to start. The forecast only ever adds.
 */
export const additivePolicy: Policy = {
  name: 'additive',
  summary: 'the larger of HPA and what the day before needed over the lead time',
  knobText: 'target utilisation of both, default 0.7',
  configure(knob) {
    const targetUtilisation = numberKnob(knob, HPA_DEFAULTS.targetUtilisation, 0.01, 1);
    if (targetUtilisation === undefined) return { ok: false, wanted: 'a target utilisation from 0.01 to 1' };
    return runRule(({ plant, workload }) => {
      const { minReplicas, maxReplicas, replicaCapacity, leadTime } = plant;
      const reactive = hpaRule(
        new HpaController({ ...HPA_DEFAULTS, targetUtilisation, minReplicas, maxReplicas }),
        HPA_DEFAULTS.syncPeriodMs,
      );
      const before = new DayBefore(workload);
      return (seen) => {
        before.record(seen.demand);
        const answer = reactive(seen);
        const ahead = before.largestAhead(leadTime.p95Ms + workload.intervalMs);
        if (answer === undefined || ahead === undefined) return answer;
        const forecast = Math.ceil(ahead / (replicaCapacity * targetUtilisation) - 1e-9);
        return forecast > answer.replicas ? { replicas: forecast, reason: `the day before needed ${forecast}` } : answer;
      };
    });
  },
};
