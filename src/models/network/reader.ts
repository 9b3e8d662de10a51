import type { ForecastModel } from '../forecast-model.ts';
import type { EngineFactory } from './engine.ts';
import type { Network } from './layers-model.ts';
import { createScaleFreeModel } from './scale-free.ts';
import { levelsOf } from './task.ts';

/** A network that answers. */
export type NetworkReader = ForecastModel;

export function createNetworkReader({ task, spec, parameters }: Network, createEngine: EngineFactory): NetworkReader {
  const engine = createEngine(spec, levelsOf(task));
  engine.load(parameters);
  return createScaleFreeModel({ task, steps: spec.steps, predict: (inputs, outputs) => engine.predict(inputs, 1, outputs) });
}
