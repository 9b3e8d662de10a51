import { SETTLED_BEATS } from '../../../src/runtime/membership.ts';
import { RUNTIME_DEFAULTS } from '../../../src/runtime/settings.ts';
import { commandsOf, feedbackOf } from '../decisions.ts';
import type { Happening } from '../happening.ts';
import { disturbanceOf } from './disturbance.ts';
import type { InvariantKind } from './invariant.ts';

/**
 * The nodes find each other first. Those that start at the same moment may take shards of one that they have not seen yet: they see
 * it at their next beat, trust it SETTLED_BEATS later, look at the leases a beat after that, and what they say travels within another.
 */
const SETTLED_AFTER_MS = (SETTLED_BEATS + 3) * RUNTIME_DEFAULTS.beatMs;

export const QUIET: InvariantKind = {
  id: 'S0',
  says: 'without faults nothing is refused, tried again, repeated, lost or buried',
  mirrorsBus: false,
  watch({ world, nowMs, fail }) {
    if (world.draw.families.length > 0) return {};
    const startMs = nowMs();
    let isEnding = false;
    /** Actions that have not ended, by pool. */
    const open = new Map<string, Set<number>>();
    return {
      hear(happening) {
        follow(happening, open);
        if (isEnding || nowMs() - startMs < SETTLED_AFTER_MS) return;
        const disturbance = disturbanceOf(happening);
        if (disturbance !== undefined) fail(`without any fault ${disturbance}`);
        if (happening.kind === 'target' && happening.outcome !== 'ok' && !isOvertaken(happening, open))
          fail(`without any fault the target answers ${happening.outcome}`);
      },
      async settled() {
        isEnding = true;
        for (const outcome of ['repeats', 'parked', 'deadLetters', 'failures', 'unhandled']) {
          const count = world.counter(`forescale_messages_total ${outcome}`);
          if (count > 0) fail(`without any fault ${count} messages were ${outcome}`);
        }
      },
    };
  },
};

/** Decided and ended. */
function follow(happening: Happening, open: Map<string, Set<number>>): void {
  for (const { pool, generation } of commandsOf(happening)) {
    const actions = open.get(pool) ?? new Set();
    open.set(pool, actions.add(generation));
  }
  for (const { pool, generation } of feedbackOf(happening)) open.get(pool)?.delete(generation);
}

/**
 * A budget that is shared anew may lead to two decisions within the time of one call of the target: then the write of one finds that
 * of the other, and the engine plans anew from what is there. No fault, and nothing is tried again.
 */
function isOvertaken(
  { call, pool, outcome }: Extract<Happening, { kind: 'target' }>,
  open: ReadonlyMap<string, ReadonlySet<number>>,
): boolean {
  return call === 'scale' && (outcome === 'conflict' || outcome === 'superseded') && (open.get(pool)?.size ?? 0) > 1;
}
