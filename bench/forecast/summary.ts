import type { ForecastKind } from '../../src/models/index.ts';
import { peersOf, type Baselines } from './baselines.ts';
import { KINDS, MINUTES, type HorizonResult, type SeriesResult } from './measure.ts';
import { geometricMean, mean, median } from './score.ts';

export interface Line extends HorizonResult {
  readonly name: string;
}

export function linesOf(results: readonly SeriesResult[], kind: ForecastKind, minutes: number): readonly Line[] {
  return results.flatMap(({ name, results: all }) =>
    all.filter((line) => line.kind === kind && line.minutes === minutes).map((line) => ({ ...line, name })),
  );
}

/** Loss relative to the last value; NaN where a series is nothing but zeros. */
export const ratioOf = ({ score, naive }: HorizonResult): number => score.wql / naive.wql;

export function printScores(results: readonly SeriesResult[]): void {
  console.log('kind   minutes  WQL/last value  worst series  calibration error  worst day q95 (median, least)');
  forEachHead((kind, minutes) => {
    const lines = linesOf(results, kind, minutes);
    const ratios = lines.map(ratioOf).filter(Number.isFinite);
    const days = lines.map(({ score }) => score.worstDay).filter((day) => !Number.isNaN(day));
    const error = mean(lines.map(({ score }) => score.calibrationError));
    printRow(kind, minutes, [
      geometricMean(ratios).toFixed(4).padStart(14),
      Math.max(...ratios)
        .toFixed(3)
        .padStart(12),
      error.toFixed(2).padStart(17),
      `${median(days).toFixed(3)} (${Math.min(...days).toFixed(2)})`.padStart(20),
    ]);
  });
}

/** CPU by series, weighed by rows: as a node that served all of them would spend it. */
export function printCosts(results: readonly SeriesResult[]): void {
  const sum = (of: (result: SeriesResult) => number): number => results.reduce((total, result) => total + of(result), 0);
  const cpu = sum(({ cpuUs, rows }) => cpuUs * rows) / sum(({ rows }) => rows);
  const dearest = Math.max(...results.map(({ cpuUs }) => cpuUs));
  const bytes = Math.max(...results.map(({ stateBytes }) => stateBytes));
  console.log(`CPU ${cpu.toFixed(0)} us a series-tick (dearest series ${dearest.toFixed(0)}); state ${bytes} bytes a series at most`);
}

export function printWeights(results: readonly SeriesResult[]): void {
  const names = Object.keys(results[0]?.weights ?? {});
  const weights = names.map((name) => ({ name, weight: mean(results.map((result) => result.weights[name] ?? 0)) }));
  const ranked = weights.toSorted((a, b) => b.weight - a.weight);
  console.log(`weights: ${ranked.map(({ name, weight }) => `${name} ${weight.toFixed(3)}`).join(', ')}`);
}

/** Against the peers' forecasters on the same origins: every system counted once, the best peer of each series, and each peer. */
export function printPeers(results: readonly SeriesResult[], baselines: Baselines): void {
  const peers = [...new Set(results.flatMap(({ name }) => [...peersOf(baselines, name, 5, 'point').keys()]))].sort();
  console.log(`\nWQL relative to: kind  minutes  last value, each system once  best peer of each series  ${peers.join('  ')}`);
  forEachHead((kind, minutes) => {
    const lines = linesOf(results, kind, minutes);
    const theirs = new Map(lines.map(({ name }) => [name, peersOf(baselines, name, minutes, kind)] as const));
    const against = (peer: (all: ReadonlyMap<string, number>) => number): string =>
      geometricMean(lines.map(({ name, score }) => score.wql / peer(theirs.get(name) ?? new Map())).filter(Number.isFinite)).toFixed(3);
    printRow(kind, minutes, [
      bySystem(lines, baselines).toFixed(3).padStart(8),
      against((all) => Math.min(...all.values())).padStart(8),
      ...peers.map((peer) => against((all) => all.get(peer) ?? Number.NaN).padStart(8)),
    ]);
  });
}

/** Geometric mean of the systems' geometric means. */
function bySystem(lines: readonly Line[], { series }: Baselines): number {
  const systemOf = ({ name }: Line): string => series[name]?.system ?? name;
  const systems = [...new Set(lines.map(systemOf))];
  return geometricMean(systems.map((system) => geometricMean(lines.filter((line) => systemOf(line) === system).map(ratioOf))));
}

function forEachHead(visit: (kind: ForecastKind, minutes: number) => void): void {
  for (const kind of KINDS) for (const minutes of MINUTES) visit(kind, minutes);
}

function printRow(kind: ForecastKind, minutes: number, cells: readonly string[]): void {
  console.log(`${kind.padEnd(6)} ${String(minutes).padStart(7)}  ${cells.join('  ')}`);
}
