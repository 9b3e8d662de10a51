/** Wall-clock time of a time zone as if it were UTC: epoch ms of the same digits. */
export type LocalMs = number;

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError if there is no such time zone. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timeZone, made);
  return made;
}

export function isTimeZone(timeZone: string): boolean {
  try {
    formatOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

export function localTime(timeMs: number, timeZone: string): LocalMs {
  if (timeZone === 'UTC') return timeMs;
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(timeMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const milliseconds = ((timeMs % 1_000) + 1_000) % 1_000;
  return Date.UTC(year, month - 1, day, hour, minute, second) + milliseconds;
}

/** The time at which clocks show it. Of an hour that comes twice the first; one that is skipped is moved on by the gap. */
export function utcOf(localMs: LocalMs, timeZone: string): number {
  if (timeZone === 'UTC') return localMs;
  const offset = (timeMs: number): number => localTime(timeMs, timeZone) - timeMs;
  const before = offset(localMs - DAY_MS);
  const after = offset(localMs + DAY_MS);
  const early = localMs - before;
  // With the offset from before the change it shows the right time: so it is the first of two, or the only one.
  if (offset(early) === before) return early;
  const late = localMs - after;
  return offset(late) === after ? late : early;
}

export const addDays = (localMs: LocalMs, days: number): LocalMs => localMs + days * DAY_MS;

/** The same day of a later month, or that month's last day. */
export function addMonths(localMs: LocalMs, months: number): LocalMs {
  const from = new Date(localMs);
  const month = from.getUTCMonth() + months;
  const lastDay = new Date(Date.UTC(from.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const day = Math.min(from.getUTCDate(), lastDay);
  return Date.UTC(from.getUTCFullYear(), month, day) + (((localMs % DAY_MS) + DAY_MS) % DAY_MS);
}
