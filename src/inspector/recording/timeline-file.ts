import { readFile } from 'node:fs/promises';

/** Columns of one timeline.csv. Times in epoch milliseconds. */
export interface TimelineColumns {
  readonly startMs: number;
  readonly intervalMs: number;
  readonly demand: (number | null)[];
  readonly required: number[];
  readonly ready: number[];
  readonly requested: number[];
  readonly latency: number[];
  readonly violation: number[];
}

export type ReadTimeline = { readonly ok: true; readonly columns: TimelineColumns } | { readonly ok: false; readonly problem: string };

const COLUMNS = ['time', 'demand', 'required', 'ready', 'requested', 'latency_p95', 'violation'] as const;
/** A year of minutes. More would not fit a page. */
export const ROWS_MAX = 525_600;

/** Reads what `forescale simulate` writes; says in one sentence why it cannot be read. */
export async function readTimeline(path: string): Promise<ReadTimeline> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  if (text instanceof Error) return { ok: false, problem: `it cannot be read: ${text.message}` };
  const [header = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  const names = header.trim().split(',');
  const at = COLUMNS.map((name) => names.indexOf(name));
  const missing = COLUMNS.filter((_, i) => (at[i] ?? -1) < 0);
  if (missing.length > 0) return { ok: false, problem: `columns are missing: ${missing.join(', ')}` };
  if (lines.length === 0) return { ok: false, problem: 'it has no rows' };
  if (lines.length > ROWS_MAX) return { ok: false, problem: `it has ${lines.length} rows, at most ${ROWS_MAX} can be shown` };
  return columnsOf(lines, at);
}

function columnsOf(lines: readonly string[], at: readonly number[]): ReadTimeline {
  const rows: number[][] = [];
  for (const [index, line] of lines.entries()) {
    const cells = line.trim().split(',');
    const row = at.map((column) => Number.parseFloat(cells[column] ?? ''));
    // Only the demand may be unknown.
    const wrong = row.findIndex((value, i) => i !== 1 && !Number.isFinite(value));
    if (wrong >= 0) return { ok: false, problem: `line ${index + 2}: ${COLUMNS[wrong] ?? ''} is no number` };
    rows.push(row);
  }
  const column = (i: number): number[] => rows.map((row) => row[i] ?? Number.NaN);
  const times = column(0);
  const startMs = (times[0] ?? 0) * 1_000;
  const intervalMs = rows.length < 2 ? 60_000 : Math.round(((times[1] ?? 0) - (times[0] ?? 0)) * 1_000);
  const gap = times.findIndex((time, i) => Math.abs(time * 1_000 - (startMs + i * intervalMs)) > 1);
  if (intervalMs <= 0 || gap >= 0) return { ok: false, problem: `line ${Math.max(0, gap) + 2}: times are not one interval apart` };
  const demand = column(1).map((value) => (Number.isFinite(value) ? value : null));
  const columns = {
    startMs,
    intervalMs,
    demand,
    required: column(2),
    ready: column(3),
    requested: column(4),
    latency: column(5),
    violation: column(6),
  };
  return { ok: true, columns };
}
