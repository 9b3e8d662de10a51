import type { DeadBand } from '../../src/planning/dead-band.ts';
import type { Goal } from '../predictive/pool.ts';
import { startPredictive } from '../predictive/run.ts';
import type { Policy, PolicyWorld, RunningPolicy } from './policy.ts';
import { numberKnob } from './rule.ts';

/** Forescale itself: the real actors on the real runtime, in virtual time, with the simulated cloud as their target. */
export const predictivePolicy: Policy = {
  name: 'predictive',
  summary: 'Forescale: the real actors, in virtual time',
  knobText:
    'objective, the allowed share of violations, or price=N as `shortMinutePrice`, and band=UPxDOWN as `deadBand`, joined by +; default as for the plant',
  configure(knob) {
    const goal = goalOf(knob);
    if (goal === undefined) {
      return {
        ok: false,
        wanted: 'an objective from 0.0001 to 0.5, or price=N with N above 0, and band=UPxDOWN with shares from 0 to 1, joined by +',
      };
    }
    return { ok: true, start: (world: PolicyWorld): Promise<RunningPolicy> => startPredictive(world, { ...goalOfPlant(world), ...goal }) };
  },
};

const PRICE = 'price=';
const BAND = 'band=';
/** As in a pool's config. */
const PRICE_MAX = 1e9;

/** undefined when the knob is none, or says a thing twice. An objective that is given is pursued, whatever price the plant has. */
export function goalOf(knob: string | undefined): Partial<Goal> | undefined {
  if (knob === undefined) return {};
  const parts = knob.split('+');
  const bands = parts.filter((part) => part.startsWith(BAND)).length;
  if (bands > 1 || parts.length - bands > 1) return undefined;
  const goals = parts.map(partOf);
  return goals.includes(undefined) ? undefined : (Object.assign({}, ...goals) as Partial<Goal>);
}

function partOf(part: string): Partial<Goal> | undefined {
  if (part.startsWith(BAND)) {
    const deadBand = bandOf(part.slice(BAND.length));
    return deadBand && { deadBand };
  }
  if (part.startsWith(PRICE)) {
    const shortMinutePrice = numberKnob(part.slice(PRICE.length), 0, Number.MIN_VALUE, PRICE_MAX);
    return shortMinutePrice === undefined ? undefined : { shortMinutePrice };
  }
  const objective = numberKnob(part, 0, 0.0001, 0.5);
  return objective === undefined ? undefined : { objective, shortMinutePrice: undefined };
}

/** Up, an x, down. */
function bandOf(text: string): DeadBand | undefined {
  const shares = text.split('x').map((share) => numberKnob(share, 0, 0, 1));
  const [up, down] = shares;
  return shares.length !== 2 || up === undefined || down === undefined ? undefined : { up, down };
}

function goalOfPlant({ plant: { objective, shortMinutePrice } }: PolicyWorld): Goal {
  return { objective, shortMinutePrice };
}
