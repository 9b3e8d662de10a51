import { START, compareEntryIds } from '../../../src/ports/bus.ts';
import { Wanted } from '../wanted.ts';
import { disturbanceOf } from './disturbance.ts';
import type { InvariantKind } from './invariant.ts';

/** An entry may be this old before it was taken, milliseconds. */
const LAG_MAX_MS = 3_000;

export const RECOVERY: InvariantKind = {
  id: 'S12',
  says: 'once all faults are over every shard is owned and read to its end, the target has what is wanted, and it is quiet',
  mirrorsBus: true,
  watch({ world, nowMs, fail }) {
    const cursors = new Map<number, string>();
    const newest = new Map<number, { readonly id: string; readonly atMs: number }[]>();
    const wanted = new Wanted();
    let disturbances: string[] = [];
    const checkOwned = async (): Promise<void> => {
      const running = new Set(world.cluster.running.map(({ name }) => name));
      for (const shard of world.shards) {
        const { owner } = await world.server.leaseOf(shard);
        if (!running.has(owner)) fail(`shard ${shard} is held by ${owner === '' ? 'nobody' : `${owner}, which is gone`}`);
        const late = newest
          .get(shard)
          ?.find(({ id, atMs }) => compareEntryIds(id, cursors.get(shard) ?? START) > 0 && nowMs() - atMs > LAG_MAX_MS);
        if (late !== undefined) fail(`entry ${late.id} of shard ${shard} has waited for ${nowMs() - late.atMs} ms`);
      }
    };
    return {
      hear(happening) {
        if (happening.kind === 'committed') {
          const { shard, cursorTo } = happening.commit;
          cursors.set(shard, cursorTo);
          newest.set(
            shard,
            (newest.get(shard) ?? []).filter(({ id }) => compareEntryIds(id, cursorTo) > 0),
          );
        }
        if ('appended' in happening) {
          for (const { shard, id } of happening.appended) {
            const waiting = newest.get(shard) ?? [];
            waiting.push({ id, atMs: nowMs() });
            newest.set(shard, waiting);
          }
        }
        wanted.hear(happening);
        const disturbance = disturbanceOf(happening);
        if (disturbance !== undefined) disturbances.push(disturbance);
      },
      async recovered() {
        await checkOwned();
        disturbances = [];
      },
      async settled() {
        await checkOwned();
        if (disturbances.length > 0) fail(`it is not quiet after healing: ${disturbances[0]}, and ${disturbances.length - 1} more`);
        for (const [pool, replicas] of wanted.replicas) {
          const { requestedReplicas } = world.targets.state(pool);
          // What is being given back just now is there or not yet; that the action ends is S6.
          const isWanted = requestedReplicas === replicas || requestedReplicas === wanted.goingBack.get(pool);
          if (!isWanted) fail(`${pool} is at ${requestedReplicas}, wanted are ${replicas}`);
        }
      },
    };
  },
};
