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

/** Mean weight of each expert over all series, and in the family that listens to it most. */
export function printWeights(results: readonly SeriesResult[], baselines: Baselines | undefined): void {
  const names = Object.keys(results[0]?.weights ?? {});
  const families = byFamily(results, baselines);
  const rows = names.map((name) => {
    const weightIn = (group: readonly SeriesResult[]): number => mean(group.map(({ weights }) => weights[name] ?? 0));
    const most = [...families].map(([family, group]) => ({ family, weight: weightIn(group) })).toSorted((a, b) => b.weight - a.weight)[0];
    return { name, weight: weightIn(results), most };
  });
  for (const { name, weight, most } of rows.toSorted((a, b) => b.weight - a.weight)) {
    console.log(`weight of ${name.padEnd(16)} ${weight.toFixed(3)}, most ${most?.weight.toFixed(3)} (${most?.family})`);
  }
}

/** Without baselines every series is a family of its own. */
function byFamily<Named extends { readonly name: string }>(all: readonly Named[], baselines: Baselines | undefined) {
  const families = new Map<string, Named[]>();
  for (const one of all) {
    const family = baselines?.series[one.name]?.system ?? one.name;
    families.set(family, [...(families.get(family) ?? []), one]);
  }
  return families;
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
function bySystem(lines: readonly Line[], baselines: Baselines): number {
  return geometricMean([...byFamily(lines, baselines).values()].map((group) => geometricMean(group.map(ratioOf))));
}

function forEachHead(visit: (kind: ForecastKind, minutes: number) => void): void {
  for (const kind of KINDS) for (const minutes of MINUTES) visit(kind, minutes);
}

function printRow(kind: ForecastKind, minutes: number, cells: readonly string[]): void {
  console.log(`${kind.padEnd(6)} ${String(minutes).padStart(7)}  ${cells.join('  ')}`);
}
