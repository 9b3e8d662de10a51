import type { CapacityChange, Configured, PolicyWorld, SeenInterval } from './policy.ts';

/** What a rule wants, and why in a few words. */
export interface Wish {
  readonly replicas: number;
  readonly reason: string;
}

/** Decides from what was seen of the interval that just ended. undefined: nothing is changed. */
export type Rule = (seen: SeenInterval) => Wish | undefined;

/** One line of decisions.jsonl of a rule: written when it asked for a change. */
export interface RuleDecision {
  readonly atMs: number;
  readonly replicas: number;
  readonly reason: string;
}

/**
 * Runs a rule that decides once per interval, at its end: the wish is kept within the plant's bounds and written to the
 * cloud if it differs from what is requested. A refused write is tried again at the next interval, as it is decided anew.
 */
export function runRule(createRule: (world: PolicyWorld) => Rule): Configured {
  return {
    ok: true,
    async start(world) {
      const rule = createRule(world);
      const changes: CapacityChange[] = [];
      return {
        async intervalEnded(seen) {
          const wish = rule(seen);
          if (wish !== undefined) await apply(wish, seen, world, changes);
        },
        async stop() {
          return { decisions: changes.map(decisionOf), changes, forecasts: [] };
        },
      };
    },
  };
}

function decisionOf({ atMs, to, reason }: CapacityChange): RuleDecision {
  return { atMs, replicas: to, reason };
}

async function apply({ replicas, reason }: Wish, seen: SeenInterval, world: PolicyWorld, changes: CapacityChange[]): Promise<void> {
  const { cloud, plant, pool } = world;
  const state = cloud.state();
  const wanted = Math.min(plant.maxReplicas, Math.max(plant.minReplicas, replicas));
  if (wanted === state.requestedReplicas) return;
  const written = await cloud.scale({
    pool,
    replicas: wanted,
    expectedReplicas: state.requestedReplicas,
    generation: state.generation + 1,
  });
  const outcome = written.ok ? '' : `; refused: ${written.error.code}`;
  changes.push({ atMs: seen.endMs, from: state.requestedReplicas, to: wanted, reason: reason + outcome });
}

/** Reads a positive number from a knob; `fallback` when there is none. */
export function numberKnob(knob: string | undefined, fallback: number, min: number, max: number): number | undefined {
  if (knob === undefined) return fallback;
  const value = Number(knob);
  return knob.trim() !== '' && value >= min && value <= max ? value : undefined;
}
