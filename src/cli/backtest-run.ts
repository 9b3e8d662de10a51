import { closeSync, createWriteStream, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { BACKTEST_DEFAULTS, backtest, OWN_MODEL, wholeHorizons, type BacktestOptions } from '../../sim/backtest.ts';
import { readTrace } from '../../sim/traces/read.ts';
import { seriesOf } from '../../sim/traces/series-of.ts';
import type { SeriesTrace } from '../../sim/traces/trace.ts';
import { fileFault, InputError, ProblemList } from '../problems.ts';
import type { ForecastModel } from '../models/index.ts';
import type { Output } from './output.ts';
import { readModel } from './read-model.ts';

const HEADER = 'series,origin,horizon_s,kind,q05,q10,q25,q50,q75,q90,q95,q975,q99\n';
/** Text handed to the file at once, characters. */
const CHUNK = 1 << 16;

export interface BacktestFlags {
  readonly out: string;
  readonly horizons: string;
  readonly from: string;
  readonly every: string;
  readonly profile: string;
  readonly model?: string;
}

/** Everything is read and checked before the first row is written; the file appears under its name when it is whole. */
export async function runBacktest(paths: readonly string[], flags: BacktestFlags, output: Output): Promise<void> {
  const options = readFlags(flags);
  checkOut(flags.out);
  const series = paths.flatMap((path) => seriesOf(readTrace(path)));
  if (options.model !== undefined) checkModel(options.model, series, options);
  const part = `${flags.out}.part`;
  const packed = flags.out.endsWith('.gz') ? [createGzip()] : [];
  try {
    await pipeline([Readable.from(csv(series, options, output)), ...packed, createWriteStream(part)]);
    renameSync(part, flags.out);
  } finally {
    rmSync(part, { force: true });
  }
}

/** A model is for one interval and its horizons. */
function checkModel({ task }: ForecastModel, series: readonly SeriesTrace[], { horizonsMs }: BacktestOptions): void {
  const problems = new ProblemList();
  for (const { name, intervalMs } of series) {
    const wanted = wholeHorizons(horizonsMs, intervalMs);
    if (task.intervalMs === intervalMs && task.horizonsMs.join() === wanted.join()) continue;
    const has = `interval ${task.intervalMs / 1_000} s and horizons ${minutesText(task.horizonsMs)}`;
    problems.add('--model', `a model for ${name}: interval ${intervalMs / 1_000} s and horizons ${minutesText(wanted)} min`, `${has} min`);
  }
  problems.throwIfAny();
}

const minutesText = (horizonsMs: readonly number[]): string => horizonsMs.map((horizonMs) => horizonMs / 60_000).join(', ');

/** Before hours of work, not after them. */
function checkOut(out: string): void {
  try {
    if (statSync(out, { throwIfNoEntry: false })?.isDirectory() === true)
      throw new InputError([{ place: '--out', wanted: 'a file that can be written', found: `${out}: a folder` }]);
    closeSync(openSync(`${out}.part`, 'w'));
    rmSync(`${out}.part`);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError([{ place: '--out', wanted: 'a file that can be written', found: `${out}: ${fileFault(error)}` }]);
  }
}

function* csv(series: readonly SeriesTrace[], options: BacktestOptions, { err }: Output): Generator<string> {
  let text = HEADER;
  for (const [done, one] of series.entries()) {
    progress(`${done + 1}/${series.length} ${one.name}`);
    let answers = 0;
    const atEnd = (weights: Readonly<Record<string, number>>): void => {
      if (options.model !== undefined) err(`${one.name}: the model's weight is ${percentOf(weights)} at the end\n`);
    };
    for (const { originMs, forecasts } of backtest(one, { ...options, atEnd })) {
      answers += forecasts.length;
      for (const { horizonMs, kind, quantiles } of forecasts) {
        text += `${one.name},${originMs / 1000},${horizonMs / 1000},${kind},${quantiles.join(',')}\n`;
      }
      if (text.length < CHUNK) continue;
      yield text;
      text = '';
    }
    if (answers === 0) err(`${one.name}: no forecast, because too few of its ${one.values.length} rows were measured\n`);
  }
  progress('');
  yield text;
}

/** All that the model says, in percent. */
function percentOf(weights: Readonly<Record<string, number>>): string {
  const sum = Object.entries(weights).reduce((total, [name, weight]) => (name.startsWith(OWN_MODEL) ? total + weight : total), 0);
  return `${(100 * sum).toFixed(1)}%`;
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[2K${text}`);
}

function readFlags(flags: BacktestFlags): BacktestOptions {
  const problems = new ProblemList();
  const horizons = flags.horizons.split(',').map(Number);
  if (horizons.length > 16 || !horizons.every((minutes) => minutes > 0 && minutes <= 1_440)) {
    problems.add('--horizons', 'up to 16 numbers of minutes above 0 and up to 1440, separated by commas', `"${flags.horizons}"`);
  }
  const from = Number(flags.from);
  if (flags.from === '' || !(from >= 0 && from < 1)) problems.add('--from', 'a share of at least 0 and below 1', `"${flags.from}"`);
  const every = Number(flags.every);
  if (!Number.isInteger(every) || every < 1) problems.add('--every', 'a whole number of rows from 1', `"${flags.every}"`);
  const { profile } = flags;
  if (profile !== 'full' && profile !== 'slim') problems.add('--profile', 'full or slim', `"${profile}"`);
  problems.throwIfAny();
  return {
    horizonsMs: horizons.map((minutes) => minutes * 60_000),
    from,
    every,
    profile: profile === 'slim' ? 'slim' : BACKTEST_DEFAULTS.profile,
    ...(flags.model === undefined ? {} : { model: readModel(flags.model, '--model') }),
  };
}
