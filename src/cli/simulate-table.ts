import pc from 'picocolors';
import { formatDuration } from '../config/duration.ts';
import type { Score } from '../../sim/score.ts';
import type { Simulation } from '../../sim/simulate.ts';

const COLUMNS: readonly (readonly [string, (score: Score) => string])[] = [
  ['short min', (score) => score.violationMinutes.toFixed(0)],
  ['short %', (score) => (100 * score.violationShare).toFixed(2)],
  ['replica-min', (score) => score.costReplicaMinutes.toFixed(0)],
  [
    '/ required',
    (score) => (score.perfectCostReplicaMinutes > 0 ? score.costReplicaMinutes / score.perfectCostReplicaMinutes : 0).toFixed(3),
  ],
  ['over %', (score) => score.elasticity.thetaOver.toFixed(1)],
  ['turns/day', (score) => score.reversalsPerDay.toFixed(1)],
  ['p95 s', (score) => score.meanLatencyP95Seconds.toFixed(3)],
];

/** What the policies came to, as a table for a terminal. */
export function resultTable({ workload, plant, seed, runs }: Simulation): string {
  const { leadTime, minReplicas, maxReplicas, replicaCapacity } = plant;
  const length = formatDuration(workload.demand.length * workload.intervalMs);
  const lead = `${formatDuration(leadTime.p50Ms)}/${formatDuration(leadTime.p95Ms)}`;
  const head = `${pc.bold(workload.name)}  ${length}, replica ${Number(replicaCapacity.toPrecision(6))} per interval, lead time ${lead}, ${minReplicas} to ${maxReplicas} replicas, seed ${seed}`;
  const names = ['policy', ...COLUMNS.map(([name]) => name)];
  const lines = runs.map(({ label, score }) => [label, ...COLUMNS.map(([, read]) => read(score))]);
  const widths = names.map((name, i) => Math.max(name.length, ...lines.map((line) => line[i]?.length ?? 0)));
  const row = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  return `${head}\n${pc.dim(row(names))}\n${lines.map(row).join('\n')}\n`;
}
