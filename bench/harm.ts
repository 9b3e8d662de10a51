/**
 * Does it harm anybody? `npm run bench -- harm [--runs N] [--seed S] [--minutes M]` (no longer than that): on drawn demand (1,000 series) violation minutes may be
 * above those of an HPA with its defaults by 1% of all minutes. The worst is shown; a counterexample is shrunk.
 */
import * as fc from 'fast-check';
import { compare, HARM_MAX } from './harm/compare.ts';
import { drawnDemand, seriesOf } from './harm/demand.ts';

export async function run(args: readonly string[]): Promise<void> {
  const option = (name: string, fallback: number): number => (args.includes(name) ? Number(args[args.indexOf(name) + 1]) : fallback);
  const harms: number[] = [];
  const costs: number[] = [];
  const property = fc.asyncProperty(drawnDemand, async (drawn) => {
    const { own, hpa, harm } = await compare(seriesOf(drawn));
    harms.push(harm);
    costs.push(Math.log(own.costReplicaMinutes / hpa.costReplicaMinutes));
    return harm <= HARM_MAX;
  });
  const result = await fc.check(property, {
    numRuns: option('--runs', 1_000),
    seed: option('--seed', 1),
    interruptAfterTimeLimit: option('--minutes', 1_440) * 60_000,
  });
  console.log(
    `worst: ${harms
      .map((harm, i) => [harm, i] as const)
      .sort((a, b) => b[0] - a[0])
      .slice(0, 3)
      .map(([harm, i]) => `${(100 * harm).toFixed(2)}% (number ${i})`)
      .join(', ')}`,
  );
  harms.sort((a, b) => a - b);
  const percent = (at: number): string => `${(100 * (harms[Math.floor(at * (harms.length - 1))] ?? 0)).toFixed(2)}%`;
  const cost = Math.exp(costs.reduce((sum, value) => sum + value, 0) / Math.max(1, costs.length));
  console.log(
    `${harms.length} series: short beyond the HPA ${percent(0.5)} (median), ${percent(0.95)} (95th percentile), ${percent(1)} (most); cost ${cost.toFixed(3)} of the HPA (geometric mean)`,
  );
  console.log(
    `bar ${100 * HARM_MAX}%: ${result.failed && !result.interrupted ? `missed after ${result.numRuns} runs, by\n${fc.stringify(result.counterexample)}` : 'held'}`,
  );
}
