import { writesOf } from '../decisions.ts';
import type { InvariantKind } from './invariant.ts';

export const GENERATIONS: InvariantKind = {
  id: 'S4',
  says: 'generations rise strictly at the target, each takes effect once, and only what was committed by an owner is written',
  mirrorsBus: false,
  watch({ fail }) {
    const last = new Map<string, number>();
    const decided = new Set<string>();
    return {
      hear(happening) {
        for (const { pool, generation, replicas } of writesOf(happening)) decided.add(`${pool}/${generation}/${replicas}`);
        if (happening.kind !== 'wrote') return;
        const { pool, generation, replicas } = happening.request;
        const before = last.get(pool) ?? 0;
        if (generation === before) fail(`generation ${generation} of ${pool} took effect twice, now by ${happening.by}`);
        if (generation < before)
          fail(`generation ${generation} of ${pool} took effect by ${happening.by} after ${before}: a superseded write`);
        last.set(pool, Math.max(before, generation));
        if (!decided.has(`${pool}/${generation}/${replicas}`))
          fail(`${happening.by} wrote ${replicas} replicas of ${pool} as generation ${generation}, which no owner had committed`);
      },
    };
  },
};
