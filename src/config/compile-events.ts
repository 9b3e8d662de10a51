import type { KnownEvent } from '../models/events/event.ts';
import { isTimeZone, utcOf } from '../models/events/zoned-time.ts';
import { toMs } from './duration.ts';
import type { EventConfig } from './event-schema.ts';
import type { AddProblem } from './schema-problems.ts';

const DAY_MS = 86_400_000;
const LASTS_MIN_MS = 1_000;
const LASTS_MAX_MS = 31 * DAY_MS;
/** Longer than this between two occurrences, so that they cannot overlap. */
const EVERY_MIN_MS = { day: DAY_MS, week: 7 * DAY_MS, month: 28 * DAY_MS, year: 365 * DAY_MS } as const;

/** Events of a pool. What cannot be is added as a problem. */
export function compileEvents(events: readonly EventConfig[], add: AddProblem): readonly KnownEvent[] {
  const names = new Set<string>();
  return events.map((event, index) => {
    const { name } = event;
    if (names.has(name)) add(['events', index, 'name'], 'a name that no other event of the pool has', name);
    names.add(name);
    return compileEvent(event, (at, wanted, found) => add(['events', index, ...at], wanted, found));
  });
}

function compileEvent(event: EventConfig, add: AddProblem): KnownEvent {
  const { name, factor = 1, shape = 'step', every, timeZone = 'UTC' } = event;
  const lastsMs = toMs(event.lasts) ?? 0;
  const mostMs = every === undefined ? LASTS_MAX_MS : Math.min(LASTS_MAX_MS, EVERY_MIN_MS[every]);
  if (lastsMs < LASTS_MIN_MS || lastsMs > mostMs) {
    add(['lasts'], every === undefined ? 'from 1s to 31d' : `from 1s to ${mostMs / DAY_MS}d, as it comes every ${every}`, event.lasts);
  }
  const startMs = startOf(event.at, timeZone, add);
  const when =
    every === undefined
      ? { kind: 'spans' as const, spans: [{ startMs, endMs: startMs + lastsMs }] }
      : { kind: 'repeated' as const, every, firstMs: startMs, lastsMs, timeZone };
  return { name, factor, shape, decayMs: toMs(event.decay) ?? 0, when };
}

function startOf(at: string, timeZone: string, add: AddProblem): number {
  const hasOffset = /(Z|[+-]\d{2}:\d{2})$/.test(at);
  const parsed = Date.parse(hasOffset ? at : `${at}Z`);
  if (Number.isNaN(parsed)) add(['at'], 'a day and a time that exist', at);
  if (!isTimeZone(timeZone)) {
    add(['timeZone'], 'an IANA time zone, like Europe/Berlin', timeZone);
    return 0;
  }
  if (Number.isNaN(parsed)) return 0;
  return hasOffset ? parsed : utcOf(parsed, timeZone);
}
