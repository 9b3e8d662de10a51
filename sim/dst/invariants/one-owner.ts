import type { InvariantKind } from './invariant.ts';

export const ONE_OWNER: InvariantKind = {
  id: 'S1',
  says: 'an epoch of a shard has one owner, and epochs in a shard’s log never fall',
  mirrorsBus: false,
  watch({ fail }) {
    const owners = new Map<string, string>();
    const last = new Map<number, number>();
    const check = (by: string, shard: number, epoch: number, what: string): void => {
      const key = `${shard}/${epoch}`;
      const owner = owners.get(key) ?? by;
      owners.set(key, owner);
      if (owner !== by) fail(`${by} ${what} shard ${shard} in epoch ${epoch}, which is ${owner}’s`);
      const highest = last.get(shard) ?? 0;
      if (epoch < highest) fail(`${by} ${what} shard ${shard} in epoch ${epoch} after epoch ${highest}`);
      last.set(shard, Math.max(highest, epoch));
    };
    return {
      hear(happening) {
        if (happening.kind === 'lease') check(happening.by, happening.shard, happening.epoch, happening.what);
        if (happening.kind === 'committed') check(happening.by, happening.commit.shard, happening.commit.epoch, 'commits');
        if (happening.kind === 'fired') check(happening.by, happening.shard, happening.epoch, 'fires timers of');
        if (happening.kind === 'completed') check(happening.by, happening.shard, happening.epoch, 'completes effects of');
      },
    };
  },
};
