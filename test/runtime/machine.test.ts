import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assign, cancel, createMachine, enqueueActions, raise, setup } from 'xstate';
import type { AnyMessage, Message } from '../../src/protocol/message.ts';
import type { Effect } from '../../src/runtime/behavior.ts';
import { execute, publish, send, setTimer } from '../../src/runtime/effects.ts';
import { effects, machineBehavior, type MachineEvent } from '../../src/runtime/machine.ts';

const machine = setup({
  types: {
    events: {} as MachineEvent,
    context: {} as { address: string; commands: number; window: Float64Array },
    input: {} as { address: string },
  },
  actions: {
    effects,
    ask: ({ context }) => execute('target.get', `ask-${context.commands}`, { pool: 'web' }, 99_000),
    tell: ({ context, event }) => [send('pse:web', 'control', { pool: 'web', command: 'pause', by: context.address, reason: event.type })],
    wrong: () => 17,
  },
}).createMachine({
  id: 'probe',
  context: ({ input }) => ({ address: input.address, commands: 0, window: new Float64Array(4) }),
  initial: 'idle',
  states: {
    idle: {
      on: {
        control: [
          { guard: ({ event }) => event.data.command === 'train', target: 'busy' },
          { guard: ({ event }) => event.data.command === 'pause', actions: 'tell' },
          {
            actions: assign(({ context }) => {
              context.window[context.commands % 4] = context.commands;
              return { commands: context.commands + 1 };
            }),
          },
        ],
        budget: {},
        plan: { actions: 'wrong' },
        heartbeat: { actions: raise({ type: 'timer.poll' } as unknown as MachineEvent, { id: 'poll', delay: 250 }) },
        feedback: { actions: cancel('poll') },
        decision: { target: 'loop' },
        'timer.poll': { actions: { type: 'effects', params: ({ event }) => [setTimer('poll', event.nowMs + 10)] } },
      },
    },
    busy: {
      entry: 'ask',
      after: { 5_000: 'idle' },
      on: {
        'effect.target.get.ok': 'finished',
        'effect.target.get.failed': { actions: enqueueActions(({ enqueue }) => enqueue('tell')) },
      },
    },
    loop: { always: 'pool' },
    pool: { always: 'loop' },
    finished: { type: 'final' },
  },
});

const behavior = machineBehavior({
  kind: 'probe',
  machine,
  input: (address) => ({ address }),
  freeze: ({ commands, window, address }) => ({ commands, window: window.slice(), address }),
  describe: ({ commands }) => ({ commands }),
});

function message<N extends AnyMessage['name']>(name: N, data: Message<N>['data']): AnyMessage {
  return { name, id: 'x', source: 'test', incarnation: 0, sequence: 0, timeMs: 0, data } as unknown as AnyMessage;
}
const control = (command: 'pause' | 'resume' | 'train') => message('control', { pool: 'web', command, by: 'me', reason: 'test' });
const start = () => behavior.start('probe:a', 1_000).state;

test('machine: a step changes the context, in place where the machine does so, and returns no effects when it wants none', () => {
  const first = behavior.step(start(), control('resume'), 2_000);
  const second = behavior.step(first.state, control('resume'), 2_001);
  assert.deepEqual(behavior.describe(second.state), { state: 'idle', commands: 2 });
  assert.deepEqual(second.effects, []);
  assert.equal(second.handled, true);
});

test('machine: actions return effects, and after becomes a durable timer that counts from the time of the step', () => {
  const { state, effects } = behavior.step(start(), control('train'), 7_000);
  const timer = 'xstate.after.5000.probe.busy';
  assert.deepEqual(effects, [
    { kind: 'execute', id: 'ask-0', executor: 'target.get', args: { pool: 'web' }, notAfterMs: 99_000 },
    { kind: 'set-timer', name: timer, dueAtMs: 12_000 },
  ]);
  const fired = behavior.step(state, message('timer-fired', { name: timer, version: 1, dueAtMs: 12_000 }), 12_500);
  assert.deepEqual(behavior.describe(fired.state)['state'], 'idle');
  assert.deepEqual(fired.effects, [{ kind: 'cancel-timer', name: timer }]);
});

