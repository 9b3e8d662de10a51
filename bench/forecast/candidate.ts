/** What an expert that the product does not have would earn, as a model from outside. */
import type { SeriesTrace } from '../../sim/traces/trace.ts';
import type { ForecastModel, ModelTask } from '../../src/models/index.ts';
import { createHolt } from './holt.ts';
import { createIntermittent } from './intermittent.ts';
import { horizonsOf, measureSeries, type MeasureOptions } from './measure.ts';
import { printGains } from './network-gain.ts';
import { mean } from './score.ts';
import { printScores, printWeights } from './summary.ts';

interface Candidate {
  readonly create: (task: ModelTask) => ForecastModel;
  readonly isFor: (trace: SeriesTrace) => boolean;
}

/** Sparse is what has less than this a minute on average. */
const SPARSE_MAX = 0.2;
const MINUTE_MS = 60_000;
/** Intervals that a full forecaster keeps. */
const WINDOW = 2_880;

const CANDIDATES: Readonly<Record<string, Candidate>> = {
  intermittent: { create: createIntermittent, isFor: isSparse },
  holt: { create: (task) => createHolt(task, WINDOW, false), isFor: () => true },
  'holt-winters': { create: (task) => createHolt(task, WINDOW, true), isFor: () => true },
};

export function printCandidate(
  name: string,
  traces: readonly SeriesTrace[],
  profile: MeasureOptions['profile'],
  everyOf: (trace: SeriesTrace) => number,
): void {
  const candidate = CANDIDATES[name];
  if (candidate === undefined) throw new Error(`--candidate wants one of ${Object.keys(CANDIDATES).join(', ')}, got ${name}`);
  const asked = traces.filter(candidate.isFor);
  const measure = (isThere: boolean) =>
    asked.map((trace) => {
      const { intervalMs } = trace;
      const network = isThere ? [{ from: 0, model: candidate.create({ intervalMs, horizonsMs: horizonsOf(intervalMs) }) }] : [];
      return measureSeries(trace, { profile, every: everyOf(trace), network });
    });
  console.log(`${asked.length} series: ${asked.map((trace) => trace.name).join(', ')}`);
  const [without, withIt] = [measure(false), measure(true)];
  printScores(without);
  console.log(`\nwith ${name} as one more expert (called network)`);
  printScores(withIt);
  printWeights(withIt, undefined);
  printGains(without, withIt);
}

function isSparse({ values, intervalMs }: SeriesTrace): boolean {
  return mean(Array.from(values)) < (SPARSE_MAX * intervalMs) / MINUTE_MS;
}
