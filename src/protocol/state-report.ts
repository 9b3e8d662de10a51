import { Type, type Static } from 'typebox';
import { AnyKey, ContentHash, DurationMs, EpochMs, Name, Recommendation, Resource, Share } from './resource.ts';

/** One answer of a forecaster, in the unit of its resource. */
export const ForecastAnswer = Type.Object({
  horizonMs: DurationMs('From the start of the last interval seen'),
  kind: Type.Enum(['point', 'max'], {
    description: 'point: the interval that starts at origin + horizon; max: the largest of the intervals in (origin, origin + horizon]',
  }),
  mean: Type.Number(),
  quantiles: Type.Array(Type.Number(), { description: 'One value per entry of `levels`, ascending' }),
  interval: Type.Object({
    level: Share('Nominal share of values inside'),
    lower: Type.Number(),
    upper: Type.Number(),
  }),
});
export type ForecastAnswer = Static<typeof ForecastAnswer>;

/** Why there is no forecast yet, and when there can be one. */
export const NotReadyReason = Type.Object({
  code: Type.Enum(['not-enough-history', 'stale-input', 'bad-skill']),
  message: Type.String({ description: 'What is missing, as a sentence' }),
  haveIntervals: Type.Number({ minimum: 0 }),
  needIntervals: Type.Number({ minimum: 0 }),
  etaMs: DurationMs('Until it can be ready at the earliest'),
});
export type NotReadyReason = Static<typeof NotReadyReason>;

const Skill = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });
const LevelSkills = (description: string) => Type.Array(Type.Union([Type.Number(), Type.Null()]), { maxItems: 9, description });

export const MeasuredSkill = Type.Object({
  horizonMs: DurationMs('From the start of the last interval seen'),
  kind: Type.Enum(['point', 'max']),
  samples: Type.Integer({ minimum: 0, description: 'Matured answers in the trailing day' }),
  lastValue: Skill('1 - loss / loss of the last value with its own measured quantiles; null while not known'),
  dayAgo: Skill('The same against the value of a day ago'),
  lastValueLevels: LevelSkills('`lastValue` for each entry of `levels` alone'),
  dayAgoLevels: LevelSkills('`dayAgo` for each entry of `levels` alone'),
});
export type MeasuredSkill = Static<typeof MeasuredSkill>;

/** What a report says of one resource. */
export const ResourceReport = Type.Object({
  resource: Resource,
  unit: Type.String(),
  current: Type.Union([Type.Number(), Type.Null()], { description: 'Load of the last interval; null if it was not measured' }),
  forecasts: Type.Array(ForecastAnswer, { description: 'Empty while not ready' }),
  confidence: Share('Measured coverage and skill of past answers'),
  coverage: Type.Object({
    nominal: Share('Nominal coverage of the interval'),
    measured: Type.Union([Share('Measured coverage over the trailing day'), Type.Null()]),
    samples: Type.Integer({ minimum: 0, description: 'Matured answers it was measured on' }),
  }),
  skill: Type.Union([Type.Number(), Type.Null()], {
    description: '1 - loss / loss of the last value, trailing; above 0 is better than it; null before the first matured answer',
  }),
  skills: Type.Optional(
    Type.Array(MeasuredSkill, { maxItems: 16, description: 'Per horizon and kind, of past answers; not sent to engines' }),
  ),
  announced: Type.Optional(
    Type.Array(
      Type.Object({
        horizonMs: DurationMs('From the start of the last interval seen'),
        factor: Type.Number({ minimum: 0, description: 'What known events multiply the load by at the most until then, relative to now' }),
      }),
      { maxItems: 8, description: 'Only while a known event is about to change the load. The forecasts have it in them' },
    ),
  ),
  notReady: Type.Optional(NotReadyReason),
});
export type ResourceReport = Static<typeof ResourceReport>;

