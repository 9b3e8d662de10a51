import { decisionsOf } from '../decisions.ts';
import type { InvariantKind } from './invariant.ts';

export const NO_LOOK_AHEAD: InvariantKind = {
  id: 'S10',
  says: 'a decision is made from intervals that had ended at its time',
  mirrorsBus: false,
  watch: ({ fail }) => ({
    hear(happening) {
      for (const { plan, inputs } of decisionsOf(happening)) {
        const { report } = inputs;
        if (report !== null && report.originMs + report.intervalMs > plan.atMs)
          fail(`${plan.id} was made from an interval that ends ${report.originMs + report.intervalMs - plan.atMs} ms after it`);
      }
    },
  }),
};
