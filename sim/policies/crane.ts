import { DayBefore } from './day-before.ts';
import { HPA_DEFAULTS, HpaController } from './hpa-controller.ts';
import { hpaRule } from './hpa.ts';
import type { Policy } from './policy.ts';
import { numberKnob, runRule } from './rule.ts';

/**
 * Crane's EffectiveHorizontalPodAutoscaler (gocrane/crane): where the last two days are alike, the last cycle through a low pass
 * of an hour, with a margin; the metric is its largest value within the prediction window, and HPA takes the larger of that and of
 * the real one. Written anew after its description: the period is fixed to a day, and the truncation of the metric to whole
 * units, a defect, is left out.
 */
export const CRANE_DEFAULTS = { predictionWindowMs: 3_600_000, smoothMs: 3_600_000, marginShare: 0.1, likenessMin: 0.3 } as const;

export const cranePolicy: Policy = {
  name: 'crane',
  summary: 'Crane EHPA: HPA on the larger of the load and the last daily cycle within an hour',
  knobText: 'target utilisation, default 0.7',
  configure(knob) {
    const targetUtilisation = numberKnob(knob, HPA_DEFAULTS.targetUtilisation, 0.01, 1);
    if (targetUtilisation === undefined) return { ok: false, wanted: 'a target utilisation from 0.01 to 1' };
    return runRule(({ plant, workload }) => {
      const { minReplicas, maxReplicas, replicaCapacity } = plant;
      const rule = hpaRule(new HpaController({ ...HPA_DEFAULTS, targetUtilisation, minReplicas, maxReplicas }), HPA_DEFAULTS.syncPeriodMs);
      const before = new DayBefore(workload);
      let likeness: number | undefined;
      let intervals = 0;
      return (seen) => {
        before.record(seen.demand);
        // The model is updated twice a day.
        if (intervals++ % Math.max(1, Math.round(MODEL_UPDATE_MS / workload.intervalMs)) === 0) likeness = before.likeness();
        const { predictionWindowMs, smoothMs, marginShare, likenessMin } = CRANE_DEFAULTS;
        const ahead =
          likeness !== undefined && likeness > likenessMin ? before.largestSmoothAhead(predictionWindowMs, smoothMs) : undefined;
        const predicted = ahead === undefined ? 0 : (ahead * (1 + marginShare)) / (replicaCapacity * Math.max(1, seen.readyReplicas));
        return rule({ ...seen, utilisation: Number.isNaN(seen.utilisation) ? seen.utilisation : Math.max(seen.utilisation, predicted) });
      };
    });
  },
};

const MODEL_UPDATE_MS = 43_200_000;
