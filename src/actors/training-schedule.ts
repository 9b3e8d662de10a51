import type { TrainingJob } from '../protocol/training.ts';
import { backOffMs, spread } from './measure.ts';

/** How far the batch training of one analyzer is. Plain data, changed in place. */
export interface TrainingProgress {
  /** Trainings adopted. */
  version: number;
  trainedAtMs: number | null;
  /** Skill when the last training was adopted, to notice drift. */
  skillThen: number | null;
  /** Measured intervals when the last training was decided on: a young series has more to tell as it grows. */
  measuredThen: number | null;
  /** Measured intervals when cycles were last looked for. */
  cyclesThen: number | null;
  /** When the next is due, and why; null: not decided yet. */
  dueMs: number | null;
  cause: TrainingJob['cause'];
  /** Version of the job that runs. */
  running: number | null;
  /** Failures in a row. */
  failures: number;
  /** The last failure, for people. */
  problem: string | null;
}

/** Of forecasters that began anew, when a training is due: what runs still fits them, since it learnt from what they kept. */
export const UNTRAINED = {
  trainedAtMs: null,
  skillThen: null,
  measuredThen: null,
  cyclesThen: null,
} as const satisfies Partial<TrainingProgress>;

export const NEVER_TRAINED: TrainingProgress = {
  ...UNTRAINED,
  version: 0,
  dueMs: null,
  cause: 'first',
  running: null,
  failures: 0,
  problem: null,
};

/** Fewer measured intervals than this teach nothing that the online experts do not know. */
export const TRAIN_INTERVALS_MIN = 60;
/** A young series is trained anew each time it has grown by this factor, so that its cycles are found after a few of them. */
const GROWTH = 1.5;
const YOUNG_INTERVALS_MAX = 2_880;
/** Looking for cycles is most of a training. What a window tells of them changes little before this share of it is new. */
const CYCLES_NEW_SHARE = 1 / 16;
const CYCLES_WINDOW = 2_880;
const FAILURES_MAX = 5;
const RETRY_BASE_MS = 30_000;
const RETRY_LIMIT_MS = 1_800_000;
/** A training is repeated early when skill fell by this much since the last, but not sooner than a quarter of the schedule. */
const SKILL_DRIFT = 0.2;

export interface TrainingSituation {
  readonly address: string;
  readonly nowMs: number;
  readonly intervalMs: number;
  readonly trainEveryMs: number;
  readonly measured: number;
  readonly skill: number | null;
}

/** Decides, once an interval, whether a training is due. */
export function scheduleTraining(progress: TrainingProgress, situation: TrainingSituation): void {
  if (progress.dueMs !== null || progress.running !== null || situation.measured < TRAIN_INTERVALS_MIN) return;
  const { nowMs, address } = situation;
  const everyMs = Math.max(situation.trainEveryMs, TRAIN_INTERVALS_MIN * situation.intervalMs);
  if (progress.trainedAtMs === null) {
    // Producers that started together must not all train together; a tenth of the schedule spreads them.
    due(progress, nowMs + spread(address) * (address.includes('/') ? everyMs / 10 : 0), 'first');
  } else if (nowMs >= progress.trainedAtMs + everyMs) due(progress, nowMs, 'schedule');
  else if (hasGrown(progress, situation.measured)) due(progress, nowMs, 'schedule');
  else if (hasDrifted(progress, situation.skill) && nowMs >= progress.trainedAtMs + everyMs / 4) due(progress, nowMs, 'drift');
  if (progress.dueMs !== null) progress.measuredThen = situation.measured;
}

export function requestTraining(progress: TrainingProgress, nowMs: number): void {
  if (progress.running === null) due(progress, nowMs, 'request');
}

export function isTrainingDue({ dueMs, running }: TrainingProgress, nowMs: number): boolean {
  return running === null && dueMs !== null && nowMs >= dueMs;
}

/** @returns whether this training looks for cycles, too: not where a scheduled one would see the same window again. */
export function startTraining(progress: TrainingProgress, measured: number): boolean {
  progress.running = progress.version + 1;
  progress.dueMs = null;
  const { cause, cyclesThen, failures } = progress;
  const isNew = cyclesThen === null || measured - cyclesThen >= CYCLES_NEW_SHARE * Math.min(measured, CYCLES_WINDOW);
  const looks = isNew || cause !== 'schedule' || failures > 0;
  if (looks) progress.cyclesThen = measured;
  return looks;
}

export function trainingAdopted(progress: TrainingProgress, nowMs: number, skill: number | null): void {
  progress.version = progress.running ?? progress.version + 1;
  progress.running = null;
  progress.trainedAtMs = nowMs;
  progress.skillThen = skill;
  progress.failures = 0;
  progress.problem = null;
}

/** Tried again after a growing pause; after several failures not before the schedule's next turn. The old model stays. */
export function trainingFailed(
  progress: TrainingProgress,
  problem: string,
  situation: Omit<TrainingSituation, 'skill' | 'measured'>,
): void {
  progress.running = null;
  progress.problem = problem;
  progress.failures += 1;
  const { nowMs, address, trainEveryMs } = situation;
  if (progress.failures < FAILURES_MAX) {
    progress.dueMs = nowMs + backOffMs(RETRY_BASE_MS, progress.failures, RETRY_LIMIT_MS, address);
    return;
  }
  progress.failures = 0;
  progress.dueMs = nowMs + Math.max(trainEveryMs, RETRY_LIMIT_MS);
  progress.cause = 'schedule';
}

function due(progress: TrainingProgress, atMs: number, cause: TrainingJob['cause']): void {
  progress.dueMs = Math.round(atMs);
  progress.cause = cause;
}

function hasGrown({ measuredThen }: TrainingProgress, measured: number): boolean {
  return measuredThen !== null && measured <= YOUNG_INTERVALS_MAX && measured >= GROWTH * measuredThen;
}

function hasDrifted({ skillThen }: TrainingProgress, skill: number | null): boolean {
  return skill !== null && skillThen !== null && skill < skillThen - SKILL_DRIFT;
}
