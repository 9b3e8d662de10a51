import { STRANGER } from '../litter.ts';
import type { InvariantKind } from './invariant.ts';

export const ACCOUNTING: InvariantKind = {
  id: 'S8',
  says: 'every message is applied, dropped as a repeat, or a dead letter: nonsense is buried with the right reason, and nothing else is',
  mirrorsBus: true,
  watch({ world, fail }) {
    const expected: string[] = [];
    return {
      hear(happening) {
        if (happening.kind === 'appended' && happening.by.startsWith(STRANGER)) {
          const code = happening.by.slice(STRANGER.length);
          if (code !== 'none') expected.push(code);
        }
        // Real actors never throw: one that does has met something nobody thought of.
        if (happening.kind === 'committed') {
          const thrown = happening.commit.deadLetters.find(({ code }) => code === 'step-threw');
          if (thrown !== undefined) fail(`a step of ${thrown.entry.to} threw at ${thrown.entry.id}: ${thrown.reason}`);
        }
      },
      async ended() {
        const found: string[] = [];
        for (const shard of world.shards) {
          for (const { code } of await world.server.store.readDeadLetters(shard, '0-0', 10_000)) found.push(code);
        }
        const [wanted, got] = [expected.sort().join(', '), found.sort().join(', ')];
        if (wanted !== got) fail(`the dead letters are [${got}], the nonsense that was written makes [${wanted}]`);
      },
    };
  },
};
