import { isDeepStrictEqual } from 'node:util';
import { unpack } from 'msgpackr';
import { compareEntryIds, START, type BusEntry, type EntryId, type StoredActor } from '../../../src/ports/bus.ts';
import { plan } from '../../../src/planning/plan.ts';
import { CleanRoom } from '../clean-room.ts';
import { decisionsOf } from '../decisions.ts';
import type { InvariantKind } from './invariant.ts';

/** More than any run appends to one shard. */
const ENTRIES_MAX = 100_000;

export const REPLAY: InvariantKind = {
  id: 'S11',
  says: 'every decision can be planned again, and every actor is what its stream alone makes of it, each message taken once',
  mirrorsBus: true,
  watch({ world, fail }) {
    const streams = new Map<number, BusEntry[]>();
    const cursors = new Map<number, EntryId>();
    /** Entries that are left of a shard since an actor was stored, up to the cursor. */
    const since = async (shard: number, { snapshotCursor: after }: StoredActor, cursor: EntryId): Promise<readonly BusEntry[]> => {
      const [left] = await world.server.store.readAfter([{ shard, after }], ENTRIES_MAX, 0);
      return (left?.entries ?? []).filter(({ id }) => compareEntryIds(id, cursor) <= 0);
    };
    return {
      hear(happening) {
        if ('appended' in happening) {
          for (const entry of happening.appended) {
            const stream = streams.get(entry.shard);
            if (stream === undefined) streams.set(entry.shard, [entry]);
            else stream.push(entry);
          }
        }
        if (happening.kind === 'committed') cursors.set(happening.commit.shard, happening.commit.cursorTo);
        for (const decision of decisionsOf(happening)) {
          const settings = world.pools.find(({ pool }) => pool === decision.plan.pool)?.planner;
          if (settings === undefined) fail(`${decision.plan.id} is of no pool`);
          else if (!isDeepStrictEqual(plan(decision.inputs, settings).plan, decision.plan))
            fail(`${decision.plan.id} comes out differently when it is planned again`);
        }
      },
      async ended() {
        const room = new CleanRoom(world.builds.latest);
        for (const [shard, stream] of streams) {
          const cursor = cursors.get(shard) ?? START;
          room.take(stream, cursor);
          const stored = await world.server.store.loadActors(shard, [...room.addresses]);
          for (const [index, address] of [...room.addresses].entries()) {
            const actor = stored[index];
            if (actor === undefined) fail(`nothing is stored of ${address}`);
            // Whom nobody needed since its last owner died was not put away: what is left of its stream is replayed, as an owner would.
            else if (
              !isDeepStrictEqual(
                unpack(room.seal(address)),
                unpack(room.rebuild(address, actor.snapshot, await since(shard, actor, cursor))),
              )
            )
              fail(`${address} is not what its stream makes of it`);
          }
          const letters = await world.server.store.readDeadLetters(shard, '0-0', 10_000);
          const found = letters.map(({ entry, code }) => `${entry.id} ${code}`).join(', ');
          if (found !== room.deadLetters.join(', '))
            fail(`the dead letters of shard ${shard} are [${found}], its stream makes [${room.deadLetters.join(', ')}]`);
        }
      },
    };
  },
};