/** What requests cost by type, learned from a pool's warm producers. */
export const RequestCosts = Type.Object({
  types: Type.Array(
    Type.Object({
      type: Type.String({ description: 'Type of request; `other` is all that have no place of their own' }),
      share: Share('Of the usual requests'),
      cpuSeconds: Type.Number({ minimum: 0, description: 'CPU time of one request, seconds' }),
      memoryBytes: Type.Number({ minimum: 0, description: 'Memory of one request, bytes' }),
      networkBytes: Type.Number({ minimum: 0, description: 'Bytes in and out of one request' }),
    }),
    { maxItems: 9 },
  ),
  idleCores: Type.Number({ minimum: 0, description: 'CPU that a producer takes without any request, cores' }),
  intervals: Type.Integer({ minimum: 0, description: 'Intervals that it was learned from' }),
  skill: Type.Union([Type.Number(), Type.Null()], {
    description: '1 - error of the CPU time told by the types / by the count of requests; null before it is known',
  }),
  weighting: Type.Optional(
    Type.Object(
      {
        now: Type.Number({ minimum: 0, description: 'Work of a mean request of the last interval, relative to the usual' }),
        ahead: Type.Array(
          Type.Object({ horizonMs: DurationMs('From the start of the last interval seen'), factor: Type.Number({ minimum: 0 }) }),
          { maxItems: 8, description: 'The most until then, by this interval and the mix at that time of day' },
        ),
      },
      { description: 'What the engine multiplies requests by; absent while counts tell as much, or where it is not to be used' },
    ),
  ),
});
export type RequestCosts = Static<typeof RequestCosts>;

/** What one replica was found to serve within the objective. */
export const ReplicaCapacityReport = Type.Object({
  requestsPerSecond: Type.Number({ minimum: 0, description: 'Planned with' }),
  configured: Type.Number({ minimum: 0, description: 'Requests/s of the config' }),
  cpuBound: Type.Union([Type.Number(), Type.Null()], {
    description: 'Requests/s at which CPU reaches its limit, with the objective’s confidence; null while not known',
  }),
  proven: Type.Union([Type.Number(), Type.Null()], { description: 'Requests/s that were borne within the objective; null: none' }),
  failing: Type.Union([Type.Number(), Type.Null()], { description: 'Requests/s that were not; null: none' }),
});
export type ReplicaCapacityReport = Static<typeof ReplicaCapacityReport>;

/** What a PLA tells: current load, forecast, confidence, recommendations. */
export const StateReport = Type.Object(
  {
    pool: Name('Pool'),
    producer: Type.Union([Name('Producer'), Type.Null()], { description: 'null for the pool’s total' }),
    state: Type.Enum(['collecting', 'training', 'predicting']),
    originMs: EpochMs('Start of the last interval seen'),
    intervalMs: DurationMs('Length of an interval'),
    observedIntervals: Type.Integer({ minimum: 0 }),
    producers: Type.Integer({ minimum: 0, description: 'Producers that the load is the sum of' }),
    levels: Type.Array(Share('Quantile level'), { description: 'Levels of every `quantiles`' }),
    resources: Type.Array(ResourceReport, { minItems: 1, maxItems: 4 }),
    confidence: Share('The least confidence over the resources that are ready; 0 when none is'),
    ready: Type.Boolean(),
    demoted: Type.Optional(Type.String({ description: 'Why the forecast is not to be trusted now' })),
    promoted: Type.Optional(Type.String({ description: 'Why the forecast is trusted again after it was not' })),
    model: Type.Object({
      version: Type.Integer({ minimum: 0, description: 'Trainings adopted so far' }),
      trainedAtMs: Type.Union([EpochMs('When the last training was adopted'), Type.Null()]),
      weights: Type.Record(AnyKey, Type.Number(), { description: 'Mean weight of each expert on the requests series' }),
      network: Type.Optional(ContentHash),
      renewed: Type.Optional(
        Type.Object(
          {
            atMs: EpochMs('Start of the last interval that was taken before'),
            reason: Type.String({ description: 'Why, and how much of the series was learnt anew' }),
          },
          { description: 'When forecasts last began anew, since what was stored of them did not fit: after an upgrade, or another config' },
        ),
      ),
    }),
    costs: Type.Optional(RequestCosts),
    capacity: Type.Optional(ReplicaCapacityReport),
    peakMemoryBytes: Type.Optional(
      Type.Number({ minimum: 0, description: 'Largest memory that a replica had in the trailing day; only where sizes are weighed' }),
    ),
    recommendations: Type.Array(Recommendation, { maxItems: 8 }),
  },
  { $id: 'StateReport' },
);
export type StateReport = Static<typeof StateReport>;
