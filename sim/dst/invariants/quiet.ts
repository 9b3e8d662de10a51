import { disturbanceOf } from './disturbance.ts';
import type { InvariantKind } from './invariant.ts';

/** The nodes find each other first. */
const SETTLED_AFTER_MS = 2_000;

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
