import { compareEntryIds } from '../../../src/ports/bus.ts';
import type { InvariantKind } from './invariant.ts';

export const CURSOR: InvariantKind = {
  id: 'S2',
  says: 'each batch begins where the one before ended, so that an entry is applied once and in order',
  mirrorsBus: false,
  watch: ({ fail }) => ({
    hear(happening) {
      if (happening.kind !== 'committed') return;
      const { by, commit, cursorBefore } = happening;
      const { shard, cursorFrom, cursorTo } = commit;
      if (cursorFrom !== cursorBefore) fail(`${by} commits shard ${shard} from ${cursorFrom}, the cursor is at ${cursorBefore}`);
      if (compareEntryIds(cursorTo, cursorFrom) < 0)
        fail(`${by} moves the cursor of shard ${shard} back from ${cursorFrom} to ${cursorTo}`);
    },
  }),
};
