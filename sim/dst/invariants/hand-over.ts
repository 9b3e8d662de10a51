import { RUNTIME_DEFAULTS } from '../../../src/runtime/settings.ts';
import type { InvariantKind } from './invariant.ts';

/** From the release of a shard to its next owner, milliseconds, while all is well. */
const GAP_MAX_MS = 500;

export const HAND_OVER: InvariantKind = {
  id: 'S14',
  says: 'while all is well, what one node hands over another has taken half a second later',
  mirrorsBus: true,
  watch({ nowMs, fail }) {
    /** When each shard that nobody holds was released. */
    const free = new Map<number, number>();
    let healedMs = Number.POSITIVE_INFINITY;
    let isOver = false;
    return {
      hear(happening) {
        if (happening.kind === 'healed') healedMs = nowMs();
        if (happening.kind !== 'lease' || isOver) return;
        const { shard, what, by } = happening;
        const releasedMs = free.get(shard);
        free.delete(shard);
        // What was released before the nodes knew each other again has to wait until they do.
        const isWell = nowMs() - healedMs > RUNTIME_DEFAULTS.leaseMs;
        if (what === 'released' && isWell) free.set(shard, nowMs());
        if (what === 'acquired' && releasedMs !== undefined && nowMs() - releasedMs > GAP_MAX_MS)
          fail(`shard ${shard} was nobody’s for ${Math.round(nowMs() - releasedMs)} ms before ${by} took it`);
      },
      async settled() {
        isOver = true;
        const [shard, sinceMs] = [...free][0] ?? [];
        if (sinceMs !== undefined && nowMs() - sinceMs > GAP_MAX_MS) fail(`shard ${shard} is nobody’s since ${nowMs() - sinceMs} ms`);
      },
    };
  },
};
