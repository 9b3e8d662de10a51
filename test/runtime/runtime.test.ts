/** The durable shell in virtual time, on the memory bus: what is committed survives, what is executed is answered. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { assign, setup } from 'xstate';
import { createKernel, type Kernel } from '../../sim/kernel/kernel.ts';
import { createMemoryBus } from '../../src/adapters/memory/bus.ts';
import type { Bus } from '../../src/ports/bus.ts';
import { silentLog } from '../../src/ports/log.ts';
import { silentMeter } from '../../src/ports/meter.ts';
import { shardOf } from '../../src/protocol/address.ts';
import { encodeMessage } from '../../src/protocol/codec.ts';
import type { Control } from '../../src/protocol/control.ts';
import { createMessage } from '../../src/protocol/create-message.ts';
import type { Behavior, Executor } from '../../src/runtime/behavior.ts';
import { execute, machineBehavior, send, setTimer, type MachineEvent } from '../../src/runtime/machine.ts';
import { createRuntime, type Runtime } from '../../src/runtime/runtime.ts';

interface Counts {
  taken: number;
  answers: number;
  ticks: number;
}

const none: Counts = { taken: 0, answers: 0, ticks: 0 };

/** Counts what it takes; `override` asks an executor, `pause` sets a timer, `train` throws, `resume` tells a neighbour. */
const machine = setup({
  types: { events: {} as MachineEvent, context: {} as Counts },
  actions: {
    take: assign(({ context }) => ({ taken: context.taken + 1 })),
    answered: assign(({ context }) => ({ answers: context.answers + 1 })),
    ticked: assign(({ context }) => ({ ticks: context.ticks + 1 })),
    ask: ({ context, event }) => execute('echo', `ask-${context.taken}`, {}, event.nowMs + 60_000),
    wait: ({ event }) => setTimer('tick', event.nowMs + 5_000),
    tell: () => send('probe:other', 'control', { pool: 'p', command: 'pause', by: 'probe', reason: 'told' }),
    fail: () => {
      throw new Error('poison');
    },
  },
}).createMachine({
  context: none,
  initial: 'on',
  states: {
    on: {
      on: {
        control: [
          { guard: ({ event }) => event.data.command === 'train', actions: 'fail' },
          { guard: ({ event }) => event.data.command === 'override', actions: ['take', 'ask'] },
          { guard: ({ event }) => event.data.command === 'pause', actions: ['take', 'wait'] },
          { actions: ['take', 'tell'] },
        ],
        'effect.echo.*': { actions: 'answered' },
        'timer.tick': { actions: 'ticked' },
      },
    },
  },
});

function probe(policy: Behavior['snapshot']): Behavior {
  return machineBehavior({
    kind: 'probe',
    machine,
    input: () => ({}),
    snapshot: policy,
    describe: (context) => ({ ...context }),
  }) as Behavior;
}

interface World {
  readonly kernel: Kernel;
  readonly bus: Bus;
  node(owner: string, echo?: Executor): Runtime;
  tell(command: Control['command'], sequence: number, to?: string): Promise<void>;
}

function world(policy: Behavior['snapshot'] = { policy: 'every-batch' }, seed = 1): World {
  const kernel = createKernel(seed, { startMs: 1_000_000 });
  const { clock } = kernel;
  const bus = createMemoryBus({ clock });
  return {
    kernel,
    bus,
    node: (owner, echo = () => Promise.resolve({ ok: true, value: 1 })) =>
      createRuntime({
        owner,
        bus,
        clock,
        random: kernel.random.fork(owner),
        log: silentLog,
        meter: silentMeter,
        behaviors: [probe(policy)],
        executors: { echo },
        settings: { restartsMax: 2 },
      }),
    tell: (command, sequence, to = 'probe:one') => {
      const data = { pool: 'p', command, by: 'test', reason: 'a test' };
      const message = createMessage('control', data, { source: 'test', incarnation: 1, sequence, timeMs: clock.nowMs() });
      const contentType = 'application/msgpack';
      return bus.append([{ shard: shardOf(to), to, contentType, body: encodeMessage(message, contentType), atMs: clock.nowMs() }]);
    },
  };
}

