import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeriesTrace } from '../../sim/traces/trace.ts';
import { createOpener } from '../../src/adapters/compute/open-network.ts';
import { createKernelEngine } from '../../src/adapters/kernel/engine.ts';
import { createRandom } from '../../src/adapters/system/random.ts';
import type { ForecastModel } from '../../src/models/index.ts';
import { learnNetwork } from '../../src/models/network/lesson.ts';
import type { Network } from '../../src/models/network/layers-model.ts';
import { packNetwork, unpackNetwork } from '../../src/models/network/packed.ts';
import type { CellKind } from '../../src/models/network/spec.ts';
import { levelsOf, specOf } from '../../src/models/network/task.ts';

/** When a network is trained: at these shares of each series, on the rows before. */
const STAGES = [0.25, 0.5, 0.75];
const STEPS = 60;

export interface NetworkShape {
  readonly cell: CellKind;
  readonly units: number;
  readonly windowsMax: number;
  readonly epochsMax: number;
  /** Trainings at each stage, each from what the one before it gave. */
  readonly rounds: number;
}

/** A model, and the share of a series from which on it is used. */
export interface StagedModel {
  readonly from: number;
  readonly model: ForecastModel;
}

export interface Group {
  readonly intervalMs: number;
  readonly horizonsMs: readonly number[];
  readonly traces: readonly SeriesTrace[];
}

/**
 * The network that all series of a group share, trained at each stage on the rows of each series before it, warm.
 * @param folder where trained networks are kept from one run to the next.
 */
export function trainStages({ intervalMs, horizonsMs, traces }: Group, shape: NetworkShape, folder?: string): readonly StagedModel[] {
  const task = { intervalMs, horizonsMs };
  const open = createOpener();
  let network: Network | undefined;
  return STAGES.flatMap((share) => {
    const file = folder === undefined ? undefined : join(folder, fileOf(task.intervalMs, traces, shape, share));
    const kept = file !== undefined && existsSync(file) ? unpackNetwork(readFileSync(file, 'utf8')) : undefined;
    if (kept !== undefined && 'spec' in kept) network = kept;
    else {
      const engine = createKernelEngine(specOf(task, shape.cell, shape.units, STEPS), levelsOf(task));
      const series = traces.map(({ startMs, values }) => ({ startMs, values: values.subarray(0, Math.floor(values.length * share)) }));
      for (let round = 0; round < shape.rounds; round++) {
        const lesson = learnNetwork(engine, task, series, createRandom(round + 1), shape, network);
        if (typeof lesson === 'string') return [];
        network = lesson.network;
        console.log(
          `network ${intervalMs / 1000} s, at ${share}: ${lesson.windows} windows, ${lesson.epochs} epochs, loss ${lesson.lossAfter.toFixed(4)}`,
        );
      }
      engine.dispose();
      if (file !== undefined && network !== undefined) writeFileSync(file, packNetwork(network));
    }
    const model = network === undefined ? undefined : open(packNetwork(network));
    return model !== undefined && 'read' in model ? [{ from: share, model }] : [];
  });
}

function fileOf(intervalMs: number, traces: readonly SeriesTrace[], shape: NetworkShape, share: number): string {
  const { cell, units, windowsMax, epochsMax, rounds } = shape;
  return `${cell}${units}-${windowsMax}x${epochsMax}x${rounds}-${intervalMs / 1000}s-${traces.length}-${traces[0]?.name ?? ''}-${share}.json`;
}
