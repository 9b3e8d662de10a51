import { Type, type Static } from 'typebox';
import { EpochMs, Name } from './resource.ts';

const rate = (description: string) => Type.Number({ minimum: 0, description: `${description}, requests/s` });

/** A producer tells at once that its load has jumped, long before its interval ends. Never needed, never repeated, never kept. */
export const Pulse = Type.Object(
  {
    pool: Name('Pool that the producer belongs to'),
    producer: Name('Producer, unique in its pool'),
    atMs: EpochMs('End of the window'),
    windowMs: Type.Number({ exclusiveMinimum: 0, maximum: 60_000, description: 'Length of the window, milliseconds' }),
    requestsPerSecond: rate('In the window'),
    usualPerSecond: rate('In the minute before it'),
  },
  { $id: 'Pulse' },
);
export type Pulse = Static<typeof Pulse>;
