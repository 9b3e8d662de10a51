import { QUANTILE_LEVELS } from '../forecast.ts';
import { decodeQuantiles } from './answer.ts';
import type { EngineFactory } from './engine.ts';
import type { Network } from './layers-model.ts';
import { aheadSteps, headsOf, levelsOf, type NetworkTask } from './task.ts';
import { WindowEncoder, type ValueSource } from './window.ts';

/**
 * A network that answers: a pure function of the newest values of a series. One serves any number of series, one after the
 * other; it keeps nothing between calls.
 */
export interface NetworkReader {
  readonly task: NetworkTask;
  /**
   * Writes the quantiles of every horizon and kind, horizon-major with `point` before `max`, nine ascending numbers each in the unit
   * of the series. False, with nothing written, while fewer than a quarter of the window's intervals were measured.
   *
   * @param newestMs start of the newest interval, epoch ms.
   */
  read(values: ValueSource, newestMs: number, to: Float64Array): boolean;
}

/** Share of a window that must be measured, as in training. */
const MEASURED_SHARE = 0.25;

export function createNetworkReader({ task, spec, parameters }: Network, createEngine: EngineFactory): NetworkReader {
  const engine = createEngine(spec, levelsOf(task));
  engine.load(parameters);
  const ahead = aheadSteps(task);
  const encoder = new WindowEncoder(spec.steps, task.intervalMs, [ahead[0] ?? 1, ahead.at(-1) ?? 1]);
  const inputs = new Float32Array(encoder.length);
  const outputs = new Float32Array(headsOf(task) * QUANTILE_LEVELS.length);
  return {
    task,
    read(values, newestMs, to) {
      encoder.encode(values, newestMs, inputs, 0);
      if (encoder.measured < MEASURED_SHARE * 2 * spec.steps) return false;
      engine.predict(inputs, 1, outputs);
      decodeQuantiles(outputs, 0, headsOf(task), encoder, to, 0);
      return true;
    },
  };
}
