/**
 * How good the forecaster is on recorded series: WQL relative to the last value, calibration, worst day, CPU and bytes. Traces are
 * not part of the project (their licences differ): give their folder.
 *
 *     npm run bench -- forecast --traces DIR [--profile slim|full] [--every N] [--only a,b] [--half even|odd] [--max-interval S]
 *         [--baselines FILE] [--series] [--network gru32] [--networks DIR]
 *
 * With --baselines (forecast-dev.json), the origins recorded there are scored, so that figures can be compared with it.
 * With --network, every series is run twice, without and with a shared network that is trained at 25, 50 and 75% of the series on the
 * rows before; --networks keeps what was trained for the next run.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readTrace } from '../sim/traces/read.ts';
import type { SeriesTrace } from '../sim/traces/trace.ts';
import { horizonsOf, measureSeries, type SeriesResult } from './forecast/measure.ts';
import { trainStages, type NetworkShape, type StagedModel } from './forecast/networks.ts';
import { geometricMean, mean, median } from './forecast/score.ts';

const MINUTES = [5, 10, 15];

export async function run(args: readonly string[]): Promise<void> {
  const { values: flags } = parseArgs({
    args: [...args],
    options: {
      traces: { type: 'string' },
      profile: { type: 'string', default: 'full' },
      every: { type: 'string', default: '7' },
      only: { type: 'string' },
      baselines: { type: 'string' },
      half: { type: 'string' },
      'max-interval': { type: 'string', default: '600' },
      series: { type: 'boolean', default: false },
      network: { type: 'string' },
      networks: { type: 'string' },
    },
  });
  const folder = flags.traces;
  if (folder === undefined || !existsSync(folder)) {
    console.log('skipped: no traces; give their folder with --traces DIR');
    return;
  }
  const strides = readStrides(flags.baselines);
  const names = chooseNames(folder, flags.only?.split(','), flags.half);
  const results: SeriesResult[] = [];
  const withNetwork: SeriesResult[] = [];
  const traces = names.flatMap((name) => {
    const trace = readTrace(join(folder, name));
    if (trace.kind !== 'series' || trace.intervalMs > Number(flags['max-interval']) * 1000) return [];
    return strides === undefined || strides.has(trace.name) ? [trace] : [];
  });
  const networks = flags.network === undefined ? undefined : trainNetworks(traces, shapeOf(flags.network), flags.networks);
  for (const trace of traces) {
    const every = (strides?.get(trace.name) ?? 0) / trace.intervalMs || Number(flags.every);
    const options = { profile: flags.profile === 'slim' ? 'slim' : 'full', every, minutes: MINUTES } as const;
    const result = measureSeries(trace, options);
    results.push(result);
    if (flags.series) printSeries(result, trace);
    const network = networks?.get(trace.intervalMs);
    if (network !== undefined) withNetwork.push(measureSeries(trace, { ...options, network }));
  }
  printSummary(results, flags.profile);
  if (networks !== undefined) {
    printSummary(withNetwork, `${flags.profile} with a network`);
    printGains(results, withNetwork);
  }
}

/** `gru32`, or `gru32,10000x10x1`: windows, epochs and rounds of a training. */
function shapeOf(text: string): NetworkShape {
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
function trainNetworks(
  traces: readonly SeriesTrace[],
  shape: NetworkShape,
  folder: string | undefined,
): ReadonlyMap<number, readonly StagedModel[]> {
  const intervals = [...new Set(traces.map(({ intervalMs }) => intervalMs))];
  return new Map(
    intervals.map((intervalMs) => {
      const group = {
        intervalMs,
        horizonsMs: horizonsOf(MINUTES, intervalMs),
        traces: traces.filter((one) => one.intervalMs === intervalMs),
      };
      return [intervalMs, trainStages(group, shape, folder)];
    }),
  );
}

/** What the network changes, in percent of the loss without it: below 0 it earns. */
function printGains(without: readonly SeriesResult[], withNetwork: readonly SeriesResult[]): void {
  const all: number[] = [];
  for (const kind of ['point', 'max'] as const) {
    for (const minutes of MINUTES) {
      const ratios = without.flatMap(({ results }, i) => {
        const at = results.findIndex((line) => line.kind === kind && line.minutes === minutes);
        const ratio = (withNetwork[i]?.results[at]?.score.wql ?? Number.NaN) / (results[at]?.score.wql ?? Number.NaN);
        return Number.isFinite(ratio) ? [ratio] : [];
      });
      all.push(...ratios);
      const change = 100 * (geometricMean(ratios) - 1);
      const span = `least ${percent(Math.min(...ratios))}, most ${percent(Math.max(...ratios))}`;
      console.log(`${kind.padEnd(6)} ${String(minutes).padStart(7)}  ${change.toFixed(2)} %, ${span}`);
    }
  }
  console.log(`the network changes the loss by ${(100 * (geometricMean(all) - 1)).toFixed(2)} %`);
}

const percent = (ratio: number): string => `${(100 * (ratio - 1)).toFixed(1)} %`;

/** Milliseconds from one origin to the next, per series. */
function readStrides(path: string | undefined): ReadonlyMap<string, number> | undefined {
  if (path === undefined) return undefined;
  const { series } = JSON.parse(readFileSync(path, 'utf8')) as { series: Record<string, { origins: { step_s: number } }> };
  return new Map(Object.entries(series).map(([name, { origins }]) => [name, origins.step_s * 1000]));
}

/** CSV files of the folder in the order of the alphabet; a half takes every other one, for tuning on one and reporting on the other. */
function chooseNames(folder: string, only: readonly string[] | undefined, half: string | undefined): readonly string[] {
  const files = readdirSync(folder)
    .filter((file) => /\.csv(\.gz)?$/.test(file))
    .sort();
  return files
    .filter((_, i) => half === undefined || i % 2 === (half === 'odd' ? 1 : 0))
    .filter((file) => only === undefined || only.includes(file.replace(/\.csv(\.gz)?$/, '')));
}

function printSeries({ name, results, cpuUs }: SeriesResult, { intervalMs }: SeriesTrace): void {
  const cells = results.map(({ score, naive }) => (score.wql / naive.wql).toFixed(3));
  console.log(`${name.padEnd(44)} ${String(intervalMs / 1000).padStart(4)} s  ${cells.join(' ')}  ${cpuUs.toFixed(0)} us`);
}

function printSummary(results: readonly SeriesResult[], profile: string): void {
  console.log(`${results.length} series, profile ${profile}; second half of each`);
  console.log('kind   minutes  WQL/last value  worst series  calibration error  worst day q95 (median, least)');
  for (const kind of ['point', 'max'] as const) {
    for (const minutes of MINUTES) {
      const lines = results.flatMap(({ results: all }) => all.filter((line) => line.kind === kind && line.minutes === minutes));
      const ratios = lines.map(({ score, naive }) => score.wql / naive.wql).filter(Number.isFinite);
      const days = lines.map(({ score }) => score.worstDay);
      const cells = [
        geometricMean(ratios).toFixed(4).padStart(14),
        Math.max(...ratios)
          .toFixed(3)
          .padStart(12),
        mean(lines.map(({ score }) => score.calibrationError))
          .toFixed(2)
          .padStart(17),
        `${median(days).toFixed(3)} (${Math.min(...days.filter((day) => !Number.isNaN(day))).toFixed(2)})`.padStart(20),
      ];
      console.log(`${kind.padEnd(6)} ${String(minutes).padStart(7)}  ${cells.join('  ')}`);
    }
  }
  const bytes = results.map(({ stateBytes }) => stateBytes);
  const cpu =
    results.map(({ cpuUs, rows }) => cpuUs * rows).reduce((sum, us) => sum + us, 0) / results.reduce((sum, { rows }) => sum + rows, 0);
  console.log(`CPU ${cpu.toFixed(0)} us a series-tick; state ${(Math.max(...bytes) / 1024).toFixed(0)} KiB at most`);
  printWeights(results);
}

function printWeights(results: readonly SeriesResult[]): void {
  const names = Object.keys(results[0]?.weights ?? {});
  const means = names.map((name) => [name, mean(results.map(({ weights }) => weights[name] ?? 0))] as const);
  const ranked = means.toSorted((a, b) => b[1] - a[1]);
  console.log(`weights: ${ranked.map(([name, weight]) => `${name} ${weight.toFixed(3)}`).join(', ')}`);
}
