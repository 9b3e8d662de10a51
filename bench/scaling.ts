/**
 * Is it a better autoscaler? `npm run bench -- scaling --traces DIR [--only A,B] [--skip A,B] [--half even|odd] [--all] [--lead-time P50,P95] [--cache DIR]
 * [--out DIR]`. Every policy is swept over its knob on every series; costs are compared at an equal share of short time over the
 * second half (the first half is for learning). `--half` takes every other series in the order of the alphabet: the even ones are
 * for tuning, the odd ones for reporting. Scores are deterministic. `--all` adds the rivals that take longer.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LeadTime } from '../src/planning/settings.ts';
import { readTrace } from '../sim/traces/read.ts';
import { forecastsFor } from './scaling/forecasts.ts';
import { frontierSvg } from './scaling/frontier-svg.ts';
import { meanRequired, MORE_RIVALS, RIVALS, sweep, type SweptSeries } from './scaling/sweep.ts';
import { seriesLine, summaryLines } from './scaling/table.ts';

/** Fewer replicas than this on average, and rounding decides. */
const REQUIRED_MIN = 1.45;
const INTERVAL_MAX_MS = 300_000;

export async function run(args: readonly string[]): Promise<void> {
  const option = (name: string): string | undefined => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const folder = option('--traces');
  if (folder === undefined) {
    console.log('skipped: recorded series are needed, give --traces DIR');
    return;
  }
  const only = option('--only')?.split(',');
  const skip = option('--skip')?.split(',') ?? [];
  const half = option('--half');
  const leadTime = readLeadTime(option('--lead-time') ?? '');
  let usable = 0;
  const rivals = args.includes('--all') ? { ...RIVALS, ...MORE_RIVALS } : RIVALS;
  const swept: SweptSeries[] = [];
  for (const file of readdirSync(folder)
    .filter((name) => /\.csv(\.gz)?$/.test(name))
    .sort()) {
    const name = file.replace(/\.csv(\.gz)?$/, '');
    if ((only !== undefined && !only.includes(name)) || skip.includes(name)) continue;
    const trace = readTrace(join(folder, file));
    if (trace.kind !== 'series' || trace.intervalMs > INTERVAL_MAX_MS) continue;
    if (meanRequired(trace, leadTime) < REQUIRED_MIN) continue;
    usable += 1;
    if (half !== undefined && half !== (usable % 2 === 1 ? 'even' : 'odd')) continue;
    const forecasts = forecastsFor(trace, option('--cache') ?? join(tmpdir(), 'forescale-forecasts'));
    const result = await sweep(trace, forecasts, { leadTime, rivals });
    swept.push(result);
    console.log(seriesLine(result));
  }
  for (const line of summaryLines(swept)) console.log(line);
  const out = option('--out');
  if (out === undefined) return;
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'scaling.json'), `${JSON.stringify(swept, undefined, 1)}\n`);
  for (const series of swept) writeFileSync(join(out, `${series.name}.svg`), frontierSvg(series));
}

/** `P50,P95` in seconds. */
function readLeadTime(text: string): LeadTime {
  const [p50 = 120, p95 = 180] = text
    .split(',')
    .filter((part) => part !== '')
    .map(Number);
  return { p50Ms: p50 * 1_000, p95Ms: p95 * 1_000 };
}
