import { START, compareEntryIds, type BusEntry, type NewEntry } from '../../../src/ports/bus.ts';
import type { Happening } from '../happening.ts';
import type { InvariantKind } from './invariant.ts';

export const NOTHING_LOST: InvariantKind = {
  id: 'S3',
  says: 'what the bus acknowledged is in the stream until it was taken, but for what a crash of the bus itself lost',
  mirrorsBus: false,
  watch({ world, fail }) {
    let present = new Set<string>();
    const lost = new Set<string>();
    const cursors = new Map<number, string>();
    const add = (happening: Happening): void => {
      if (happening.kind === 'appended') for (const entry of happening.appended) present.add(keyOf(entry));
    };
    return {
      hear(happening) {
        add(happening);
        if (happening.kind === 'recovered') {
          for (const gone of happening.lost) if (gone.kind === 'appended') for (const entry of gone.appended) lost.add(keyOf(entry));
          present = new Set();
          cursors.clear();
          for (const kept of happening.kept) {
            add(kept);
            if (kept.kind === 'committed') cursors.set(kept.commit.shard, kept.commit.cursorTo);
          }
        }
        if (happening.kind === 'committed') cursors.set(happening.commit.shard, happening.commit.cursorTo);
        if (happening.kind !== 'trimmed') return;
        const cursor = cursors.get(happening.shard) ?? START;
        if (happening.dropped > 0 && compareEntryIds(happening.before, cursor) > 0)
          fail(`${happening.by} trims shard ${happening.shard} before ${happening.before}, the cursor is at ${cursor}`);
      },
      async ended() {
        const missing = world.fleet.acknowledged.filter((entry) => !present.has(keyOf(entry)) && !lost.has(keyOf(entry)));
        if (missing.length > 0) fail(`${missing.length} acknowledged observations are not in the streams, the first for ${missing[0]?.to}`);
      },
    };
  },
};

const keys = new WeakMap<Uint8Array, string>();

/** The receiver and the bytes: an observation has its source, incarnation and sequence in it. */
function keyOf({ to, body }: NewEntry | BusEntry): string {
  const known = keys.get(body);
  if (known !== undefined) return `${to} ${known}`;
  const key = Buffer.from(body).toString('latin1');
  keys.set(body, key);
  return `${to} ${key}`;
}
