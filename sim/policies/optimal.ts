import { offlineOptimum } from '../optimum.ts';
import type { Policy, PolicyWorld, RunningPolicy } from './policy.ts';
import { numberKnob } from './rule.ts';

/** A short interval may lack a fifth of its replicas, or one. */
export const DEPTH_MAX = 0.2;

/** The offline optimum: demand known, lead time exactly the median, every start paid for. Nothing real is cheaper. */
export const optimalPolicy: Policy = {
  name: 'optimal',
  summary: 'oracle: the offline optimum with the lead time, as often short as allowed',
  knobText: 'objective, the allowed share of violations; default as for the plant',
  exactLeadTime: true,
  configure(knob) {
    const objective = numberKnob(knob, 0, 0.0001, 0.5);
    if (objective === undefined) return { ok: false, wanted: 'an objective from 0.0001 to 0.5' };
    return { ok: true, start: (world) => Promise.resolve(startOptimal(world, knob === undefined ? world.plant.objective : objective)) };
  },
};

function startOptimal(world: PolicyWorld, objective: number): RunningPolicy {
  const { workload, plant } = world;
  const intervals = workload.demand.length;
  const required = Array.from({ length: intervals }, (_, index) => world.requiredIn(index));
  const { ready } = offlineOptimum({
    required,
    startCost: plant.leadTime.p50Ms / workload.intervalMs,
    shortMax: Math.floor(objective * intervals + 1e-9),
    depthMax: DEPTH_MAX,
    minReplicas: plant.minReplicas,
    maxReplicas: plant.maxReplicas,
  }).plan;
  const writes = new Writes(world);
  for (let index = 1; index < intervals; index += 1) {
    const change = (ready[index] ?? 0) - (ready[index - 1] ?? 0);
    const startMs = workload.startMs + index * workload.intervalMs;
    if (change !== 0) writes.plan(change, change > 0 ? startMs - plant.leadTime.p50Ms : startMs);
  }
  const first = (ready[0] ?? 0) - world.cloud.state().requestedReplicas;
  if (first !== 0) writes.plan(first, workload.startMs);
  return {
    intervalEnded: () => Promise.resolve(),
    stop: () => Promise.resolve({ decisions: [], changes: writes.changes, forecasts: [] }),
  };
}

/** Writes relative changes at their times. */
class Writes {
  readonly changes: { atMs: number; from: number; to: number; reason: string }[] = [];
  readonly #world: PolicyWorld;

  constructor(world: PolicyWorld) {
    this.#world = world;
  }

  plan(change: number, atMs: number): void {
    const { clock } = this.#world.kernel;
    clock.setTimer(Math.max(0, atMs - clock.nowMs()), () => void this.#write(change));
  }

  async #write(change: number): Promise<void> {
    const { cloud, pool, plant, kernel } = this.#world;
    const { requestedReplicas: from, generation } = cloud.state();
    const to = Math.min(plant.maxReplicas, Math.max(plant.minReplicas, from + change));
    if (to === from) return;
    await cloud.scale({ pool, replicas: to, expectedReplicas: from, generation: generation + 1 });
    this.changes.push({ atMs: kernel.clock.nowMs(), from, to, reason: 'the offline optimum' });
  }
}
