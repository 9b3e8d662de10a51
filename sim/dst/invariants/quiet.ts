import { SETTLED_BEATS } from '../../../src/runtime/membership.ts';
import { RUNTIME_DEFAULTS } from '../../../src/runtime/settings.ts';
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
    return {
      hear(happening) {
        if (isEnding || nowMs() - startMs < SETTLED_AFTER_MS) return;
        const disturbance = disturbanceOf(happening);
        if (disturbance !== undefined) fail(`without any fault ${disturbance}`);
        if (happening.kind === 'target' && happening.outcome !== 'ok') fail(`without any fault the target answers ${happening.outcome}`);
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
