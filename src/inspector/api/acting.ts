import { Type, type Static } from 'typebox';

const Reason = Type.String({ minLength: 1, maxLength: 500, description: 'Why; it is written down' });
const By = Type.String({ minLength: 1, maxLength: 100, description: 'Who asks' });

export const ControlRequest = Type.Union(
  [
    Type.Object(
      { pool: Type.String(), command: Type.Enum(['pause', 'resume', 'train', 'reset']), by: By, reason: Reason },
      { additionalProperties: false },
    ),
    Type.Object(
      {
        pool: Type.String(),
        command: Type.Enum(['override']),
        replicas: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
        forMs: Type.Integer({ minimum: 1_000, maximum: 30 * 86_400_000, description: 'After this it ends by itself, milliseconds' }),
        by: By,
        reason: Reason,
      },
      { additionalProperties: false },
    ),
    Type.Object(
      {
        pool: Type.String(),
        command: Type.Enum(['autonomy']),
        level: Type.Enum(['shadow', 'advisory', 'guarded', 'full']),
        by: By,
        reason: Reason,
      },
      { additionalProperties: false },
    ),
    Type.Object(
      { command: Type.Enum(['resume-actor']), actor: Type.String({ minLength: 1, maxLength: 500 }), by: By, reason: Reason },
      { additionalProperties: false },
    ),
  ],
  { $id: 'ControlRequest' },
);
export type ControlRequest = Static<typeof ControlRequest>;

export const DeadLetterRequest = Type.Object(
  {
    shard: Type.Integer({ minimum: 0, maximum: 63 }),
    id: Type.String({ pattern: '^\\d{1,20}-\\d{1,20}$' }),
    do: Type.Enum(['replay', 'drop']),
    by: By,
    reason: Reason,
  },
  { $id: 'DeadLetterRequest', additionalProperties: false },
);
export type DeadLetterRequest = Static<typeof DeadLetterRequest>;

export const DrainRequest = Type.Object(
  { node: Type.String({ minLength: 1, maxLength: 200, description: 'The one that is asked' }), by: By, reason: Reason },
  { $id: 'DrainRequest', additionalProperties: false },
);
export type DrainRequest = Static<typeof DrainRequest>;

export const Done = Type.Object({ done: Type.Boolean(), message: Type.String() }, { $id: 'Done' });
export type Done = Static<typeof Done>;

export const ReplayRequest = Type.Object(
  { id: Type.String({ minLength: 1, maxLength: 500 }), policy: Type.Optional(Type.String()) },
  { $id: 'ReplayRequest', additionalProperties: false },
);
export type ReplayRequest = Static<typeof ReplayRequest>;
