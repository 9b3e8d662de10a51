import type { ProblemList } from '../../src/problems.ts';
import { amountOf, quoted, timeOf } from './cells.ts';
import { numberedLines } from './lines.ts';

/** A regular table: one row per interval, one column per series. */
export interface Table {
  readonly startMs: number;
  readonly intervalMs: number;
  readonly columns: readonly Float64Array[];
}

/**
 * Reads `timestamp,<column>,...` with strictly regular times.
 * @param filled index of the column that marks rows which were not measured, -1 if there is none.
 * @returns undefined if there are problems, which are then in `problems`.
 */
export function readTable(path: string, text: string, header: readonly string[], filled: number, problems: ProblemList): Table | undefined {
  const width = header.length;
  const series = header.map((_, i) => i).filter((i) => i > 0 && i !== filled);
  const times: number[] = [];
  const lines: number[] = [];
  const rows: number[][] = series.map(() => []);
  for (const [number, line] of numberedLines(text)) {
    if (number === 1) continue;
    const cells = line.split(',');
    const place = `${path}:${number}`;
    if (cells.length !== width) {
      problems.add(place, `${width} columns (${header.slice(0, 4).join(',')}${width > 4 ? ',...' : ''})`, `${cells.length}`);
      continue;
    }
    times.push(timeOf(cells[0] ?? '', place, problems));
    lines.push(number);
    const missing = filled >= 0 && isFilled(cells[filled] ?? '', place, problems);
    series.forEach((column, i) => {
      const value = amountOf(cells[column] ?? '', place, problems);
      rows[i]?.push(missing ? Number.NaN : value);
    });
  }
  if (times.length < 2) {
    problems.add(path, 'at least two rows', `${times.length}`);
    return undefined;
  }
  const intervalMs = regularStep(path, times, lines, problems);
  if (problems.count > 0) return undefined;
  return { startMs: times[0] ?? 0, intervalMs, columns: rows.map((values) => Float64Array.from(values)) };
}

function isFilled(cell: string, place: string, problems: ProblemList): boolean {
  if (cell === '' || cell === '0') return false;
  if (cell !== '1') problems.add(place, '0, 1 or nothing in the column `filled`', quoted(cell));
  return true;
}

/** The step between rows, which must be the same everywhere: the commonest one, so that one bad row is one problem. */
function regularStep(path: string, times: readonly number[], lines: readonly number[], problems: ProblemList): number {
  const step = commonestStep(times);
  for (let i = 1; i < times.length; i += 1) {
    const gap = (times[i] ?? 0) - (times[i - 1] ?? 0);
    if (gap === step || Number.isNaN(gap)) continue;
    const place = `${path}:${lines[i] ?? 0}`;
    if (gap === 0) problems.add(place, 'a time of its own', 'the same time as the row before');
    else if (gap < 0) problems.add(place, 'rows in order of time', `a time ${-gap / 1000} s before the row before`);
    else problems.add(place, `a row every ${step / 1000} s`, `${gap / 1000} s after the row before`);
  }
  return step;
}

function commonestStep(times: readonly number[]): number {
  const counts = new Map<number, number>();
  for (let i = 1; i < Math.min(times.length, 1_000); i += 1) {
    const gap = (times[i] ?? 0) - (times[i - 1] ?? 0);
    if (gap > 0) counts.set(gap, (counts.get(gap) ?? 0) + 1);
  }
  let best = 0;
  for (const [gap, count] of counts) if (count > (counts.get(best) ?? 0)) best = gap;
  return best;
}
