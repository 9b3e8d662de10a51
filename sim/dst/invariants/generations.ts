import type { Happening } from '../happening.ts';
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
        if (happening.kind === 'committed') for (const key of writesOf(happening)) decided.add(key);
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

function writesOf({ commit }: Extract<Happening, { readonly kind: 'committed' }>): readonly string[] {
  return commit.effects
    .filter(({ executor }) => executor === 'target.scale')
    .map(({ args }) => {
      const { pool, generation, replicas } = args as { readonly pool: string; readonly generation: number; readonly replicas: number };
      return `${pool}/${generation}/${replicas}`;
    });
}
