import { Type, type Static } from 'typebox';
import { DURATION_PATTERN } from '../../src/config/duration.ts';

const strict = { additionalProperties: false } as const;

export const Duration = (description: string) => Type.String({ pattern: DURATION_PATTERN, description });
const Rate = (description: string) => Type.Number({ minimum: 0, maximum: 1e9, description: `${description}, requests per second` });
const at = Duration('When it begins, from the start');
const lasts = Duration('How long');

/** What the load is made of. Each entry of `workload` holds exactly one of these; loads add up, conditions act on the sum. */
export const Shape = Type.Object(
  {
    constant: Type.Optional(Type.Object({ rate: Rate('Load') }, strict)),
    diurnal: Type.Optional(
      Type.Object(
        {
          mean: Rate('Mean over a period'),
          amplitude: Type.Number({ minimum: 0, maximum: 1, description: 'Swing relative to the mean' }),
          period: Type.Optional(Duration('Length of a cycle, default 1d')),
          peakAt: Type.Optional(Duration('When in a cycle the peak is, default half a period')),
        },
        strict,
      ),
    ),
    ramp: Type.Optional(Type.Object({ at, lasts: Duration('How long it rises'), by: Rate('What it rises by, and stays') }, strict)),
    step: Type.Optional(Type.Object({ at, by: Rate('What is added'), lasts: Type.Optional(lasts) }, strict)),
    flashCrowd: Type.Optional(
      Type.Object(
        { at, by: Rate('What is added at the peak'), rise: Duration('Time to the peak'), halfLife: Duration('Of the decay') },
        strict,
      ),
    ),
    sparse: Type.Optional(
      Type.Object(
        {
          burstsPerDay: Type.Number({ minimum: 0, maximum: 1440, description: 'Mean number of bursts, at random times' }),
          rate: Rate('Load during a burst'),
          lasts: Duration('Length of a burst'),
        },
        strict,
      ),
    ),
    announcedEvent: Type.Optional(
      Type.Object(
        {
          at,
          lasts,
          by: Rate('What is added'),
          announcedAt: Type.Optional(Duration('When a person asks for the replicas, from the start; default then')),
          replicas: Type.Optional(Type.Integer({ minimum: 1, description: 'Replicas that a person asks for until the event ends' })),
          factor: Type.Optional(
            Type.Number({
              minimum: 0,
              maximum: 1_000,
              description: 'What the pool is told that it multiplies the load by: an event of its config',
            }),
          ),
        },
        strict,
      ),
    ),
    noise: Type.Optional(
      Type.Object(
        {
          relative: Type.Number({ minimum: 0, maximum: 2, description: 'Standard deviation of the logarithm of a factor on the load' }),
          memory: Type.Optional(Duration('Time constant of the factor, default none: every interval on its own')),
        },
        strict,
      ),
    ),
    outage: Type.Optional(
      Type.Object(
        {
          at,
          lasts,
          loses: Type.Enum(['load', 'reports', 'both'], {
            description: 'load: nothing arrives; reports: it arrives, but the producers are silent',
          }),
        },
        strict,
      ),
    ),
    retryStorm: Type.Optional(
      Type.Object(
        {
          at,
          outage: Duration('How long nothing gets through before'),
          factor: Type.Number({ minimum: 1, maximum: 100, description: 'Load after it, relative to normal' }),
          halfLife: Duration('Of the surplus'),
        },
        strict,
      ),
    ),
    deploySurge: Type.Optional(
      Type.Object(
        {
          at,
          lasts,
          cpuFactor: Type.Number({ minimum: 1, maximum: 20, description: 'CPU that requests are seen to take, relative to normal' }),
        },
        strict,
      ),
    ),
    noisyNeighbour: Type.Optional(
      Type.Object(
        {
          at,
          lasts,
          capacityFactor: Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'What a replica can still do, relative to normal' }),
        },
        strict,
      ),
    ),
  },
  { ...strict, minProperties: 1, maxProperties: 1, description: 'exactly one shape' },
);
export type Shape = Static<typeof Shape>;
export type ShapeOf<K extends keyof Shape> = NonNullable<Shape[K]>;
