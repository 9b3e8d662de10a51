/**
 * How fast the virtual world runs: `npm run bench -- simulate [--traces DIR]`. CPU seconds of this process, one core.
 * Bars, with the whole forecasting engine: 28 days at one minute with one producer in 120 s, 50 producers over two days in 240 s.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { plantFor } from '../sim/plant.ts';
import { policiesFor, simulate } from '../sim/simulate.ts';
import { readTrace } from '../sim/traces/read.ts';
import { demandOf, workloadOf } from '../sim/workloads/from-trace.ts';
import { seriesWorkload } from '../sim/workloads/series.ts';
import type { Workload } from '../sim/workloads/workload.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

export async function run(args: readonly string[]): Promise<void> {
  await measure('one producer, 28 days of a minute', generated(28 * DAY_MINUTES, 1), 120);
  await measure('50 producers, 2 days of a minute', generated(2 * DAY_MINUTES, 50), 240);
  const folder = args[args.indexOf('--traces') + 1];
  if (!args.includes('--traces') || folder === undefined) {
    console.log('recorded traces: skipped, give --traces DIR');
    return;
  }
  for (const file of ['nasa_http_1995_07.csv', 'raw/lcg_grid_jobs_2005.csv.gz']) {
    const path = join(folder, file);
    if (!existsSync(path)) console.log(`${file}: skipped, it is not there`);
    else {
      const trace = readTrace(path);
      const { replicaCapacity } = plantFor(demandOf(trace), {});
      await measure(file, workloadOf(trace, replicaCapacity), 120);
    }
  }
}

async function measure(name: string, workload: Workload, barSeconds: number): Promise<void> {
  const plant = plantFor(workload.demand, {});
  const before = process.cpuUsage();
  const { runs } = await simulate({ workload, plant, faults: [], policies: policiesFor(['predictive']), seed: 1 });
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  const score = runs[0]?.score;
  const perInterval = (1000 * seconds) / workload.demand.length;
  console.log(
    `${name}: ${seconds.toFixed(1)} s CPU (bar ${barSeconds}), ${perInterval.toFixed(2)} ms an interval; ` +
      `${((score?.violationShare ?? 0) * 100).toFixed(2)}% short at ${score?.costReplicaMinutes.toFixed(0)} replica-minutes`,
  );
}

/** A daily rhythm with a weekly one and a spread that is the same every time. */
function generated(intervals: number, producers: number): Workload {
  const values = Array.from({ length: intervals }, (_, i) => {
    const daily = 1 + 0.6 * Math.sin((2 * Math.PI * i) / DAY_MINUTES) + 0.1 * Math.sin((2 * Math.PI * i) / (7 * DAY_MINUTES));
    return Math.round(600 * daily * (1 + 0.1 * Math.sin(i * 12.9898) * Math.cos(i * 78.233)));
  });
  return seriesWorkload({ name: 'generated', startMs: 0, intervalMs: MINUTE_MS, values }, 60, producers);
}
