import { Type, type Static } from 'typebox';

/** What every answer of a server of ours is that is no success. */
export const Failure = Type.Object(
  {
    error: Type.Object({
      code: Type.String(),
      message: Type.String({ description: 'What is wrong, for people' }),
      hint: Type.Optional(Type.String({ description: 'What to do about it' })),
    }),
  },
  { $id: 'Failure' },
);
export type Failure = Static<typeof Failure>;
