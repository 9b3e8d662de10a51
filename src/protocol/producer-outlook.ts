import { Type, type Static } from 'typebox';
import { DurationMs, EpochMs, Name, Resource } from './resource.ts';

const Answers = (description: string) => Type.Array(Type.Number({ minimum: 0 }), { maxItems: 16, description });

/** What a producer's analyzer tells that of the pool's total, where totals are forecast from their producers, too. */
export const ProducerOutlook = Type.Object(
  {
    pool: Name('Pool'),
    producer: Name('Producer'),
    originMs: EpochMs('Start of the last interval seen'),
    intervalMs: DurationMs('Length of an interval'),
    resources: Type.Array(
      Type.Object({
        resource: Resource,
        last: Type.Number({ minimum: 0, description: 'Load of the last interval' }),
        means: Answers('Mean of every horizon and kind, horizon-major, `point` before `max`'),
        variances: Answers('Variance of each'),
      }),
      { maxItems: 4 },
    ),
  },
  { $id: 'ProducerOutlook' },
);
export type ProducerOutlook = Static<typeof ProducerOutlook>;
