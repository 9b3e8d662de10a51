/**
 * The trainer of the network that all pools with equal interval and horizons share: it gathers windows from their analyzers, has a
 * network trained from them on schedule and on drift, and tells its users when there is a better one.
 */
import { setup } from 'xstate';
import type { LessonNews } from '../ports/compute.ts';
import { plaAddress } from '../protocol/address.ts';
import type { NetworkModel } from '../protocol/network.ts';
import type { Behavior, Effect } from '../runtime/behavior.ts';
import { execute, machineBehavior, send, setTimer, type MachineEvent } from '../runtime/machine.ts';
import {
  beginLesson,
  createTrainer,
  freezeTrainer,
  isLessonDue,
  lessonFailed,
  takeLesson,
  takeWindows,
  thawTrainer,
  type FrozenTrainer,
  type NetworkRules,
  type NetworkTrainer,
} from './network-trainer.ts';

interface NetworkContext {
  readonly trainer: NetworkTrainer;
  readonly rules: NetworkRules;
}

/** A training that has not begun by then is not worth beginning. */
const LESSON_WAITS_MS = 600_000;
const SNAPSHOT_EVERY_MESSAGES = 200;

const machine = setup({
  types: { events: {} as MachineEvent, context: {} as NetworkContext, input: {} as NetworkContext },
  actions: {
    takeWindows: ({ context: { trainer, rules }, event }): Effect[] => {
      if (event.type !== 'network-window') return [];
      const source = plaAddress(event.data.pool, event.data.producer);
      takeWindows(trainer, source, event.data, event.nowMs, rules);
      const { newest } = trainer;
      // Who is new, or missed the news, hears of the newest network at once.
      const isBehind = newest !== null && event.data.network !== newest.network;
      return [...(isBehind ? [send(source, 'network-model', newest)] : []), ...timer(trainer)];
    },
    startLesson: ({ context: { trainer, rules }, event }) => {
      const nowMs = 'nowMs' in event ? event.nowMs : 0;
      const order = beginLesson(trainer, rules);
      return execute('network.learn', lessonId(trainer), order, nowMs + LESSON_WAITS_MS);
    },
    takeLesson: ({ context: { trainer, rules }, event }): Effect[] => {
      if (!('data' in event) || !('executor' in event.data)) return [];
      const { ok, value, error } = event.data;
      if (!ok || !isNews(value)) {
        lessonFailed(trainer, error?.message ?? 'the trainer gave no result', event.nowMs, rules);
        return timer(trainer);
      }
      const news = takeLesson(trainer, value, event.nowMs, rules);
      return [...(news === undefined ? [] : tell(trainer, news)), ...timer(trainer)];
    },
  },
  guards: {
    isLessonDue: ({ context: { trainer }, event }) => isLessonDue(trainer, 'nowMs' in event ? event.nowMs : 0),
    isOurLesson: ({ context: { trainer }, event }) => 'data' in event && 'effect' in event.data && event.data.effect === lessonId(trainer),
  },
}).createMachine({
  id: 'net',
  context: ({ input }) => input,
  initial: 'gathering',
  on: {
    'network-window': { actions: 'takeWindows' },
    'timer.lesson': {},
    // Answers to a job that a restart has made pointless.
    'effect.network.learn.*': {},
  },
  states: {
    gathering: { always: { guard: 'isLessonDue', target: 'training' } },
    /** Goes on gathering; users go on with the network they have. */
    training: {
      entry: 'startLesson',
      on: { 'effect.network.learn.*': { guard: 'isOurLesson', target: 'gathering', actions: 'takeLesson' } },
    },
  },
});

const lessonId = ({ lessons }: NetworkTrainer): string => `lesson-${lessons}`;

function timer({ dueMs }: NetworkTrainer): Effect[] {
  return dueMs === null ? [] : [setTimer('lesson', dueMs)];
}

function tell({ users }: NetworkTrainer, news: NetworkModel): Effect[] {
  return [...users.keys()].map((user) => send(user, 'network-model', news));
}

function isNews(value: unknown): value is LessonNews {
  return typeof value === 'object' && value !== null && 'hash' in value && typeof value.hash === 'string' && 'lossAfter' in value;
}

/** @param rulesOf rules of a trainer by its address; undefined where no pool has such a network. */
export function networkBehavior(rulesOf: (address: string) => NetworkRules | undefined): Behavior {
  const known = (address: string): NetworkRules => {
    const rules = rulesOf(address);
    if (rules === undefined) throw new Error(`${address} is a network that no pool has`);
    return rules;
  };
  return machineBehavior({
    kind: 'net',
    snapshot: { policy: 'seldom', everyMessages: SNAPSHOT_EVERY_MESSAGES },
    machine,
    refuses: (address) => (rulesOf(address) === undefined ? `No pool has a network ${address}` : undefined),
    input: (address) => ({ trainer: createTrainer(address), rules: known(address) }),
    freeze: ({ trainer }) => freezeTrainer(trainer),
    thaw: (frozen, address) => ({ trainer: thawTrainer(frozen as FrozenTrainer), rules: known(address) }),
    describe: ({ trainer }) => describeTrainer(trainer),
  });
}

function describeTrainer({ windows, users, newest, last, problem, dueMs }: NetworkTrainer): Readonly<Record<string, unknown>> {
  return { sources: windows.size, users: users.size, network: newest, lastTraining: last, problem, dueMs };
}
