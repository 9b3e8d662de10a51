import type { Policy, SeenInterval } from './policy.ts';
import { numberKnob, runRule, type Rule } from './rule.ts';

/**
 * AWS target tracking: two alarms on the mean utilisation by the minute. High for three minutes scales out, under nine tenths
 * of the target for fifteen minutes scales in; in proportion to the metric; with a cooldown of 300 s after each, within which
 * only more may be asked for. Replicas that are not ready are not counted in the metric.
 */
export const TARGET_TRACKING_DEFAULTS = {
  target: 0.5,
  highMinutes: 3,
  lowMinutes: 15,
  lowShare: 0.9,
  cooldownMs: 300_000,
} as const;

export const targetTrackingPolicy: Policy = {
  name: 'target-tracking',
  summary: 'AWS target tracking: alarms of 3 and 15 minutes, cooldown of 5',
  knobText: 'target utilisation, default 0.5',
  configure(knob) {
    const target = numberKnob(knob, TARGET_TRACKING_DEFAULTS.target, 0.01, 1);
    if (target === undefined) return { ok: false, wanted: 'a target utilisation from 0.01 to 1' };
    return runRule(() => targetTrackingRule(target));
  },
};

export function targetTrackingRule(target: number): Rule {
  const { highMinutes, lowMinutes, lowShare, cooldownMs } = TARGET_TRACKING_DEFAULTS;
  let highMs = 0;
  let lowMs = 0;
  let untilMs = Number.NEGATIVE_INFINITY;
  return ({ utilisation, startMs, endMs, requestedReplicas, readyReplicas }: SeenInterval) => {
    // Missing data leaves both alarms where they were and scales nothing.
    if (Number.isNaN(utilisation)) return undefined;
    const spanMs = endMs - startMs;
    highMs = utilisation > target ? highMs + spanMs : 0;
    lowMs = utilisation < target * lowShare ? lowMs + spanMs : 0;
    const wanted = Math.max(1, Math.ceil((readyReplicas * utilisation) / target - 1e-9));
    const reason = `utilisation ${utilisation.toFixed(3)}`;
    if (highMs >= highMinutes * 60_000 && wanted > requestedReplicas) {
      untilMs = endMs + cooldownMs;
      return { replicas: wanted, reason };
    }
    if (lowMs < lowMinutes * 60_000 || wanted >= requestedReplicas || endMs < untilMs) return undefined;
    untilMs = endMs + cooldownMs;
    return { replicas: wanted, reason };
  };
}
