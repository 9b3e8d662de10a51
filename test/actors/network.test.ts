/** The life of a shared network, from windows to use, on a stage with the real compute. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkBehavior } from '../../src/actors/network.ts';
import { plaBehavior } from '../../src/actors/pla.ts';
import { createInlineCompute } from '../../src/adapters/compute/inline-compute.ts';
import { networkAddress } from '../../src/protocol/address.ts';
import { packValues, unpackValues, type NetworkModel, type NetworkWindow } from '../../src/protocol/network.ts';
import type { LessonNews, LessonOrder } from '../../src/ports/compute.ts';
import type { Behavior, ExecuteEffect, ExecutorResult } from '../../src/runtime/behavior.ts';
import { MINUTE_MS, pool, rulesFor, START_MS } from './fixtures.ts';
import { observation } from './observations.ts';
import { createStage, type Stage } from './stage.ts';

const HOUR_MS = 60 * MINUTE_MS;
const settings = pool({ network: { cell: 'lstm', units: 8, steps: 12, windowsMax: 400, epochsMax: 2 } });
const rulesOf = rulesFor(settings);
const network = rulesOf('web')?.network;
const NET = networkAddress(settings.intervalMs, settings.horizonsMs);
const hash = (digit: string): string => digit.repeat(64);
const news = (digit: string): LessonNews => ({
  hash: hash(digit),
  windows: 400,
  epochs: 2,
  lossBefore: 0.2,
  lossAfter: 0.1,
  durationMs: 5,
});

const quiet = () => ({ state: null, handled: true, effects: [], done: false });

/** An actor that hears everything and does nothing. */
function earsOf(kind: string): Behavior {
  const nothing = { freeze: () => null, thaw: () => null, describe: () => ({}), refuses: () => undefined };
  return { kind, version: 1, upcasters: {}, snapshot: { policy: 'every-batch' }, start: quiet, step: quiet, ...nothing };
}

/** The trainer alone; analyzers only hear. */
function trainerStage(answer: (order: LessonOrder, effect: ExecuteEffect) => ExecutorResult | undefined) {
  const orders: LessonOrder[] = [];
  const stage = createStage(
    [networkBehavior((address) => (address === NET ? network : undefined)), earsOf('pla')],
    (effect) => {
      orders.push(effect.args as LessonOrder);
      return answer(effect.args as LessonOrder, effect);
    },
    START_MS,
  );
  return { stage, orders };
}

const window = (given: Partial<NetworkWindow> = {}): NetworkWindow => ({
  pool: 'web',
  producer: null,
  cause: 'schedule',
  network: null,
  intervalMs: MINUTE_MS,
  series: [{ resource: 'requests', startMs: START_MS, values: packValues([1, Number.NaN, 3]) }],
  ...given,
});

const tell = (stage: Stage, given: Partial<NetworkWindow> = {}): void => stage.tell(NET, 'network-window', window(given));
const told = (stage: Stage): NetworkModel[] =>
  stage.sent.filter(({ name }) => name === 'network-model').map(({ data }) => data as NetworkModel);

test('network: is trained once windows are there, then hourly from what it has, and users hear of each better one', () => {
  const digits = ['a', 'b', 'b'];
  const { stage, orders } = trainerStage(() => ({ ok: true, value: news(digits[orders.length - 1] ?? 'f') }));
  tell(stage);
  stage.pass(HOUR_MS / 4);
  assert.equal(orders.length, 1);
  assert.equal(orders[0]?.startHash, null);
  assert.deepEqual([...unpackValues(orders[0]?.series[0]?.values ?? '')], [1, Number.NaN, 3]);
  assert.deepEqual(
    told(stage).map((one) => [one.network, one.version]),
    [[hash('a'), 1]],
  );
  stage.pass(3 * HOUR_MS);
  assert.equal(orders.length, 1, 'nothing new since: nothing to learn');
  stage.restart();
  tell(stage, { network: hash('a') });
  assert.equal(orders.length, 2);
  assert.equal(orders[1]?.startHash, hash('a'));
  assert.notEqual(orders[1]?.seed, orders[0]?.seed);
  assert.equal(told(stage).length, 2);
  tell(stage, { network: hash('b') });
  stage.pass(HOUR_MS - 1);
  assert.equal(orders.length, 2, 'an hour between trainings');
  stage.pass(1);
  assert.equal(orders.length, 3);
  assert.equal(told(stage).length, 2, 'one that is not better is not told');
  assert.deepEqual(stage.unhandled, []);
});

test('network: drift trains early, and whoever lags behind hears at once', () => {
  const { stage, orders } = trainerStage(() => ({ ok: true, value: news('a') }));
  tell(stage);
  stage.pass(HOUR_MS / 2);
  tell(stage);
  assert.equal(told(stage).length, 2, 'it said that it has none');
  tell(stage, { network: hash('a') });
  assert.equal(orders.length, 1);
  tell(stage, { network: hash('a'), cause: 'drift' });
  assert.equal(orders.length, 2);
  assert.equal(told(stage).length, 2);
});

