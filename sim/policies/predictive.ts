import type { Policy, PolicyWorld, RunningPolicy } from './policy.ts';
import { startPredictive } from '../predictive/run.ts';
import { numberKnob } from './rule.ts';

/** Forescale itself: the real actors on the real runtime, in virtual time, with the simulated cloud as their target. */
export const predictivePolicy: Policy = {
  name: 'predictive',
  summary: 'Forescale: the real actors, in virtual time',
  knobText: 'objective, the allowed share of violations; default as for the plant',
  configure(knob) {
    const objective = numberKnob(knob, 0, 0.0001, 0.5);
    if (objective === undefined) return { ok: false, wanted: 'an objective from 0.0001 to 0.5' };
    return {
      ok: true,
      start: (world: PolicyWorld): Promise<RunningPolicy> => startPredictive(world, knob === undefined ? world.plant.objective : objective),
    };
  },
};
