import type { ModelTask } from '../forecast-model.ts';
import { QUANTILE_LEVELS } from '../forecast.ts';
import { FEATURES } from './window.ts';
import type { CellKind, NetworkSpec } from './spec.ts';

/** What a network answers. */
export type NetworkTask = ModelTask;

export const NETWORK_HORIZONS_MAX = 8;
/** Longest horizon, in intervals. */
export const AHEAD_MAX = 1_000;

/** What is wrong with a task, as one sentence; undefined if nothing is. */
export function taskProblem({ intervalMs, horizonsMs }: NetworkTask): string | undefined {
  if (!(Number.isInteger(intervalMs) && intervalMs >= 1)) return `intervalMs is ${intervalMs}, wanted a whole number of at least 1`;
  const { length } = horizonsMs;
  if (length < 1 || length > NETWORK_HORIZONS_MAX) return `${length} horizons, wanted 1 to ${NETWORK_HORIZONS_MAX}`;
  for (const [i, horizonMs] of horizonsMs.entries()) {
    const steps = horizonMs / intervalMs;
    if (!(Number.isInteger(steps) && steps >= 1 && steps <= AHEAD_MAX)) {
      return `horizon ${horizonMs} ms, wanted 1 to ${AHEAD_MAX} whole intervals of ${intervalMs} ms`;
    }
    if (i > 0 && horizonMs <= (horizonsMs[i - 1] ?? 0)) return `horizon ${horizonMs} ms, wanted more than the one before it`;
  }
  return undefined;
}

/** @throws RangeError */
export function checkTask(task: NetworkTask): void {
  const problem = taskProblem(task);
  if (problem !== undefined) throw new RangeError(problem);
}

/** Answers of a task: two for each horizon. */
export function headsOf({ horizonsMs }: NetworkTask): number {
  return 2 * horizonsMs.length;
}

/** Horizons in intervals. */
export function aheadSteps({ intervalMs, horizonsMs }: NetworkTask): number[] {
  return horizonsMs.map((horizonMs) => horizonMs / intervalMs);
}

/** Quantile level of each output of a task's network. */
export function levelsOf(task: NetworkTask): number[] {
  return Array.from({ length: headsOf(task) }, () => QUANTILE_LEVELS).flat();
}

/** The shape of a network for a task. Defaults: 16 units over 60 steps. */
export function specOf(task: NetworkTask, cell: CellKind = 'lstm', units = 16, steps = 60): NetworkSpec {
  return { cell, units, steps, features: FEATURES.length, outputs: headsOf(task) * QUANTILE_LEVELS.length };
}
