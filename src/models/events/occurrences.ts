import type { KnownEvent, Repeated, Span } from './event.ts';
import { addMonths, addDays, localTime, utcOf } from './zoned-time.ts';

const DAY_MS = 86_400_000;
/** Mean lengths, to find about which repetition a time belongs to. */
const ABOUT_MS = { day: DAY_MS, week: 7 * DAY_MS, month: 30.436_875 * DAY_MS, year: 365.242_5 * DAY_MS } as const;

/** Occurrences that overlap [fromMs, toMs), in order; of repeated ones at most `max`. */
export function occurrencesBetween({ when }: KnownEvent, fromMs: number, toMs: number, max = 1_000): readonly Span[] {
  const overlaps = ({ startMs, endMs }: Span): boolean => startMs < toMs && endMs > fromMs;
  if (when.kind === 'spans') return when.spans.filter(overlaps);
  const aboutMs = ABOUT_MS[when.every];
  const found: Span[] = [];
  const first = Math.max(0, Math.floor((fromMs - when.lastsMs - when.firstMs) / aboutMs) - 2);
  for (let i = first; found.length < max; i++) {
    const startMs = startOf(when, i);
    if (startMs >= toMs) break;
    const span = { startMs, endMs: startMs + when.lastsMs };
    if (overlaps(span)) found.push(span);
  }
  return found;
}

/** Start of the repetition with a number, 0 for the first. */
function startOf({ every, firstMs, timeZone }: Repeated, number: number): number {
  if (number === 0) return firstMs;
  const first = localTime(firstMs, timeZone);
  if (every === 'day' || every === 'week') return utcOf(addDays(first, number * (every === 'day' ? 1 : 7)), timeZone);
  return utcOf(addMonths(first, number * (every === 'month' ? 1 : 12)), timeZone);
}
