import type { ResourceReport, StateReport } from '../protocol/state-report.ts';
import { roundLoad } from './measure.ts';

/**
 * The report with requests weighted by what they cost, where its analyzer has found that this tells more than counts: a
 * replica serves so many requests of the usual mix. Other resources are measured as they are used.
 */
export function weightedReport(report: StateReport): StateReport {
  const { weighting } = report.costs ?? {};
  if (weighting === undefined) return report;
  const factorAt = (horizonMs: number): number =>
    (weighting.ahead.find((one) => one.horizonMs >= horizonMs) ?? weighting.ahead.at(-1))?.factor ?? weighting.now;
  const weigh = (one: ResourceReport): ResourceReport => ({
    ...one,
    current: one.current === null ? null : roundLoad(one.current * weighting.now),
    forecasts: one.forecasts.map((answer) => {
      const factor = factorAt(answer.horizonMs);
      return { ...answer, mean: answer.mean * factor, quantiles: answer.quantiles.map((value) => roundLoad(value * factor)) };
    }),
  });
  return { ...report, resources: report.resources.map((one) => (one.resource === 'requests' ? weigh(one) : one)) };
}
