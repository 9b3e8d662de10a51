import type { Goal } from '../predictive/pool.ts';
import { startPredictive } from '../predictive/run.ts';
import type { Policy, PolicyWorld, RunningPolicy } from './policy.ts';
import { numberKnob } from './rule.ts';

/** Forescale itself: the real actors on the real runtime, in virtual time, with the simulated cloud as their target. */
export const predictivePolicy: Policy = {
  name: 'predictive',
  summary: 'Forescale: the real actors, in virtual time',
  knobText: 'objective, the allowed share of violations, or price=N as `shortMinutePrice`; default as for the plant',
  configure(knob) {
    const goal = goalOf(knob);
    if (goal === undefined) return { ok: false, wanted: 'an objective from 0.0001 to 0.5, or price=N with N above 0' };
    return { ok: true, start: (world: PolicyWorld): Promise<RunningPolicy> => startPredictive(world, { ...goalOfPlant(world), ...goal }) };
  },
};

const PRICE = 'price=';
/** As in a pool's config. */
const PRICE_MAX = 1e9;

/** undefined when the knob is none. An objective that is given is pursued, whatever price the plant has. */
function goalOf(knob: string | undefined): Partial<Goal> | undefined {
  if (knob === undefined) return {};
  if (knob.startsWith(PRICE)) {
    const shortMinutePrice = numberKnob(knob.slice(PRICE.length), 0, Number.MIN_VALUE, PRICE_MAX);
    return shortMinutePrice === undefined ? undefined : { shortMinutePrice };
  }
  const objective = numberKnob(knob, 0, 0.0001, 0.5);
  return objective === undefined ? undefined : { objective, shortMinutePrice: undefined };
}

function goalOfPlant({ plant: { objective, shortMinutePrice } }: PolicyWorld): Goal {
  return { objective, shortMinutePrice };
}
