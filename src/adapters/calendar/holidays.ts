import type { KnownEvent, Span } from '../../models/events/event.ts';

/** An ISO country, a region of it, and what is expected of a holiday. */
export interface Calendar {
  readonly country: string;
  readonly region?: string;
  readonly factor: number;
}

/** The part of date-holidays that is used here. */
interface Holidays {
  getHolidays(year: number): readonly { readonly type: string; readonly start: Date; readonly end: Date }[];
  getCountries(): Readonly<Record<string, string>>;
  getStates(country: string): Readonly<Record<string, string>> | undefined;
}
type HolidaysClass = new (country?: string, region?: string) => Holidays;

const PACKAGE: string = 'date-holidays';
/** A node is restarted more often than this. */
const YEARS_BEFORE = 1;
const YEARS_AHEAD = 10;

/**
 * Public holidays as one event: each of them teaches the factor of all. The package is loaded only here.
 * @returns the event, or what is wrong with the calendar: the option, what would have been right, what was found.
 */
export async function holidaysOf(
  calendar: Calendar,
  nowMs: number,
  load: () => Promise<unknown> = () => import(PACKAGE),
): Promise<KnownEvent | CalendarProblem> {
  let Class: HolidaysClass;
  try {
    const loaded = (await load()) as { readonly default: HolidaysClass };
    Class = loaded.default;
  } catch (error) {
    const found = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { option: 'country', wanted: `the package ${PACKAGE} to be installed (npm install ${PACKAGE})`, found };
  }
  const { country, region, factor } = calendar;
  const all = new Class();
  const countries = all.getCountries();
  if (countries[country] === undefined) return { option: 'country', wanted: `one of ${Object.keys(countries).join(' ')}`, found: country };
  if (region !== undefined) {
    const regions = Object.keys(all.getStates(country) ?? {});
    const wanted = regions.length === 0 ? `no region: ${country} has none` : `one of ${regions.join(' ')}`;
    if (!regions.includes(region)) return { option: 'region', wanted, found: region };
  }
  const year = new Date(nowMs).getUTCFullYear();
  const holidays = region === undefined ? new Class(country) : new Class(country, region);
  const years = Array.from({ length: YEARS_BEFORE + 1 + YEARS_AHEAD }, (_, i) => year - YEARS_BEFORE + i);
  const spans = years
    .flatMap((one) => holidays.getHolidays(one))
    .filter(({ type }) => type === 'public')
    .map(({ start, end }) => ({ startMs: start.getTime(), endMs: end.getTime() }));
  const name = region === undefined ? `holidays-${country}` : `holidays-${country}-${region}`;
  return { name, factor, shape: 'step', decayMs: 0, when: { kind: 'spans', spans: merged(spans) } };
}

export interface CalendarProblem {
  readonly option: 'country' | 'region';
  readonly wanted: string;
  readonly found: string;
}

/** In order; two holidays on one day are one. */
function merged(spans: readonly Span[]): readonly Span[] {
  const sorted = spans.toSorted((a, b) => a.startMs - b.startMs);
  const kept: Span[] = [];
  for (const span of sorted) if (span.startMs >= (kept.at(-1)?.endMs ?? -Infinity)) kept.push(span);
  return kept;
}
