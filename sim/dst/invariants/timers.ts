import type { StoredTimer } from '../../../src/ports/bus.ts';
import type { InvariantKind } from './invariant.ts';

/** A timer that is due waits this long at the most once all is well, milliseconds. */
const LATE_MAX_MS = 5_000;

export const TIMERS: InvariantKind = {
  id: 'S7',
  says: 'timers fire at or after their time, never twice for one version, and none is lost',
  mirrorsBus: true,
  watch({ fail, nowMs }) {
    const timers = new Map<string, StoredTimer>();
    const fired = new Set<string>();
    const checkLate = (): void => {
      for (const { address, name, dueAtMs } of timers.values()) {
        if (nowMs() - dueAtMs > LATE_MAX_MS) fail(`the timer ${name} of ${address} is ${nowMs() - dueAtMs} ms late`);
      }
    };
    return {
      hear(happening) {
        if (happening.kind === 'committed') {
          const { timersCancelled, timersSet, actors } = happening.commit;
          for (const { address, name, version } of timersCancelled) {
            const known = timers.get(`${address} ${name}`);
            if (known !== undefined && known.version <= version) timers.delete(`${address} ${name}`);
          }
          for (const timer of timersSet) timers.set(`${timer.address} ${timer.name}`, timer);
          const removed = new Set(actors.filter(({ snapshot }) => snapshot === null).map(({ address }) => address));
          for (const [key, { address }] of timers) if (removed.has(address)) timers.delete(key);
        }
        if (happening.kind !== 'fired') return;
        const told = new Set(happening.appended.map(({ to }) => to));
        for (const { address, name, version, entry } of happening.timers) {
          const known = timers.get(`${address} ${name}`);
          if (known?.version !== version || !told.has(address)) continue;
          timers.delete(`${address} ${name}`);
          const once = `${address} ${name} ${version}`;
          if (fired.has(once)) fail(`the timer ${name} of ${address} fired twice in version ${version}`);
          fired.add(once);
          if (entry.atMs < known.dueAtMs) fail(`the timer ${name} of ${address} fired ${known.dueAtMs - entry.atMs} ms too early`);
        }
      },
      recovered: async () => checkLate(),
      settled: async () => checkLate(),
    };
  },
};
