import type { Labels, Meter } from '../../ports/meter.ts';
import { METRICS, type Metric } from './catalogue.ts';
import { exposition, type Series } from './exposition.ts';

/** Combinations of label values that one metric keeps. */
export const SERIES_MAX = 500;
const DROPPED = 'forescale_metrics_dropped_total';

export interface PrometheusMeter extends Meter {
  /** What was measured since the start, in the Prometheus text format. */
  text(): string;
}

/**
 * Keeps what is measured in memory. It never throws into those who measure: a metric that is not in the catalogue, or one
 * label value too many, is left out and counted.
 */
export function createPrometheusMeter(metrics: readonly Metric[] = METRICS): PrometheusMeter {
  const kept = new Map(metrics.map((metric) => [metric.name, { metric, series: new Map<string, Series>() }]));

  const seriesOf = (name: string, type: Metric['type'], labels: Labels): Series | undefined => {
    const known = kept.get(name);
    if (known === undefined || known.metric.type !== type) return drop(name);
    const { metric, series } = known;
    const values = metric.labels.map((label) => labels[label] ?? '');
    const key = values.join('\n');
    const found = series.get(key);
    if (found !== undefined) return found;
    if (series.size >= (metric.seriesMax ?? SERIES_MAX)) return drop(name);
    const made: Series = { values, value: 0, count: 0, buckets: metric.buckets?.map(() => 0) ?? [] };
    series.set(key, made);
    return made;
  };

  const drop = (name: string): undefined => {
    if (name === DROPPED) return undefined;
    const series = seriesOf(DROPPED, 'counter', { metric: name });
    if (series !== undefined) series.value += 1;
    return undefined;
  };

  return {
    count(name, labels = {}, amount = 1) {
      // A counter that fell would look like a restart.
      if (!(amount >= 0 && Number.isFinite(amount))) return;
      const series = seriesOf(name, 'counter', labels);
      if (series !== undefined) series.value += amount;
    },
    gauge(name, value, labels = {}) {
      const series = seriesOf(name, 'gauge', labels);
      if (series !== undefined) series.value = value;
    },
    observe(name, value, labels = {}) {
      if (!Number.isFinite(value)) return;
      const series = seriesOf(name, 'histogram', labels);
      if (series === undefined) return;
      series.value += value;
      series.count += 1;
      const index = kept.get(name)?.metric.buckets?.findIndex((bound) => value <= bound) ?? -1;
      if (index >= 0) series.buckets[index] = (series.buckets[index] ?? 0) + 1;
    },
    text: () => exposition([...kept.values()].map(({ metric, series }) => ({ metric, series: [...series.values()] }))),
  };
}
