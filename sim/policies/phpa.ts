import { HoltWinters } from './holt-winters.ts';
import { desiredReplicas, HPA_DEFAULTS, HpaController } from './hpa-controller.ts';
import type { Policy } from './policy.ts';
import { numberKnob, runRule } from './rule.ts';

/**
 * jthomperoo/predictive-horizontal-pod-autoscaler: additive Holt-Winters on the counts that HPA would have set, one step ahead,
 * `decisionType: maximum`, the smoothing values of its example, a season of a day. Its model reads the history backwards, a
 * defect; here it is read in order, which is better for it.
 */
export const PHPA_DEFAULTS = { alpha: 0.9, beta: 0.9, gamma: 0.9 } as const;

const DAY_MS = 86_400_000;

export const phpaPolicy: Policy = {
  name: 'phpa',
  summary: 'Predictive HPA: the larger of HPA and Holt-Winters of its counts',
  knobText: 'target utilisation, default 0.7',
  configure(knob) {
    const targetUtilisation = numberKnob(knob, HPA_DEFAULTS.targetUtilisation, 0.01, 1);
    if (targetUtilisation === undefined) return { ok: false, wanted: 'a target utilisation from 0.01 to 1' };
    return runRule(({ plant: { minReplicas, maxReplicas }, workload }) => {
      const settings = { ...HPA_DEFAULTS, targetUtilisation, minReplicas, maxReplicas };
      const controller = new HpaController(settings);
      const model = new HoltWinters({ ...PHPA_DEFAULTS, period: Math.max(2, Math.round(DAY_MS / workload.intervalMs)) });
      return ({ utilisation, readyReplicas, requestedReplicas, endMs }) => {
        const metrics = { utilisation, readyReplicas, currentReplicas: requestedReplicas };
        const replicas = controller.sync(endMs, metrics);
        if (Number.isNaN(utilisation)) return { replicas, reason: 'no metric' };
        model.observe(desiredReplicas(metrics, settings));
        // Without two seasons the model says 0, which the maximum passes over.
        const predicted = Math.ceil(Math.min(maxReplicas, Math.max(0, model.next() ?? 0)));
        return { replicas: Math.max(replicas, predicted), reason: `HPA ${replicas}, Holt-Winters ${predicted}` };
      };
    });
  },
};