function stateOf(runtime: Runtime, address = 'probe:one'): unknown {
  return runtime.actors().find((actor) => actor.address === address)?.state;
}

async function run<T>(kernel: Kernel, work: Promise<T>, forMs = 1_000): Promise<T> {
  await kernel.runFor(forMs);
  return work;
}

for (const policy of [{ policy: 'every-batch' }, { policy: 'seldom', everyMessages: 1_000 }] as const) {
  test(`runtime: a new owner goes on where the crashed one stood (${policy.policy})`, async () => {
    const { kernel, node, tell } = world(policy);
    const first = node('a');
    await run(kernel, first.start());
    for (let i = 1; i <= 5; i += 1) await run(kernel, tell('resume', i), 50);
    await run(kernel, tell('pause', 6), 100);
    first.crash();
    const second = node('b');
    await run(kernel, second.start(), 10);
    assert.deepEqual(second.shards, [], 'the lease has not run out');
    await kernel.runFor(4_000);
    assert.equal(second.shards.length, 64);
    await run(kernel, tell('resume', 7), 100);
    assert.deepEqual(stateOf(second), { state: 'on', taken: 7, answers: 0, ticks: 0 });
    await kernel.runFor(5_000);
    assert.deepEqual(stateOf(second), { state: 'on', taken: 7, answers: 0, ticks: 1 }, 'the timer survived, once');
    await run(kernel, second.drain());
  });
}

test('runtime: repeats of a message are dropped, by whichever owner', async () => {
  const { kernel, node, tell } = world();
  const first = node('a');
  await run(kernel, first.start());
  await run(kernel, tell('resume', 1));
  await run(kernel, tell('resume', 1));
  await run(kernel, first.drain());
  const second = node('b');
  await run(kernel, second.start());
  await run(kernel, tell('resume', 1));
  await run(kernel, tell('resume', 2));
  assert.deepEqual(stateOf(second), { state: 'on', taken: 2, answers: 0, ticks: 0 });
});

test('runtime: an effect is answered once, and one that the owner did not finish is done by the next', async () => {
  const { kernel, node, tell } = world();
  let begun = 0;
  const hang: Executor = () => {
    begun += 1;
    return new Promise(() => {});
  };
  const first = node('a', hang);
  await run(kernel, first.start());
  await run(kernel, tell('override', 1));
  assert.equal(begun, 1);
  first.crash();
  const second = node('b');
  await run(kernel, second.start(), 5_000);
  await run(kernel, tell('resume', 2));
  assert.deepEqual(stateOf(second), { state: 'on', taken: 2, answers: 1, ticks: 0 });
});

test('runtime: messages between shards arrive once, in the other shard', async () => {
  const { kernel, node, tell } = world();
  const runtime = node('a');
  await run(kernel, runtime.start());
  for (let i = 1; i <= 3; i += 1) await run(kernel, tell('resume', i));
  assert.deepEqual(stateOf(runtime, 'probe:other'), { state: 'on', taken: 3, answers: 0, ticks: 0 });
});

test('runtime: a shard at work has the next batch read ahead, and disturbs no reader', async () => {
  const { kernel, bus, node, tell } = world();
  const runtime = node('a');
  await run(kernel, runtime.start());
  const shard = shardOf('probe:one');
  const reads = mock.method(bus, 'readAfter');
  const { commit } = bus;
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  mock.method(bus, 'commit').mock.mockImplementationOnce(async (what) => held.then(() => commit.call(bus, what)));
  for (let i = 1; i <= 3; i += 1) await run(kernel, tell('resume', i), 50);
  assert.equal(runtime.describe().shards[shard]?.backlog, 2, 'one in the commit, one ahead, one still in the stream');
  release();
  await kernel.runFor(50);
  assert.deepEqual(stateOf(runtime), { state: 'on', taken: 3, answers: 0, ticks: 0 });
  // Three entries of this shard, three of the one that is told; and once the shard was full.
  assert.ok(reads.mock.callCount() <= 8, `${reads.mock.callCount()} reads`);
});