test('network: a training that fails is tried again after growing pauses, and the network that is there stays', () => {
  let fails = false;
  const { stage, orders } = trainerStage(() =>
    fails ? { ok: false, error: { code: 'training-failed', message: 'too few windows' } } : { ok: true, value: news('a') },
  );
  tell(stage);
  stage.pass(2 * HOUR_MS);
  fails = true;
  tell(stage, { network: hash('a') });
  assert.equal(orders.length, 2);
  assert.equal(stage.describe(NET)?.['problem'], 'too few windows');
  assert.equal((stage.describe(NET)?.['network'] as NetworkModel | undefined)?.network, hash('a'));
  stage.pass(HOUR_MS);
  assert.equal(orders.length, 4, 'after 10 and 20 more minutes');
  fails = false;
  stage.pass(HOUR_MS);
  assert.equal(stage.describe(NET)?.['problem'], null);
});

test('network: keeps the windows of the analyzers heard last, and no more than it may', () => {
  const behavior = networkBehavior(() => network);
  let { state } = behavior.start(NET, START_MS);
  for (let i = 0; i < 200; i += 1) {
    const data = window({ producer: `p${i}` });
    const message = { name: 'network-window', id: String(i), source: 'x', incarnation: 0, sequence: 0, timeMs: START_MS, data } as const;
    ({ state } = behavior.step(state, message, START_MS));
  }
  const { sources, users } = behavior.describe(behavior.thaw(structuredClone(behavior.freeze(state)), NET));
  assert.deepEqual({ sources, users }, { sources: 64, users: 200 });
  assert.match(networkBehavior(() => undefined).refuses('net:1-2') ?? '', /No pool/);
});

test('network: an analyzer gives its windows, loads what it hears of, keeps it over a restart, and asks for nothing twice', async () => {
  const compute = createInlineCompute();
  const held: ExecuteEffect[] = [];
  const behaviors = [networkBehavior((address) => (address === NET ? network : undefined)), plaBehavior(rulesOf, compute.open)];
  const stage = createStage(
    [...behaviors, earsOf('pse')],
    (effect) => {
      if (effect.executor === 'compute.train') return { ok: true, value: { version: 1, ok: true, durationMs: 1, models: [] } };
      held.push(effect);
      return undefined;
    },
    START_MS,
  );
  for (let i = 0; i < 240; i += 1) {
    const startMs = stage.nowMs();
    stage.pass(MINUTE_MS);
    stage.tell('pla:web/p0', 'observation', observation(settings, 'p0', startMs, 500 + 200 * Math.sin(i / 10)));
  }
  const lesson = held.find(({ executor }) => executor === 'network.learn');
  assert.ok(lesson !== undefined);
  const { startHash: _none, ...job } = lesson.args as LessonOrder;
  const result = await compute.learn({ ...job, windowsMax: 400, start: null });
  // An hour of values makes few windows; that is said, not repaired.
  assert.ok(!result.ok && /windows/.test(result.error));
  const more = await compute.learn({ ...job, series: Array.from({ length: 20 }, () => job.series).flat(), start: null });
  assert.ok(more.ok, JSON.stringify(more));
  stage.tell(NET, 'effect-result', { effect: lesson.id, executor: 'network.learn', ok: true, value: news('a') });
  const load = held.at(-1);
  assert.equal(load?.executor, 'network.load');
  stage.tell('pla:web/p0', 'effect-result', {
    effect: load?.id ?? '',
    executor: 'network.load',
    ok: true,
    value: { hash: hash('a'), network: more.network },
  });
  assert.equal(stage.describe('pla:web/p0')?.['network'], hash('a'));
  stage.restart();
  assert.equal(stage.describe('pla:web/p0')?.['network'], hash('a'));
  const before = held.length;
  stage.tell('pla:web/p0', 'network-model', { network: hash('a'), version: 1, trainedAtMs: START_MS, loss: 0.1 });
  assert.equal(held.length, before);
  stage.tell('pla:web/p0', 'network-model', { network: hash('b'), version: 2, trainedAtMs: START_MS, loss: 0.1 });
  assert.equal(held.length, before + 1);
  stage.tell('pla:web/p0', 'effect-result', {
    effect: held.at(-1)?.id ?? '',
    executor: 'network.load',
    ok: true,
    value: { hash: hash('b'), network: '{}' },
  });
  assert.equal(stage.describe('pla:web/p0')?.['network'], hash('a'), 'what is no network is not used');
  assert.deepEqual(stage.unhandled, []);
});
