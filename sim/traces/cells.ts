import type { ProblemList } from '../../src/problems.ts';

/** Epoch seconds up to the year 5138; more is a clock in milliseconds. */
const EPOCH_SECONDS_MAX = 1e11;

/** Epoch milliseconds of a cell that holds epoch seconds or ISO 8601; NaN, with a problem, if it holds neither. */
export function timeOf(cell: string, place: string, problems: ProblemList): number {
  const seconds = Number(cell);
  if (cell.trim() !== '' && Number.isFinite(seconds)) {
    if (seconds >= 0 && seconds < EPOCH_SECONDS_MAX) return Math.round(seconds * 1000);
  } else if (/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(cell)) {
    const ms = Date.parse(utc(cell));
    if (!Number.isNaN(ms)) return ms;
  }
  problems.add(place, 'a time in epoch seconds or ISO 8601', quoted(cell));
  return Number.NaN;
}

/** A time without a zone is UTC, as the contract of trace files says; JavaScript would take the machine's. */
function utc(cell: string): string {
  const iso = cell.replace(' ', 'T');
  return iso.includes('T') && !/(Z|[+-]\d\d:?\d\d)$/.test(iso) ? `${iso}Z` : iso;
}

/** A measured amount: blank is not measured (NaN); anything but a finite number of 0 or more is a problem. */
export function amountOf(cell: string, place: string, problems: ProblemList): number {
  if (cell === '' || cell.trim() === '') return Number.NaN;
  const value = Number(cell);
  if (Number.isFinite(value) && value >= 0) return value;
  problems.add(place, 'a number of 0 or more, or nothing where it was not measured', quoted(cell));
  return Number.NaN;
}

export function quoted(cell: string): string {
  return cell.length > 40 ? `"${cell.slice(0, 40)}..."` : `"${cell}"`;
}
