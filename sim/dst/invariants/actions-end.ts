import { decisionsOf, feedbackOf } from '../decisions.ts';
import { actionAddress } from '../../../src/protocol/address.ts';
import type { InvariantKind } from './invariant.ts';

export const ACTIONS_END: InvariantKind = {
  id: 'S6',
  says: 'every action ends: succeeded, superseded, failed with a reason, or rolled back',
  mirrorsBus: true,
  watch({ fail }) {
    const open = new Set<string>();
    return {
      hear(happening) {
        // Told first: an action may be decided and end within one commit.
        for (const { action } of decisionsOf(happening)) if (action !== null) open.add(action);
        for (const { pool, generation, reason, outcome } of feedbackOf(happening)) {
          const action = actionAddress(pool, generation);
          if (!open.delete(action)) fail(`${action} ended twice, or was never decided (${outcome}: ${reason})`);
        }
      },
      async ended() {
        if (open.size > 0) fail(`${open.size} actions never ended, the first is ${[...open][0]}`);
      },
    };
  },
};
