import { Type, type Static } from 'typebox';
import { AnyKey, DurationMs, EpochMs, Name } from './resource.ts';

const amount = (description: string) => Type.Number({ minimum: 0, description });

/** Sums over the requests of one bucket. */
export const Load = Type.Object({
  requests: amount('Requests that arrived in the interval'),
  cpuSeconds: amount('CPU time of the interval, seconds: measured, or the sum of the requests’ estimates'),
  memoryBytes: amount('Sum of the requests’ memory estimates, bytes'),
  networkBytes: amount('Bytes in and out'),
});
export type Load = Static<typeof Load>;

/** One bucket of a producer's load. */
export const Observation = Type.Object(
  {
    pool: Name('Pool that the producer belongs to'),
    producer: Name('Producer, unique in its pool'),
    intervalStartMs: EpochMs('Start of the interval'),
    intervalMs: Type.Number({ exclusiveMinimum: 0, maximum: 86_400_000, description: 'Length of the interval, milliseconds' }),
    load: Load,
    byType: Type.Record(AnyKey, Load, {
      maxProperties: 1_024,
      description: 'The same per request type; the type `other` holds what did not fit',
    }),
    bySource: Type.Object({
      distinct: amount('Estimated number of different sources'),
      top: Type.Array(Type.Object({ source: Type.String(), requests: amount('Requests of this source') }), {
        maxItems: 64,
        description: 'Heaviest sources first',
      }),
    }),
    tables: Type.Optional(
      Type.Object(
        {
          intervalMs: DurationMs('How long they tell of, up to the end of the interval (0: they come with a later observation)'),
          load: Type.Optional(Load),
        },
        {
          description:
            'What `byType` and `bySource.top` are of, where intervals are too short to tell them with each: sums over a longer time, with all load of that time (its CPU time as the process measured it). Default: the interval',
        },
      ),
    ),
    peakRequestsPerSecond: Type.Optional(amount('Most requests that arrived within one second of the interval')),
    process: Type.Optional(
      Type.Object({
        cpuSeconds: amount('CPU time of the whole process in the interval, seconds'),
        memoryBytes: amount('Resident memory, bytes'),
        eventLoopDelayMs: Type.Optional(DurationMs('p99 of the event-loop delay')),
        inFlight: Type.Optional(amount('Requests in flight at the end of the interval')),
      }),
    ),
    final: Type.Optional(Type.Boolean({ description: 'The producer says goodbye: its silence from now on is no outage' })),
  },
  { $id: 'Observation' },
);
export type Observation = Static<typeof Observation>;
