import { requiredReplicas } from '../plant.ts';
import type { Policy, PolicyWorld } from './policy.ts';
import { runRule, type Rule } from './rule.ts';

const DEFAULT_KNOB = '15x1.2';
const MINUTES_MAX = 1_440;
const HEADROOM_MAX = 10;

/** What the largest demand of the last minutes needs, times a headroom: the best that can be had without a forecast. */
export const reactivePolicy: Policy = {
  name: 'reactive',
  summary: 'largest demand of the last minutes, times a headroom',
  knobText: `minutes x headroom, default ${DEFAULT_KNOB}`,
  configure(knob = DEFAULT_KNOB) {
    const [minutes = 0, headroom = 0, ...more] = knob.split('x').map(Number);
    const isRight = minutes > 0 && minutes <= MINUTES_MAX && headroom >= 1 && headroom <= HEADROOM_MAX && more.length === 0;
    if (!isRight) return { ok: false, wanted: 'minutes above 0, an x and a headroom of at least 1, as in 45x1.2' };
    return runRule((world) => reactiveRule(world, minutes, headroom));
  },
};

function reactiveRule({ workload, plant }: PolicyWorld, minutes: number, headroom: number): Rule {
  const intervals = Math.max(1, Math.round((minutes * 60_000) / workload.intervalMs));
  const recent: number[] = [];
  return ({ demand }) => {
    recent.push(demand);
    if (recent.length > intervals) recent.shift();
    const known = recent.filter((value) => !Number.isNaN(value));
    if (known.length === 0) return undefined;
    const most = Math.max(...known);
    return {
      replicas: requiredReplicas(most * headroom, plant.replicaCapacity),
      reason: `largest demand of the last ${minutes} min is ${Number(most.toPrecision(6))}, x ${headroom}`,
    };
  };
}
