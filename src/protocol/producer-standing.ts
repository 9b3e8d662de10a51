import { Type, type Static } from 'typebox';
import { Name } from './resource.ts';

/** What the analyzer of a pool's total tells that of a producer, when it becomes the only one of the pool or is not any more. */
export const ProducerStanding = Type.Object(
  {
    pool: Name('Pool'),
    producer: Name('Producer'),
    alone: Type.Boolean({ description: 'It is the only producer of its pool: the total’s analyzer speaks for it' }),
  },
  { $id: 'ProducerStanding' },
);
export type ProducerStanding = Static<typeof ProducerStanding>;
