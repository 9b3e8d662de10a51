import { Type, type Static } from 'typebox';
import { Duration, Shape } from './shapes.ts';

const strict = { additionalProperties: false } as const;
const count = (description: string) => Type.Integer({ minimum: 0, maximum: 1_000_000, description });
const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const span = { from: Duration('From the start'), to: Duration('From the start') };

/** What must hold for one policy after a run. */
export const Expectation = Type.Object(
  {
    violationMinutesMax: Type.Optional(Type.Number({ minimum: 0, description: 'Minutes with fewer ready replicas than required' })),
    violationShareMax: Type.Optional(share('The same as a share of the run')),
    violationMinutesMaxRelativeTo: Type.Optional(
      Type.Record(Type.String(), Type.Number({ minimum: 0 }), { description: 'At most this many times those of another policy' }),
    ),
    violationShareMaxAbove: Type.Optional(
      Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: 1 }), {
        description: 'The share of violation minutes is at most that of another policy and so much',
      }),
    ),
    costMaxRelativeTo: Type.Optional(
      Type.Record(Type.String(), Type.Number({ minimum: 0 }), { description: 'At most this many times the cost of another policy' }),
    ),
    neverScalesDownBetween: Type.Optional(Type.Array(Type.Object(span, strict), { description: 'Requested replicas never fall' })),
    neverScalesUpBetween: Type.Optional(Type.Array(Type.Object(span, strict), { description: 'Requested replicas never rise' })),
    readyAtLeast: Type.Optional(Type.Array(Type.Object({ ...span, replicas: count('Ready in every minute of the time') }, strict))),
    requestedAtMost: Type.Optional(Type.Array(Type.Object({ ...span, replicas: count('Requested in every minute of the time') }, strict))),
    noViolationBetween: Type.Optional(Type.Array(Type.Object(span, strict))),
    reversalsPerDayMax: Type.Optional(Type.Number({ minimum: 0, description: 'Changes of direction of requested replicas' })),
    droppedShareMax: Type.Optional(share('Of all requests')),
  },
  { ...strict, minProperties: 1 },
);
export type Expectation = Static<typeof Expectation>;

const faultSpan = { at: Duration('From the start'), lasts: Duration('How long') };
export const Fault = Type.Object(
  {
    unavailable: Type.Optional(Type.Object(faultSpan, strict)),
    throttled: Type.Optional(Type.Object({ ...faultSpan, retryAfter: Duration('What the cloud asks to wait') }, strict)),
    unknownOutcome: Type.Optional(Type.Object(faultSpan, strict)),
    quota: Type.Optional(Type.Object({ ...faultSpan, replicas: count('More are refused') }, strict)),
    slowStarts: Type.Optional(Type.Object({ ...faultSpan, factor: Type.Number({ minimum: 1, maximum: 100 }) }, strict)),
    neverReady: Type.Optional(Type.Object(faultSpan, strict)),
    foreignWrite: Type.Optional(Type.Object({ at: Duration('From the start'), replicas: count('What somebody else sets') }, strict)),
  },
  { ...strict, minProperties: 1, maxProperties: 1, description: 'exactly one fault of the cloud' },
);
export type Fault = Static<typeof Fault>;

/** A scenario file. Every key is checked; unknown ones are refused. */
export const Scenario = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$', maxLength: 64 }),
    description: Type.String({ minLength: 1, description: 'What happens and what must come of it' }),
    seed: Type.Optional(Type.Integer({ minimum: 0, description: 'Default 1; --seed stands above it' })),
    start: Type.Optional(
      Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$', description: 'Default 2026-01-05T00:00:00Z, a Monday' }),
    ),
    duration: Duration('Length of the run, whole minutes'),
    policies: Type.Optional(Type.Array(Type.String(), { minItems: 1, description: 'Default predictive, hpa, static, perfect' })),
    producers: Type.Optional(
      Type.Object(
        {
          count: Type.Integer({ minimum: 1, maximum: 1_000 }),
          split: Type.Optional(Type.Enum(['even', 'skewed'], { description: 'Default even' })),
        },
        strict,
      ),
    ),
    plant: Type.Object(
      {
        replicaCapacity: Type.Number({ exclusiveMinimum: 0, maximum: 1e9, description: 'Requests per second that one replica serves' }),
        leadTime: Type.Optional(Type.Object({ p50: Duration('Median'), p95: Duration('95th percentile') }, strict)),
        min: Type.Optional(count('Default 1')),
        max: Type.Optional(count('Default four times what the peak of the first half needs')),
        objective: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 0.5, description: 'Default 0.01' })),
        shortMinutePrice: Type.Optional(
          Type.Number({
            exclusiveMinimum: 0,
            maximum: 1e9,
            description: 'What a short minute costs, in minutes of one replica; default found for the objective',
          }),
        ),
        startFailures: Type.Optional(Type.Number({ minimum: 0, maximum: 0.9, description: 'Share of starts that fail, default 0' })),
        queueTimeout: Type.Optional(Duration('Default 1m')),
        bound: Type.Optional(Type.Enum(['requests', 'cpu'], { description: 'What the pool is told to bound a replica; default requests' })),
      },
      strict,
    ),
    workload: Type.Array(Shape, { minItems: 1, maxItems: 64 }),
    faults: Type.Optional(Type.Array(Fault, { maxItems: 64 })),
    expect: Type.Record(Type.String(), Expectation, { description: 'What must hold, per policy' }),
  },
  strict,
);
export type Scenario = Static<typeof Scenario>;
