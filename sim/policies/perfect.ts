import type { Policy } from './policy.ts';
import { runRule } from './rule.ts';

/** Exactly what every interval requires, without lead time: a bound that nothing real reaches. */
export const perfectPolicy: Policy = {
  name: 'perfect',
  summary: 'oracle: capacity is exactly what each interval requires, without lead time',
  knobText: 'none',
  noLeadTime: true,
  configure(knob) {
    if (knob !== undefined) return { ok: false, wanted: 'no knob' };
    return runRule(({ requiredIn }) => ({ index }) => ({ replicas: requiredIn(index + 1), reason: 'what the next interval requires' }));
  },
};
