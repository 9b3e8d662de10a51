import { isDeepStrictEqual } from 'node:util';
import { unpack } from 'msgpackr';
import type { BusEntry, EntryId } from '../../../src/ports/bus.ts';
import { plan } from '../../../src/planning/plan.ts';
import { CleanRoom } from '../clean-room.ts';
import { decisionsOf } from '../decisions.ts';
import type { InvariantKind } from './invariant.ts';

export const REPLAY: InvariantKind = {
  id: 'S11',
  says: 'every decision can be planned again, and every actor is what its stream alone makes of it, each message taken once',
  mirrorsBus: true,
  watch({ world, fail }) {
    const streams = new Map<number, BusEntry[]>();
    const cursors = new Map<number, EntryId>();
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
          room.take(stream, cursors.get(shard));
          const stored = await world.server.store.loadActors(shard, [...room.addresses]);
          for (const [index, address] of [...room.addresses].entries()) {
            const bytes = stored[index]?.snapshot;
            if (bytes === undefined) fail(`nothing is stored of ${address}`);
            else if (!isDeepStrictEqual(unpack(room.seal(address)), unpack(room.renew(address, bytes))))
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
