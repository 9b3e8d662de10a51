import { needOf, type HorizonNeed } from './capacity.ts';
import type { HorizonInput, ReportInput, UpstreamInput } from './inputs.ts';
import { quantileAt } from './quantile.ts';
import type { PlannerSettings } from './settings.ts';

/**
 * What the callers' forecasts need of this pool until a replica could be ready, at the wanted level; undefined when nothing can
 * be said. Its own forecast sees their load only once it has arrived.
 */
export function upstreamNeed(
  upstream: UpstreamInput,
  report: ReportInput | null,
  level: number,
  untilMs: number,
  { replicaCapacity }: PlannerSettings,
): HorizonNeed | undefined {
  const answer = upstream.maxima.find(({ horizonMs }) => horizonMs >= untilMs) ?? upstream.maxima.at(-1);
  const expected = answer && quantileAt(upstream.levels, answer.quantiles, level);
  if (answer === undefined || expected === undefined || !Number.isFinite(expected)) return undefined;
  const now = upstream.requestsPerSecond;
  const factor = now !== null && now > 0 ? expected / now : null;
  const loads = (report?.resources ?? [])
    .map(({ resource, current }) => ({
      resource,
      load: resource === 'requests' ? Math.max(0, expected) : current === null || factor === null ? null : current * Math.max(0, factor),
    }))
    .filter(({ load }) => load !== null);
  const need = needOf(loads, replicaCapacity);
  return need && { ...need, horizonMs: answer.horizonMs };
}

/**
 * Expectations of several callers as one. Quantiles are not added up: medians are, and the distances from them as if the callers
 * were independent (root of the sum of squares).
 */
export function joinCallers(callers: readonly (readonly HorizonInput[])[], levels: readonly number[]): readonly HorizonInput[] {
  const [first, ...others] = callers;
  if (first === undefined || others.length === 0) return first ?? [];
  return first.map(({ horizonMs }) => {
    // A caller with other horizons counts with the next one that reaches.
    const answers = callers.flatMap((maxima) => maxima.find((one) => one.horizonMs >= horizonMs) ?? maxima.at(-1) ?? []);
    const medians = answers.map(({ quantiles }) => quantileAt(levels, quantiles, 0.5) ?? 0);
    const median = medians.reduce((sum, value) => sum + value, 0);
    const quantiles = levels.map((_, i) => {
      const away = answers.map((answer, k) => (answer.quantiles[i] ?? 0) - (medians[k] ?? 0));
      const spread = Math.sqrt(away.reduce((sum, value) => sum + value * value, 0));
      return Math.max(0, median + (away.reduce((sum, value) => sum + value, 0) < 0 ? -spread : spread));
    });
    return { horizonMs, quantiles };
  });
}
