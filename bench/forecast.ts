/**
 * How good the forecaster is on recorded series: WQL relative to the last value and to peers' forecasters, calibration, worst day,
 * CPU and bytes. Traces are not part of the project (their licences differ): give their folder.
 *
 *     npm run bench -- forecast --traces DIR [--baselines FILE] [--profile slim|full] [--half even|odd] [--each N] [--rows N]
 *         [--only a,b] [--every ROWS] [--max-interval S] [--series] [--ablate] [--cold] [--abnormal] [--candidate NAME] [--network gru32]
 *         [--networks DIR]
 *
 * With --baselines (forecast-dev.json), its series are scored on the origins recorded there, and its peers are compared with.
 * --each N takes every Nth of the series that are left, --rows N the first N rows of each. --ablate, --cold, --abnormal and --candidate
 * take the place of the main table.
 * With --network, every series is run a second time, with a shared network that is trained at 25, 50 and 75% of the series on the rows
 * before; --networks keeps what was trained for the next run.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readTrace } from '../sim/traces/read.ts';
import type { SeriesTrace } from '../sim/traces/trace.ts';
import { ablationsOf } from './forecast/ablate.ts';
import { printAbnormal } from './forecast/abnormal.ts';
import { readBaselines, strideRows, type Baselines } from './forecast/baselines.ts';
import { printCandidate } from './forecast/candidate.ts';
import { printCold } from './forecast/cold.ts';
import { KINDS, MINUTES, measureSeries, type MeasureOptions, type SeriesResult } from './forecast/measure.ts';
import { printGains, shapeOf, trainNetworks } from './forecast/network-gain.ts';
import { geometricMean } from './forecast/score.ts';
import { linesOf, printCosts, printPeers, printScores, printWeights, ratioOf } from './forecast/summary.ts';

export async function run(args: readonly string[]): Promise<void> {
  const { values: flags } = parseArgs({
    args: [...args],
    options: {
      traces: { type: 'string' },
      baselines: { type: 'string' },
      profile: { type: 'string', default: 'full' },
      half: { type: 'string' },
      each: { type: 'string', default: '1' },
      rows: { type: 'string', default: 'Infinity' },
      only: { type: 'string' },
      every: { type: 'string', default: '7' },
      'max-interval': { type: 'string', default: '600' },
      series: { type: 'boolean', default: false },
      ablate: { type: 'boolean', default: false },
      cold: { type: 'boolean', default: false },
      abnormal: { type: 'boolean', default: false },
      candidate: { type: 'string' },
      network: { type: 'string' },
      networks: { type: 'string' },
    },
  });
  const folder = flags.traces;
  if (folder === undefined || !existsSync(folder)) {
    console.log('skipped: no traces; give their folder with --traces DIR');
    return;
  }
  const baselines = openBaselines(flags.baselines);
  const profile = flags.profile === 'slim' ? 'slim' : 'full';
  const traces = readSeries(folder, namesIn(folder, flags.only?.split(','), flags.half), Number(flags['max-interval']) * 1_000)
    .filter(({ name }) => baselines === undefined || strideRows(baselines, name) !== undefined)
    .filter((_, i) => i % Number(flags.each) === 0)
    .map((trace) => ({ ...trace, values: trace.values.slice(0, Number(flags.rows)) }));
  const everyOf = ({ name }: SeriesTrace): number => (baselines && strideRows(baselines, name)) ?? Number(flags.every);
  const measureAll = (change: (trace: SeriesTrace) => Partial<MeasureOptions> = () => ({})): readonly SeriesResult[] =>
    traces.map((trace) => {
      const result = measureSeries(trace, { profile, every: everyOf(trace), ...change(trace) });
      if (flags.series) printSeries(result, trace);
      return result;
    });
  console.log(`${traces.length} series, profile ${profile}; second half of each`);
  if (flags.cold) printCold(traces, profile);
  if (flags.abnormal) printAbnormal(traces, profile);
  if (flags.ablate) printAblations(profile, measureAll);
  if (flags.candidate !== undefined) printCandidate(flags.candidate, traces, profile, everyOf);
  if (flags.cold || flags.abnormal || flags.ablate || flags.candidate !== undefined) return;
  const results = measureAll();
  printScores(results);
  printCosts(results);
  printWeights(results, baselines);
  if (baselines !== undefined) printPeers(results, baselines);
  if (flags.network === undefined) return;
  if (flags.networks !== undefined) mkdirSync(flags.networks, { recursive: true });
  const networks = trainNetworks(traces, shapeOf(flags.network), flags.networks);
  const withNetwork = measureAll(({ intervalMs }) => ({ network: networks.get(intervalMs) ?? [] }));
  console.log('\nwith a network');
  printScores(withNetwork);
  printWeights(withNetwork, baselines);
  if (baselines !== undefined) printPeers(withNetwork, baselines);
  printGains(results, withNetwork);
}

function openBaselines(path: string | undefined): Baselines | undefined {
  if (path !== undefined && existsSync(path)) return readBaselines(path);
  console.log('no peers: give the file of their scores with --baselines FILE');
  return undefined;
}

/** CSV files of the folder in the order of the alphabet; a half takes every other one, for tuning on one and reporting on the other. */
function namesIn(folder: string, only: readonly string[] | undefined, half: string | undefined): readonly string[] {
  return readdirSync(folder)
    .filter((file) => /\.csv(\.gz)?$/.test(file))
    .sort()
    .filter((_, i) => half === undefined || i % 2 === (half === 'odd' ? 1 : 0))
    .filter((file) => only === undefined || only.includes(file.replace(/\.csv(\.gz)?$/, '')));
}

function readSeries(folder: string, names: readonly string[], intervalMsMax: number): readonly SeriesTrace[] {
  return names
    .map((name) => readTrace(join(folder, name)))
    .flatMap((trace) => (trace.kind === 'series' && trace.intervalMs <= intervalMsMax ? [trace] : []));
}

function printSeries({ name, results, cpuUs }: SeriesResult, { intervalMs }: SeriesTrace): void {
  const cells = results.map((line) => ratioOf(line).toFixed(3));
  console.log(`${name.padEnd(44)} ${String(intervalMs / 1000).padStart(4)} s  ${cells.join(' ')}  ${cpuUs.toFixed(0)} us`);
}

/** Loss without each part, relative to the whole: above 1 the part earns its place. */
function printAblations(profile: 'slim' | 'full', measureAll: (change?: () => Partial<MeasureOptions>) => readonly SeriesResult[]): void {
  const whole = measureAll();
  console.log('\nLoss without a part, relative to the whole: point 5 10 15, max 5 10 15 minutes');
  for (const { name, prepare } of ablationsOf(profile)) {
    const rest = measureAll(() => ({ prepare }));
    const cells = KINDS.flatMap((kind) =>
      MINUTES.map((minutes) => {
        const without = linesOf(rest, kind, minutes);
        const losses = linesOf(whole, kind, minutes).map(({ score }, i) => (without[i]?.score.wql ?? Number.NaN) / score.wql);
        return geometricMean(losses).toFixed(4);
      }),
    );
    console.log(`without ${name.padEnd(24)} ${cells.join(' ')}`);
  }
}
