import type { ForecastOutlook } from '../../actors/report.ts';
import { FORECAST_METRICS } from '../../adapters/prometheus/catalogue.ts';
import { createPrometheusMeter } from '../../adapters/prometheus/meter.ts';
import { QUANTILE_LEVELS } from '../../models/forecast.ts';
import type { ForescaleNode } from '../../node.ts';
import type { Meter } from '../../ports/meter.ts';
import { plaAddress } from '../../protocol/address.ts';
import type { MeasuredSkill } from '../../protocol/state-report.ts';

/**
 * What the analyzers of pools' totals on this node know of their forecasts, as Prometheus text. Made anew each time, so that a pool that
 * has moved to another node is told there only.
 */
export function forecastMetrics(node: Pick<ForescaleNode, 'runtime'>, pools: readonly { readonly pool: string }[]): string {
  const meter = createPrometheusMeter(FORECAST_METRICS);
  for (const { pool } of pools) {
    const analyzer = node.runtime.inside(plaAddress(pool, null))?.state;
    const forecast = analyzer?.['forecast'] as ForecastOutlook | undefined;
    if (analyzer === undefined || forecast === undefined) continue;
    meter.gauge('forescale_forecast_demoted', analyzer['demoted'] === null ? 0 : 1, { pool });
    for (const [expert, weight] of Object.entries(forecast.weights)) meter.gauge('forescale_expert_weight', weight, { pool, expert });
    for (const { resource, confidence, skills } of forecast.resources) {
      meter.gauge('forescale_forecast_confidence', confidence, { pool, resource });
      for (const skill of skills) tellSkill(meter, skill, { pool, resource });
    }
  }
  return meter.text();
}

function tellSkill(meter: Meter, skill: MeasuredSkill, of: Readonly<Record<string, string>>): void {
  const labels = { ...of, kind: skill.kind, horizon: String(skill.horizonMs / 1_000) };
  const tell = (baseline: string, level: string, value: number | null | undefined): void => {
    if (typeof value === 'number') meter.gauge('forescale_forecast_skill', value, { ...labels, level, baseline });
  };
  tell('last-value', 'all', skill.lastValue);
  tell('day-ago', 'all', skill.dayAgo);
  for (const [j, level] of QUANTILE_LEVELS.entries()) {
    tell('last-value', String(level), skill.lastValueLevels[j]);
    tell('day-ago', String(level), skill.dayAgoLevels[j]);
  }
}
