import { Type, type Static } from 'typebox';
import { DurationMs, EpochMs, Name, Resource } from './resource.ts';

/** Work for a trainer: the recent window of each resource. A missing interval is null. */
export const TrainingJob = Type.Object(
  {
    pool: Name('Pool'),
    producer: Type.Union([Name('Producer'), Type.Null()]),
    version: Type.Integer({ minimum: 1, description: 'The model version that this job is for' }),
    cause: Type.Enum(['first', 'schedule', 'drift', 'request']),
    cycles: Type.Optional(Type.Boolean({ description: 'Whether cycles are to be looked for, too; default true' })),
    series: Type.Array(
      Type.Object({
        resource: Resource,
        intervalMs: DurationMs('Length of an interval'),
        startMs: EpochMs('Start of the first interval'),
        values: Type.Array(Type.Union([Type.Number(), Type.Null()])),
      }),
    ),
  },
  { $id: 'TrainingJob' },
);
export type TrainingJob = Static<typeof TrainingJob>;

/** What a trainer gives back for a `TrainingJob`. */
export const TrainingResult = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    ok: Type.Boolean(),
    error: Type.Optional(Type.String()),
    durationMs: DurationMs('CPU time of the training'),
    models: Type.Array(
      Type.Object({
        resource: Resource,
        model: Type.Unknown({ description: 'Parameters, as the forecaster’s `adopt` takes them' }),
      }),
    ),
  },
  { $id: 'TrainingResult' },
);
export type TrainingResult = Static<typeof TrainingResult>;
