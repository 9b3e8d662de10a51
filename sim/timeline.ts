/** What one interval of a run was like. */
export interface TimelineRow {
  /** Start of the interval, epoch milliseconds. */
  readonly startMs: number;
  /** Units of the trace. */
  readonly demand: number;
  /** ceil(demand / what a replica can serve in this interval). */
  readonly required: number;
  /** The least number of replicas that were ready at any time of the interval. */
  readonly ready: number;
  /** Time-weighted mean number of replicas paid for, starting ones included. */
  readonly requested: number;
  /** Work done / work that ready replicas could have done, 0 to 1. */
  readonly utilisation: number;
  /** Waiting at the end of the interval, units of the trace. */
  readonly queue: number;
  readonly dropped: number;
  readonly latencyP95Seconds: number;
}

export function isViolation(row: TimelineRow): boolean {
  return row.ready < row.required;
}

export const TIMELINE_HEADER = 'time,demand,required,ready,requested,cpu,queue,latency_p95,violation';

/** The rows as CSV: times in epoch seconds, `cpu` as a share, `latency_p95` in seconds. */
export function timelineCsv(rows: readonly TimelineRow[]): string {
  const lines = rows.map((row) =>
    [
      row.startMs / 1000,
      row.demand,
      row.required,
      row.ready,
      rounded(row.requested, 1e6),
      rounded(row.utilisation, 1e4),
      rounded(row.queue, 1e3),
      rounded(row.latencyP95Seconds, 1e4),
      Number(isViolation(row)),
    ].join(','),
  );
  return `${TIMELINE_HEADER}\n${lines.join('\n')}\n`;
}

/** Rounded to a whole multiple of 1 / `parts`. */
export function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
