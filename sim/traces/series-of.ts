import type { RequestTrace, SeriesTrace, Trace } from './trace.ts';

/** Interval to which request logs are counted where a series is wanted. */
export const REQUEST_INTERVAL_MS = 60_000;

/** Any trace as series: a family's members are named `name/member`, a request log becomes requests per minute. */
export function seriesOf(trace: Trace): readonly SeriesTrace[] {
  if (trace.kind === 'series') return [trace];
  if (trace.kind === 'requests') return [countRequests(trace, REQUEST_INTERVAL_MS)];
  const { intervalMs, startMs } = trace;
  return trace.members.map(({ name, values }) => ({ kind: 'series', name: `${trace.name}/${name}`, intervalMs, startMs, values }));
}

function countRequests({ name, timestampMs }: RequestTrace, intervalMs: number): SeriesTrace {
  const bucket = (timeMs: number): number => Math.floor(timeMs / intervalMs);
  const first = bucket(timestampMs[0] ?? 0);
  const values = new Float64Array(bucket(timestampMs.at(-1) ?? 0) - first + 1);
  for (const timeMs of timestampMs) values[bucket(timeMs) - first] = (values[bucket(timeMs) - first] ?? 0) + 1;
  return { kind: 'series', name, intervalMs, startMs: first * intervalMs, values };
}
