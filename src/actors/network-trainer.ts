import type { NetworkTask } from '../models/network/task.ts';
import type { LessonNews, LessonOrder } from '../ports/compute.ts';
import type { NetworkModel, NetworkWindow } from '../protocol/network.ts';
import { spread } from './measure.ts';
import type { NetworkSettings } from './pool-settings.ts';

/** What a set of pools with equal interval and horizons shares. */
export interface NetworkRules {
  readonly address: string;
  readonly task: NetworkTask;
  readonly settings: NetworkSettings;
  /** How often it is trained again. */
  readonly trainEveryMs: number;
}

/** What the trainer of a network knows: the windows to learn from, who uses the network, and the newest one. */
export interface NetworkTrainer {
  readonly address: string;
  /** Newest windows by the address of their analyzer, oldest first: at most SOURCES_MAX. */
  readonly windows: Map<string, NetworkWindow['series']>;
  /** When each user was last heard, oldest first: at most USERS_MAX. */
  readonly users: Map<string, number>;
  newest: NetworkModel | null;
  /** There are windows that the newest network was not trained on. */
  isStale: boolean;
  version: number;
  /** Trainings begun; names effects and seeds. */
  lessons: number;
  running: boolean;
  trainedAtMs: number | null;
  dueMs: number | null;
  failures: number;
  problem: string | null;
  last: LessonNews | null;
}

/** Analyzers whose windows are kept: with 10,000 windows, some hundred from each are more than enough. */
export const SOURCES_MAX = 64;
const USERS_MAX = 10_000;
/** A user that has not been heard for so many schedules is gone. */
const SILENT_SCHEDULES = 3;
/** After the first windows others are waited for, a while. */
const GATHER_MS = 120_000;
const RETRY_MS = 600_000;
/** A network that is worse than it was is trained again early, but not sooner than a quarter of the schedule. */
const DRIFT_SHARE = 0.25;

export function createTrainer(address: string): NetworkTrainer {
  return {
    address,
    windows: new Map(),
    users: new Map(),
    newest: null,
    isStale: false,
    version: 0,
    lessons: 0,
    running: false,
    trainedAtMs: null,
    dueMs: null,
    failures: 0,
    problem: null,
    last: null,
  };
}

/** Takes windows; the analyzers that were heard longest ago make room. */
export function takeWindows(trainer: NetworkTrainer, from: string, window: NetworkWindow, nowMs: number, rules: NetworkRules): void {
  moveToEnd(trainer.windows, from, window.series, SOURCES_MAX);
  moveToEnd(trainer.users, from, nowMs, USERS_MAX);
  trainer.isStale = true;
  plan(trainer, nowMs, rules, window.cause === 'drift' || window.cause === 'request');
}

/** Decides when the next training is due; earlier if the users drift. */
function plan(trainer: NetworkTrainer, nowMs: number, { trainEveryMs }: NetworkRules, urgent: boolean): void {
  if (trainer.running) return;
  const gather = Math.min(GATHER_MS, trainEveryMs / 4);
  if (trainer.trainedAtMs === null) trainer.dueMs ??= nowMs + gather;
  else {
    const soonest = trainer.trainedAtMs + trainEveryMs * (urgent ? DRIFT_SHARE : 1);
    trainer.dueMs = Math.max(nowMs, Math.min(trainer.dueMs ?? Infinity, soonest));
  }
}

export function isLessonDue({ running, dueMs, isStale }: NetworkTrainer, nowMs: number): boolean {
  return !running && isStale && dueMs !== null && nowMs >= dueMs;
}

/** The job of the training that begins. */
export function beginLesson(trainer: NetworkTrainer, { task, settings }: NetworkRules): LessonOrder {
  trainer.lessons += 1;
  trainer.running = true;
  trainer.isStale = false;
  trainer.dueMs = null;
  return {
    task,
    ...settings,
    seed: Math.floor(spread(`${trainer.address}#${trainer.lessons}`) * 2 ** 31),
    series: [...trainer.windows.values()].flat().map(({ startMs, values }) => ({ startMs, values })),
    startHash: trainer.newest?.network ?? null,
  };
}

/** @returns what the users are to be told; undefined if the training made nothing better. */
export function takeLesson(trainer: NetworkTrainer, news: LessonNews, nowMs: number, rules: NetworkRules): NetworkModel | undefined {
  trainer.running = false;
  trainer.failures = 0;
  trainer.problem = null;
  trainer.trainedAtMs = nowMs;
  trainer.last = news;
  forgetSilent(trainer, nowMs, rules);
  if (trainer.isStale) plan(trainer, nowMs, rules, false);
  if (news.hash === trainer.newest?.network) return undefined;
  trainer.version += 1;
  trainer.newest = { network: news.hash, version: trainer.version, trainedAtMs: nowMs, loss: news.lossAfter };
  return trainer.newest;
}

/** The network that is there stays. */
export function lessonFailed(trainer: NetworkTrainer, problem: string, nowMs: number, { trainEveryMs }: NetworkRules): void {
  trainer.running = false;
  trainer.isStale = true;
  trainer.failures += 1;
  trainer.problem = problem;
  trainer.dueMs = nowMs + Math.min(trainEveryMs, RETRY_MS * 2 ** Math.min(trainer.failures - 1, 10));
}

function forgetSilent({ users }: NetworkTrainer, nowMs: number, { trainEveryMs }: NetworkRules): void {
  for (const [user, heardMs] of users) if (heardMs < nowMs - SILENT_SCHEDULES * trainEveryMs) users.delete(user);
}

function moveToEnd<T>(map: Map<string, T>, key: string, value: T, max: number): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.size > max ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
}

export interface FrozenTrainer extends Omit<NetworkTrainer, 'windows' | 'users'> {
  readonly windows: readonly (readonly [string, NetworkWindow['series']])[];
  readonly users: readonly (readonly [string, number])[];
}

export function freezeTrainer({ windows, users, ...rest }: NetworkTrainer): FrozenTrainer {
  return { ...rest, windows: [...windows], users: [...users] };
}

export function thawTrainer({ windows, users, ...rest }: FrozenTrainer): NetworkTrainer {
  return { ...rest, windows: new Map(windows), users: new Map(users) };
}