test('machine: results of effects arrive as ok or failed, and a final state ends the actor', () => {
  const { state } = behavior.step(start(), control('train'), 0);
  const failed = behavior.step(state, message('effect-result', { effect: 'ask-0', executor: 'target.get', ok: false }), 1);
  assert.equal(failed.effects[0]?.kind, 'send');
  const ended = behavior.step(failed.state, message('effect-result', { effect: 'ask-0', executor: 'target.get', ok: true }), 2);
  assert.equal(ended.done, true);
});

test('machine: a message that no transition takes is unhandled; one that is ignored on purpose or only runs actions is handled', () => {
  const state = start();
  const beat = { node: 'n', atMs: 0, build: '', protocolVersion: 1, shards: [], actors: 0, eventLoopDelayMs: 0, ready: true };
  const grant = { pool: 'web', maxReplicas: 3, revision: 1, reason: 'test' };
  assert.equal(behavior.step(state, message('confirmation', {} as never), 0).handled, false);
  assert.equal(behavior.step(state, message('budget', grant), 0).handled, true);
  assert.equal(behavior.step(state, control('pause'), 0).handled, true);
  assert.equal(behavior.step(state, message('heartbeat', beat), 0).handled, true);
});

test('machine: a delayed raise and the effect set-timer are one thing, and cancel ends either', () => {
  const state = start();
  const raised = behavior.step(state, message('heartbeat', {} as never), 1_000).effects;
  assert.deepEqual(raised, [setTimer('poll', 1_250)]);
  const fired = behavior.step(state, message('timer-fired', { name: 'poll', version: 1, dueAtMs: 1_250 }), 1_300).effects;
  assert.deepEqual(fired, [setTimer('poll', 1_310)]);
  assert.deepEqual(behavior.step(state, message('feedback', {} as never), 0).effects, [{ kind: 'cancel-timer', name: 'poll' }]);
});

test('machine: frozen state thaws to a state that goes on the same', () => {
  const before = behavior.step(behavior.step(start(), control('resume'), 0).state, control('train'), 1).state;
  const after = behavior.thaw(structuredClone(behavior.freeze(before)), 'probe:a');
  assert.deepEqual(behavior.freeze(after), behavior.freeze(before));
  const result = message('effect-result', { effect: 'ask-1', executor: 'target.get', ok: true });
  assert.deepEqual(behavior.step(after, result, 5).done, true);
});

test('machine: a frozen state whose name is gone cannot be thawed', () => {
  assert.throws(() => behavior.thaw({ value: 'abolished', context: {} }, 'probe:a'), /abolished/);
});

test('machine: an endless cycle and a result that is no effect are errors of the step, and the next step is not hurt by them', () => {
  const state = start();
  assert.throws(() => behavior.step(state, message('decision', {} as never), 0), /Infinite loop/);
  assert.throws(() => behavior.step(state, message('plan', {} as never), 0), /not an effect/);
  assert.deepEqual(behavior.step(state, control('resume'), 0).effects, []);
});

test('machine: an error in the first context throws, and is not a state', () => {
  const failing = setup({}).createMachine({
    context: () => {
      throw new Error('no settings');
    },
  });
  assert.throws(() => machineBehavior({ kind: 'f', machine: failing, input: () => undefined }).start('f:1', 0), /no settings/);
});

test('machine: what would not survive a restart is refused when the behavior is made', () => {
  const invoking = createMachine({ invoke: { src: 'job' } });
  const history = setup({}).createMachine({ initial: 'a', states: { a: {}, h: { type: 'history' } } });
  assert.throws(() => machineBehavior({ kind: 'i', machine: invoking, input: () => undefined }), /invokes/);
  assert.throws(() => machineBehavior({ kind: 'h', machine: history, input: () => undefined }), /history/);
});

test('effects: constructors are data of the contract', () => {
  const published: Effect = publish('plans', 'control', { pool: 'p', command: 'pause', by: 'a', reason: 'b' });
  assert.equal(published.kind, 'publish');
});
