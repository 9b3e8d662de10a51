import type { InvariantKind } from './invariant.ts';

/** Far above what the load leads to. */
const STREAM_MAX = 4_000;
const EFFECTS_MAX = 200;

export const SIZE: InvariantKind = {
  id: 'S9',
  says: 'streams, outboxes and what nodes have in hand stay within bounds',
  mirrorsBus: true,
  watch({ world, fail }) {
    const lengths = new Map<number, number>();
    const grow = (shard: number, by: number): void => {
      const length = (lengths.get(shard) ?? 0) + by;
      lengths.set(shard, length);
      if (length > STREAM_MAX) fail(`the stream of shard ${shard} holds ${length} entries`);
    };
    const checkNodes = async (): Promise<void> => {
      for (const { name, node } of world.cluster.running) {
        if (node.runtime.pendingEffects > EFFECTS_MAX) fail(`${name} has ${node.runtime.pendingEffects} effects in hand`);
      }
    };
    return {
      hear(happening) {
        if ('appended' in happening) for (const { shard } of happening.appended) grow(shard, 1);
        if (happening.kind === 'trimmed') grow(happening.shard, -happening.dropped);
      },
      recovered: checkNodes,
      settled: checkNodes,
    };
  },
};