test('runtime: a message that makes a step throw is buried, the rest goes on; too many and the actor is set aside', async () => {
  const { kernel, bus, node, tell } = world();
  const runtime = node('a');
  await run(kernel, runtime.start());
  await run(kernel, tell('resume', 1));
  await run(kernel, tell('train', 2));
  await run(kernel, tell('resume', 3));
  assert.deepEqual(stateOf(runtime), { state: 'on', taken: 2, answers: 0, ticks: 0 });
  const letters = await bus.readDeadLetters(shardOf('probe:one'), '0-0', 10);
  assert.deepEqual(
    letters.map(({ code, reason }) => [code, reason]),
    [['step-threw', 'poison']],
  );
  for (let i = 4; i <= 6; i += 1) await run(kernel, tell('train', i), 100);
  const [view] = runtime.actors().filter(({ address }) => address === 'probe:one');
  assert.equal(view?.status.kind, 'backing-off');
  await run(kernel, tell('resume', 7), 100);
  await kernel.runFor(10_000);
  assert.deepEqual(stateOf(runtime), { state: 'on', taken: 3, answers: 0, ticks: 0 }, 'what was parked was taken afterwards');
});

test('runtime: what cannot be decoded, and what nobody knows, is a dead letter; the cursor moves on', async () => {
  const { kernel, bus, node, tell } = world();
  const runtime = node('a');
  await run(kernel, runtime.start());
  const to = 'probe:one';
  await bus.append([{ shard: shardOf(to), to, contentType: 'application/json', body: new TextEncoder().encode('{"type":1'), atMs: 0 }]);
  await run(kernel, tell('resume', 1));
  await run(kernel, tell('resume', 1, 'ghost:x'));
  assert.deepEqual(stateOf(runtime), { state: 'on', taken: 1, answers: 0, ticks: 0 });
  assert.equal((await bus.readDeadLetters(shardOf(to), '0-0', 10))[0]?.code, 'broken-encoding');
  assert.equal((await bus.readDeadLetters(shardOf('ghost:x'), '0-0', 10))[0]?.code, 'unknown-kind');
});

test('runtime: an owner that was paused beyond its lease is fenced and gives up by itself', async () => {
  const { kernel, bus, node, tell } = world();
  const first = node('a');
  await run(kernel, first.start());
  await run(kernel, tell('resume', 1));
  const shard = shardOf('probe:one');
  const lease = (await bus.readLeases())[shard];
  assert.ok(lease);
  await bus.acquireLease(shard, 'thief', lease);
  await run(kernel, tell('resume', 2), 5_000);
  assert.ok(!first.shards.includes(shard) || (await bus.readLeases())[shard]?.owner === 'a', 'it lost the shard, or took it back properly');
  const now = (await bus.readLeases())[shard];
  assert.ok((now?.epoch ?? 0) > lease.epoch);
});

test('runtime: the same seed gives the same stored bytes', async () => {
  const bytes = async (): Promise<string> => {
    const { kernel, bus, node, tell } = world({ policy: 'every-batch' }, 7);
    const runtime = node('a');
    await run(kernel, runtime.start());
    for (let i = 1; i <= 9; i += 1) await run(kernel, tell((['resume', 'pause', 'override'] as const)[i % 3] ?? 'resume', i), 37);
    await run(kernel, runtime.drain());
    const [stored] = await bus.loadActors(shardOf('probe:one'), ['probe:one']);
    return Buffer.from(stored?.snapshot ?? new Uint8Array()).toString('hex');
  };
  assert.equal(await bytes(), await bytes());
});
