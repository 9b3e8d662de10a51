import { isTimeZone, localTime } from '../models/events/zoned-time.ts';

/** Other bounds at certain times of the week, by the clocks of a time zone. */
export interface BoundsWindow {
  readonly name: string;
  readonly days: readonly Day[];
  /** Minutes since midnight; a window that ends at or before its start ends on the next day. Equal: the whole day. */
  readonly fromMinutes: number;
  readonly toMinutes: number;
  /** IANA name. */
  readonly timeZone: string;
  /** null: the pool's own. */
  readonly minReplicas: number | null;
  readonly maxReplicas: number | null;
}

/** In the order of `Date.prototype.getUTCDay`. */
export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
/** One of them. */
export type Day = (typeof DAYS)[number];

export interface Bound {
  readonly replicas: number;
  /** Name of the window that it comes from; null: the pool's own. */
  readonly window: string | null;
}

interface Bounded {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly windows?: readonly BoundsWindow[];
}

/**
 * Bounds at a time. The minimum of a window that begins within `reachMs` holds already, so that its replicas are ready when it
 * begins; a maximum holds from the window's start, and stands above.
 */
export function boundsAt(settings: Bounded, atMs: number, reachMs: number): { readonly least: Bound; readonly most: Bound } {
  const now = boundsOf(settings, atMs);
  if (settings.windows === undefined || settings.windows.length === 0) return now;
  const soon = boundsOf(settings, atMs + reachMs);
  const least = soon.least.replicas > now.least.replicas ? soon.least : now.least;
  return { least, most: now.most };
}

function boundsOf({ minReplicas, maxReplicas, windows = [] }: Bounded, atMs: number): { readonly least: Bound; readonly most: Bound } {
  const window = windows.find((candidate) => isOpen(candidate, atMs));
  const bound = (own: number, other: number | null | undefined): Bound =>
    window === undefined || other === null || other === undefined
      ? { replicas: own, window: null }
      : { replicas: other, window: window.name };
  return { least: bound(minReplicas, window?.minReplicas), most: bound(maxReplicas, window?.maxReplicas) };
}

const DAY_MINUTES = 1_440;
const WEEK_DAYS = 7;

function isOpen({ days, fromMinutes, toMinutes, timeZone }: BoundsWindow, atMs: number): boolean {
  const local = new Date(localTime(atMs, timeZone));
  const minutes = local.getUTCHours() * 60 + local.getUTCMinutes();
  const startsOn = (daysAgo: number): boolean => {
    const day = DAYS[(local.getUTCDay() + WEEK_DAYS - daysAgo) % WEEK_DAYS];
    return day !== undefined && days.includes(day);
  };
  if (toMinutes > fromMinutes) return startsOn(0) && minutes >= fromMinutes && minutes < toMinutes;
  return (startsOn(0) && minutes >= fromMinutes) || (startsOn(1) && minutes < toMinutes);
}

const REPLICAS_MAX = 1_000_000;

/** What is wrong with a window, `key what` each. Each window with the pool's own bounds must make sense by itself. */
export function windowProblems(window: BoundsWindow, { minReplicas, maxReplicas }: Bounded): readonly string[] {
  const problems: string[] = [];
  const isMinute = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= DAY_MINUTES;
  if (window.days.length === 0) problems.push('days must name at least one');
  if (!isMinute(window.fromMinutes) || !isMinute(window.toMinutes)) problems.push('from and to must be times of a day');
  if (!isTimeZone(window.timeZone)) problems.push(`timeZone must be an IANA time zone, got ${window.timeZone}`);
  const least = window.minReplicas ?? minReplicas;
  const most = window.maxReplicas ?? maxReplicas;
  const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= REPLICAS_MAX;
  if (!isCount(least) || !isCount(most))
    problems.push(`min and max must be whole numbers from 0 to ${REPLICAS_MAX}, got ${least} and ${most}`);
  else if (least > most) problems.push(`min (${least}) must not be above its max (${most})`);
  return problems;
}
