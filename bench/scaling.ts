/**
 * Is it a better autoscaler? `npm run bench -- scaling --traces DIR [--only A,B] [--half even|odd] [--all] [--brief] [--lead-time P50,P95]
 * [--baselines FILE] [--cache DIR] [--out DIR] [--join DIR,DIR]`. Every policy is swept over its knob on every series; costs are
 * compared at an equal share of short time over the second half (the first half is for learning). Scores are deterministic.
 *
 * `--half` takes every other series in the order of the alphabet: the even ones are for tuning, the odd ones for reporting; series of
 * which more is gaps than values are in neither. `--all` adds the rivals that take longer; with `--brief` our own knob is the objective
 * alone, a tenth of the time. `--baselines` (scaling-dev.json) tells its series apart, by class. `--join` adds what runs
 * with `--out` have written, so that a long bench can be run in parts.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LeadTime } from '../src/planning/settings.ts';
import { readTrace } from '../sim/traces/read.ts';
import type { SeriesTrace } from '../sim/traces/trace.ts';
import { forecastsFor } from './scaling/forecasts.ts';
import { frontierSvg } from './scaling/frontier-svg.ts';
import { meanRequired, MORE_RIVALS, OBJECTIVES_ONLY, RIVALS, sweep, type SweptSeries } from './scaling/sweep.ts';
import { seriesLine, summaryLines } from './scaling/table.ts';

/** Fewer replicas than this on average, and rounding decides. */
const REQUIRED_MIN = 1.45;
const INTERVAL_MAX_MS = 300_000;
const GAPS_MAX = 0.5;

export async function run(args: readonly string[]): Promise<void> {
  const option = (name: string): string | undefined => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const folder = option('--traces');
  const joined = option('--join')?.split(',') ?? [];
  if (folder === undefined && joined.length === 0) {
    console.log('skipped: recorded series are needed, give --traces DIR');
    return;
  }
  const leadTime = readLeadTime(option('--lead-time') ?? '');
  const rivals = args.includes('--all') ? { ...RIVALS, ...MORE_RIVALS } : RIVALS;
  const own = args.includes('--brief') ? OBJECTIVES_ONLY : undefined;
  const swept = joined.flatMap(readSwept);
  const only = option('--only')?.split(',');
  for (const trace of folder === undefined ? [] : seriesOf(folder, leadTime, option('--half'))) {
    if (only !== undefined && !only.includes(trace.name)) continue;
    const forecasts = forecastsFor(trace, option('--cache') ?? join(tmpdir(), 'forescale-forecasts'));
    const result = await sweep(trace, forecasts, { leadTime, rivals, own });
    swept.push(result);
    console.log(seriesLine(result));
  }
  swept.sort((a, b) => (a.name < b.name ? -1 : 1));
  const baselines = option('--baselines');
  for (const line of summaryLines(swept, baselines === undefined ? new Map() : readClasses(baselines))) console.log(line);
  const out = option('--out');
  if (out === undefined) return;
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'scaling.json'), `${JSON.stringify(swept, undefined, 1)}\n`);
  for (const series of swept) writeFileSync(join(out, `${series.name}.svg`), frontierSvg(series));
}

/** The series that are large enough for counts to mean something, of one half or of all. */
function* seriesOf(folder: string, leadTime: LeadTime, half: string | undefined): Generator<SeriesTrace> {
  let number = 0;
  for (const file of readdirSync(folder).sort()) {
    if (!/\.csv(\.gz)?$/.test(file)) continue;
    const trace = readTrace(join(folder, file));
    if (trace.kind !== 'series' || trace.intervalMs > INTERVAL_MAX_MS || meanRequired(trace, leadTime) < REQUIRED_MIN) continue;
    const hasHalf = trace.values.filter(Number.isNaN).length <= GAPS_MAX * trace.values.length;
    if (hasHalf) number += 1;
    if (half === undefined || (hasHalf && half === (number % 2 === 1 ? 'even' : 'odd'))) yield trace;
  }
}

function readSwept(folder: string): readonly SweptSeries[] {
  return JSON.parse(readFileSync(join(folder, 'scaling.json'), 'utf8')) as SweptSeries[];
}

/** Name of a series to its class in the pilot. */
function readClasses(file: string): ReadonlyMap<string, string> {
  const { traces } = JSON.parse(readFileSync(file, 'utf8')) as { readonly traces: Readonly<Record<string, { readonly class: string }>> };
  return new Map(Object.entries(traces).map(([name, { class: kind }]) => [name, kind]));
}

/** `P50,P95` in seconds. */
function readLeadTime(text: string): LeadTime {
  const [p50 = 120, p95 = 180] = text
    .split(',')
    .filter((part) => part !== '')
    .map(Number);
  return { p50Ms: p50 * 1_000, p95Ms: p95 * 1_000 };
}
