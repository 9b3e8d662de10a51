/** Batches of slow steps, on the machine's own clock: the event loop gets its turns between them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryBus } from '../../src/adapters/memory/bus.ts';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { createRandom } from '../../src/adapters/system/random.ts';
import { silentLog } from '../../src/ports/log.ts';
import { silentMeter } from '../../src/ports/meter.ts';
import { shardOf } from '../../src/protocol/address.ts';
import { encodeMessage } from '../../src/protocol/codec.ts';
import { createMessage } from '../../src/protocol/create-message.ts';
import type { Behavior, Step } from '../../src/runtime/behavior.ts';
import { createRuntime } from '../../src/runtime/runtime.ts';

const ACTORS = 32;
const MESSAGES = 16;
const STEP_MS = 1;

test('runtime: slow steps of many shards leave the event loop its turns', async () => {
  const clock = createSystemClock();
  const bus = createMemoryBus({ clock });
  let taken = 0;
  const step = (): Step<null> => ({ state: null, handled: true, effects: [], done: false });
  const slow: Behavior<null> = {
    kind: 'slow',
    version: 1,
    upcasters: {},
    snapshot: { policy: 'every-batch' },
    refuses: () => undefined,
    start: step,
    step: () => {
      const untilMs = clock.monotonicMs() + STEP_MS;
      while (clock.monotonicMs() < untilMs);
      taken += 1;
      return step();
    },
    freeze: () => null,
    thaw: () => null,
    describe: () => ({}),
  };
  const contentType = 'application/msgpack';
  const entries = Array.from({ length: ACTORS * MESSAGES }, (_, i) => {
    const to = `slow:${i % ACTORS}`;
    const sequence = 1 + Math.floor(i / ACTORS);
    const data = { pool: 'p', command: 'resume', by: 'test', reason: 'a test' } as const;
    const message = createMessage('control', data, { source: 'test', incarnation: 1, sequence, timeMs: 1 });
    return { shard: shardOf(to), to, contentType, body: encodeMessage(message, contentType), atMs: clock.nowMs() } as const;
  });
  await bus.append(entries);
  const runtime = createRuntime({
    owner: 'a',
    bus,
    clock,
    random: createRandom(1),
    log: silentLog,
    meter: silentMeter,
    behaviors: [slow],
    executors: {},
    settings: { sliceMs: 5, idleMs: 1_000 },
  });
  try {
    void runtime.start();
    // Turns are counted and not timed: a busy machine makes them longer, not fewer.
    let mostInOneTurn = 0;
    for (let before = 0, turns = 0; taken < entries.length && turns < 100_000; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      mostInOneTurn = Math.max(mostInOneTurn, taken - before);
      before = taken;
    }
    assert.equal(taken, entries.length);
    // Each shard takes one step before it looks at the time, and again after a commit.
    assert.ok(mostInOneTurn <= 2 * ACTORS + 16, `${mostInOneTurn} steps in one turn`);
  } finally {
    runtime.crash();
    await bus.close();
  }
});
