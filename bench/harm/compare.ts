/** Forescale and an HPA with its defaults on the same demand. */
import { plantFor } from '../../sim/plant.ts';
import { hpaPolicy } from '../../sim/policies/hpa.ts';
import type { Policy } from '../../sim/policies/policy.ts';
import { runPolicy } from '../../sim/run.ts';
import { scoreOf, type Score } from '../../sim/score.ts';
import type { SeriesTrace } from '../../sim/traces/trace.ts';
import { seriesWorkload } from '../../sim/workloads/series.ts';
import { enginePolicy } from '../scaling/engine-policy.ts';
import { forecastsOf } from '../scaling/forecasts.ts';

/** Violation minutes may be above those of the HPA by this share of all minutes. */
export const HARM_MAX = 0.01;

export interface Compared {
  readonly own: Score;
  readonly hpa: Score;
  /** Share of minutes in which we were short beyond the HPA. */
  readonly harm: number;
}

/** Everything as a user gets it who sets nothing. */
export async function compare(series: SeriesTrace): Promise<Compared> {
  const plant = plantFor(seriesWorkload(series, 1).demand, {});
  const workload = seriesWorkload(series, plant.replicaCapacity);
  const score = async (policy: Policy): Promise<Score> => {
    const configured = policy.configure(undefined);
    if (!configured.ok) throw new Error(`${policy.name} wants ${configured.wanted}`);
    const common = { workload, plant, faults: [], label: policy.name, seed: 1, replicasOnly: true };
    const { rows } = await runPolicy({ ...common, policy, start: configured.start });
    return scoreOf(rows, workload.intervalMs, plant.minReplicas);
  };
  const own = await score(enginePolicy(forecastsOf(series), plant));
  const hpa = await score(hpaPolicy);
  return { own, hpa, harm: own.violationShare - hpa.violationShare };
}
