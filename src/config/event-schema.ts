/** Options of known events. */
import { Type, type Static } from 'typebox';
import { EVENTS_MAX, EVENT_SHAPES, REPEATS } from '../models/events/event.ts';
import { Duration, NAME_PATTERN, strict } from './option-types.ts';

const Factor = (description: string, options: object = {}) => Type.Number({ minimum: 0, maximum: 1_000, description, ...options });
const name = { pattern: NAME_PATTERN } as const;

export const EventOptions = Type.Array(
  Type.Object(
    {
      name: Type.String({ ...name, description: 'Unique in the pool; occurrences of one name teach one factor' }),
      at: Type.String({
        pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?$',
        description: 'When it begins, for the first time: 2026-11-27T08:00+01:00, or without an offset in the time zone',
      }),
      lasts: Duration('How long, from 1s to 31d'),
      factor: Type.Optional(Factor('What it multiplies the load by at its fullest; corrected by what happens', { default: 1 })),
      shape: Type.Optional(
        Type.Enum([...EVENT_SHAPES], {
          default: 'step',
          description:
            'step: full from start to end; ramp: rises to the end; pulse: full at the start, falls to the end; bell: rises and falls',
        }),
      ),
      decay: Type.Optional(Duration('Half-life with which it fades after its end', { default: '0s' })),
      every: Type.Optional(Type.Enum([...REPEATS], { description: 'How often it comes again, at the same local time' })),
      timeZone: Type.Optional(Type.String({ default: 'UTC', maxLength: 64, description: 'IANA time zone, like Europe/Berlin' })),
    },
    strict,
  ),
  { maxItems: EVENTS_MAX, default: [], description: 'What is known beforehand to multiply the load' },
);
export type EventConfig = Static<typeof EventOptions>[number];

export const CalendarOptions = Type.Object(
  {
    country: Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 code, like DE' }),
    region: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9-]{1,16}$', description: 'State or region within it, like BE' })),
    factor: Type.Optional(Factor('What a holiday multiplies the load by; corrected by what happens', { default: 1 })),
  },
  { ...strict, description: 'Public holidays of a country, as events; needs the package date-holidays' },
);
export type CalendarConfig = Static<typeof CalendarOptions>;
