/** The Prometheus text format, version 0.0.4. */
import type { Metric } from './catalogue.ts';

export const EXPOSITION_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface Series {
  /** Label values, in the order of the metric's labels. */
  readonly values: readonly string[];
  /** Count, level, or the sum of what was observed. */
  value: number;
  /** Observations, of a histogram. */
  count: number;
  /** Observations per bucket, each by itself. */
  readonly buckets: number[];
}

export interface Family {
  readonly metric: Metric;
  readonly series: readonly Series[];
}

/** Families without a series are left out: there is nothing to say of them yet. */
export function exposition(families: readonly Family[]): string {
  return families
    .filter(({ series }) => series.length > 0)
    .map(({ metric, series }) => {
      const lines = series.flatMap((one) => (metric.type === 'histogram' ? histogram(metric, one) : [sample(metric, one, one.value)]));
      return `# HELP ${metric.name} ${escapeHelp(metric.help)}\n# TYPE ${metric.name} ${metric.type}\n${lines.join('\n')}\n`;
    })
    .join('');
}

function histogram(metric: Metric, series: Series): string[] {
  let below = 0;
  const lines = (metric.buckets ?? []).map((bound, i) => {
    below += series.buckets[i] ?? 0;
    return sample(metric, series, below, '_bucket', `le="${bound}"`);
  });
  const all = sample(metric, series, series.count, '_bucket', 'le="+Inf"');
  return [...lines, all, sample(metric, series, series.value, '_sum'), sample(metric, series, series.count, '_count')];
}

function sample({ name, labels }: Metric, { values }: Series, value: number, suffix = '', extra?: string): string {
  const pairs = labels.map((label, i) => `${label}="${escapeLabel(values[i] ?? '')}"`);
  if (extra !== undefined) pairs.push(extra);
  return `${name}${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
