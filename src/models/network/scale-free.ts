import type { ForecastModel, ModelTask } from '../forecast-model.ts';
import { QUANTILE_LEVELS } from '../forecast.ts';
import { decodeQuantiles } from './answer.ts';
import { aheadSteps, checkTask, headsOf } from './task.ts';
import { FEATURES, WindowEncoder } from './window.ts';

/** A function that knows no scale. */
export interface ScaleFreeFunction {
  readonly task: ModelTask;
  /** Steps of a window that it reads, 1 to 512. */
  readonly steps: number;
  /**
   * @param inputs the window: `steps` rows of FEATURES, oldest first.
   * @param outputs takes, for every horizon and kind and each of the nine levels, the change from the last value: asinh of it in units of
   * the window's scale. Any order of levels will do: they are sorted.
   */
  readonly predict: (inputs: Float32Array, outputs: Float32Array) => void;
}

/** Share of a window that must be measured, as in training. */
const MEASURED_SHARE = 0.25;

/**
 * Makes a model of a function that knows no scale, so that one serves every series: the window is encoded for it, and its answers are
 * turned into quantiles in the unit of the series. It has no answer while fewer than a quarter of the intervals it looks at were measured.
 *
 * @throws RangeError if the task makes no sense.
 */
export function createScaleFreeModel({ task, steps, predict }: ScaleFreeFunction): ForecastModel {
  checkTask(task);
  const ahead = aheadSteps(task);
  const heads = headsOf(task);
  const encoder = new WindowEncoder(steps, task.intervalMs, [ahead[0] ?? 1, ahead.at(-1) ?? 1]);
  const inputs = new Float32Array(steps * FEATURES.length);
  const outputs = new Float32Array(heads * QUANTILE_LEVELS.length);
  return {
    task,
    read(values, newestMs, to) {
      encoder.encode(values, newestMs, inputs, 0);
      if (encoder.measured < MEASURED_SHARE * 2 * steps) return false;
      predict(inputs, outputs);
      decodeQuantiles(outputs, 0, heads, encoder, to, 0);
      return true;
    },
  };
}
