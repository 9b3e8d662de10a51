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

interface Shop {
  readonly addresses: readonly string[];
  readonly messages: number;
  /** What its steps and its freezing take, milliseconds. */
  readonly stepMs: number;
  readonly freezeMs: number;
  /** Whether all are rebuilt by a replay of their messages then, by a node of the same name. Default false. */
  readonly isReplayed?: boolean;
}

/** Actors take messages until all are taken. Resolves with the most steps and the most freezings in one turn of the event loop. */
async function mostInOneTurn({
  addresses,
  messages,
  stepMs,
  freezeMs,
  isReplayed = false,
}: Shop): Promise<{ readonly steps: number; readonly frozen: number }> {
  const clock = createSystemClock();
  const bus = createMemoryBus({ clock });
  const done = { steps: 0, frozen: 0 };
  const spend = (ms: number): void => {
    const untilMs = clock.monotonicMs() + ms;
    while (clock.monotonicMs() < untilMs);
  };
  const step = (): Step<null> => ({ state: null, handled: true, effects: [], done: false });
  const slow: Behavior<null> = {
    kind: 'slow',
    version: 1,
    upcasters: {},
    snapshot: isReplayed ? { policy: 'seldom', everyMessages: 1_000_000 } : { policy: 'every-batch' },
    refuses: () => undefined,
    start: step,
    step: () => {
      spend(stepMs);
      done.steps += 1;
      return step();
    },
    freeze: () => {
      spend(freezeMs);
      done.frozen += 1;
      return null;
    },
    thaw: () => null,
    describe: () => ({}),
  };
  const contentType = 'application/msgpack';
  let sequence = 0;
  const tellAll = (rounds: number) =>
    bus.append(
      Array.from({ length: addresses.length * rounds }, (_, i) => {
        const to = addresses[i % addresses.length] ?? '';
        if (i % addresses.length === 0) sequence += 1;
        const data = { pool: 'p', command: 'resume', by: 'test', reason: 'a test' } as const;
        const message = createMessage('control', data, { source: 'test', incarnation: 1, sequence, timeMs: 1 });
        return { shard: shardOf(to), to, contentType, body: encodeMessage(message, contentType), atMs: clock.nowMs() };
      }),
    );
  const start = () => {
    const settings = { sliceMs: 5, idleMs: 1_000 };
    const shared = { owner: 'a', bus, clock, random: createRandom(1), log: silentLog, meter: silentMeter, settings };
    const runtime = createRuntime({ ...shared, behaviors: [slow], executors: {} });
    void runtime.start();
    return runtime;
  };
  // Turns are counted and not timed: a busy machine makes them longer, not fewer.
  const most = { steps: 0, frozen: 0 };
  const untilDone = async (steps: number, frozen: number): Promise<void> => {
    let before = { ...done };
    for (let turns = 0; (done.steps < steps || done.frozen < frozen) && turns < 100_000; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      most.steps = Math.max(most.steps, done.steps - before.steps);
      most.frozen = Math.max(most.frozen, done.frozen - before.frozen);
      before = { ...done };
    }
    assert.equal(done.steps, steps);
  };
  let runtime = start();
  try {
    if (isReplayed) {
      // Their first snapshots are of the first message.
      await tellAll(1);
      await untilDone(addresses.length, addresses.length);
    }
    const before = done.steps;
    await tellAll(messages);
    await untilDone(before + addresses.length * messages, addresses.length);
    if (!isReplayed) return most;
    runtime.crash();
    runtime = start();
    await tellAll(1);
    await untilDone(before + addresses.length * (2 * messages + 1), addresses.length);
    return most;
  } finally {
    runtime.crash();
    await bus.close();
  }
}

test('runtime: slow steps of many shards leave the event loop its turns', async () => {
  const addresses = Array.from({ length: ACTORS }, (_, i) => `slow:${i}`);
  const { steps } = await mostInOneTurn({ addresses, messages: MESSAGES, stepMs: 1, freezeMs: 0 });
  // Each shard takes one step before it looks at the time, and again after a commit.
  assert.ok(steps <= 2 * ACTORS + 16, `${steps} steps in one turn`);
});

test('runtime: the snapshots of one commit leave the event loop its turns', async () => {
  const addresses = Array.from({ length: 64 * ACTORS }, (_, i) => `slow:${i}`).filter((address) => shardOf(address) === 0);
  assert.ok(addresses.length > 20);
  const { frozen } = await mostInOneTurn({ addresses, messages: 1, stepMs: 0, freezeMs: 1 });
  assert.ok(frozen <= 8, `${frozen} snapshots of ${addresses.length} in one turn`);
});

test('runtime: the replays of many shards leave the event loop its turns', async () => {
  const addresses = Array.from({ length: ACTORS }, (_, i) => `slow:${i}`);
  const { steps } = await mostInOneTurn({ addresses, messages: MESSAGES, stepMs: 1, freezeMs: 0, isReplayed: true });
  assert.ok(steps <= 2 * ACTORS + 16, `${steps} steps in one turn`);
});
