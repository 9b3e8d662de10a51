import { commandsOf, decisionsOf, feedbackOf } from '../decisions.ts';
import { actionAddress } from '../../../src/protocol/address.ts';
import type { InvariantKind } from './invariant.ts';

/** From the decision to the deadline, milliseconds: what it is set from is bounded, so it is, too. */
const DEADLINE_MAX_MS = 60_000;
/** After the deadline an action takes back what it did, milliseconds. */
const LAST_STEPS_MS = 20_000;

export const ACTIONS_END: InvariantKind = {
  id: 'S6',
  says: 'every action ends soon after a deadline that is near: succeeded, superseded, failed with a reason, or rolled back',
  mirrorsBus: true,
  watch({ fail, nowMs }) {
    /** Deadlines by action. */
    const open = new Map<string, number>();
    return {
      hear(happening) {
        // Told first: an action may be decided and end within one commit.
        for (const { action, plan } of decisionsOf(happening)) if (action !== null) open.set(action, plan.atMs + DEADLINE_MAX_MS);
        for (const { pool, generation, decidedAtMs, deadlineMs } of commandsOf(happening)) {
          const action = actionAddress(pool, generation);
          if (deadlineMs - decidedAtMs > DEADLINE_MAX_MS) fail(`${action} has ${Math.round(deadlineMs - decidedAtMs)} ms to its deadline`);
          if (open.has(action)) open.set(action, deadlineMs);
        }
        for (const { pool, generation, reason, outcome } of feedbackOf(happening)) {
          const action = actionAddress(pool, generation);
          if (!open.delete(action)) fail(`${action} ended twice, or was never decided (${outcome}: ${reason})`);
        }
      },
      // The nodes stop while an action that was decided late may still wait for its capacity.
      async ended() {
        for (const [action, deadlineMs] of open) {
          const overdueMs = Math.round(nowMs() - deadlineMs);
          if (overdueMs > LAST_STEPS_MS) fail(`${action} has not ended ${overdueMs} ms after its deadline`);
        }
      },
    };
  },
};
