import { collectWindows, type TrainingSeries } from './dataset.ts';
import type { Drawer } from './drawer.ts';
import type { NetworkEngine } from './engine.ts';
import type { Network } from './layers-model.ts';
import { levelsOf, type NetworkTask } from './task.ts';
import { trainNetwork } from './train.ts';

/** Fewer windows than this teach no network. */
export const WINDOWS_MIN = 200;

export interface LessonOptions {
  readonly windowsMax: number;
  readonly epochsMax: number;
}

/** What a training gave. Losses are means over the windows held out, in units of their scale. */
export interface Lesson {
  readonly network: Network;
  readonly windows: number;
  readonly epochs: number;
  readonly lossBefore: number;
  readonly lossAfter: number;
}

/**
 * One training on the pooled windows of many series, from a network that is there or from the start. It stops early; what it gives
 * is never worse on the windows held out than what it began with. Deterministic for the same arguments.
 *
 * @returns what was learned, or why nothing could be.
 */
export function learnNetwork(
  engine: NetworkEngine,
  task: NetworkTask,
  series: readonly TrainingSeries[],
  random: Drawer,
  { windowsMax, epochsMax }: LessonOptions,
  start?: Network,
): Lesson | string {
  const { spec } = engine;
  const dataset = collectWindows(series, task, spec.steps, random, { windowsMax });
  if (dataset.learned < WINDOWS_MIN) return `${dataset.learned} windows of ${series.length} series, wanted at least ${WINDOWS_MIN}`;
  const fits = start !== undefined && JSON.stringify(start.spec) === JSON.stringify(spec);
  const { parameters, history, bestEpoch } = trainNetwork(
    engine,
    levelsOf(task),
    dataset,
    random,
    { epochsMax },
    fits ? start.parameters : undefined,
  );
  return {
    network: { task, spec, parameters },
    windows: dataset.count,
    epochs: history.length - 1,
    lossBefore: history[0]?.heldOut ?? Number.NaN,
    lossAfter: history[bestEpoch]?.heldOut ?? Number.NaN,
  };
}
