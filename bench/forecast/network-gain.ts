import type { SeriesTrace } from '../../sim/traces/trace.ts';
import { KINDS, MINUTES, horizonsOf, type SeriesResult } from './measure.ts';
import { trainStages, type NetworkShape, type StagedModel } from './networks.ts';
import { geometricMean } from './score.ts';
import { linesOf } from './summary.ts';

/** `gru32`, or `gru32,10000x10x1`: windows, epochs and rounds of a training. */
export function shapeOf(text: string): NetworkShape {
  const [, cell, units, windows = '10000', epochs = '10', rounds = '1'] = /^(gru|lstm)(\d+)(?:,(\d+)x(\d+)x(\d+))?$/.exec(text) ?? [];
  if (cell === undefined) throw new Error(`--network ${text}: wanted such as gru32 or gru32,10000x10x1`);
  return {
    cell: cell === 'gru' ? 'gru' : 'lstm',
    units: Number(units),
    windowsMax: Number(windows),
    epochsMax: Number(epochs),
    rounds: Number(rounds),
  };
}

/** One network for all series of equal interval. */
export function trainNetworks(
  traces: readonly SeriesTrace[],
  shape: NetworkShape,
  folder: string | undefined,
): ReadonlyMap<number, readonly StagedModel[]> {
  const intervals = [...new Set(traces.map(({ intervalMs }) => intervalMs))];
  return new Map(
    intervals.map((intervalMs) => {
      const group = { intervalMs, horizonsMs: horizonsOf(intervalMs), traces: traces.filter((one) => one.intervalMs === intervalMs) };
      return [intervalMs, trainStages(group, shape, folder)];
    }),
  );
}

/** What the network changes, in percent of the loss without it: below 0 it earns. */
export function printGains(without: readonly SeriesResult[], withNetwork: readonly SeriesResult[]): void {
  const all: number[] = [];
  for (const kind of KINDS) {
    for (const minutes of MINUTES) {
      const others = linesOf(withNetwork, kind, minutes);
      const ratios = linesOf(without, kind, minutes)
        .map(({ score }, i) => (others[i]?.score.wql ?? Number.NaN) / score.wql)
        .filter(Number.isFinite);
      all.push(...ratios);
      const span = `least ${percent(Math.min(...ratios))}, most ${percent(Math.max(...ratios))}`;
      console.log(`${kind.padEnd(6)} ${String(minutes).padStart(7)}  ${percent(geometricMean(ratios), 2)}, ${span}`);
    }
  }
  console.log(`the network changes the loss by ${percent(geometricMean(all), 2)}`);
}

const percent = (ratio: number, digits = 1): string => `${(100 * (ratio - 1)).toFixed(digits)} %`;
