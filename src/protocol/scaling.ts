import { Type, type Static } from 'typebox';
import { DurationMs, EpochMs, Name, Replicas, ReplicaSize } from './resource.ts';

/** What a scaling action is told to do. */
export const ScalingCommand = Type.Object(
  {
    pool: Name('Pool'),
    planId: Type.String(),
    generation: Type.Integer({ minimum: 1, description: 'Strictly rising per pool' }),
    fromReplicas: Replicas('Requested count that the plan was made from'),
    toReplicas: Replicas('Wanted'),
    resize: Type.Optional(
      Type.Object(
        { from: ReplicaSize, to: ReplicaSize },
        { description: 'What replicas have and are to have; the count stays meanwhile. Absent: their size stays' },
      ),
    ),
    decidedAtMs: EpochMs('When it was decided'),
    deadlineMs: EpochMs('When it ends as failed if it is not ready by then'),
    expectedReadyMs: EpochMs('When capacity should be ready by the measured lead time'),
    pending: Type.Optional(
      Type.Array(Type.Object({ replicas: Replicas('Ready count that is still waited for'), decidedAtMs: EpochMs('When it was decided') }), {
        maxItems: 16,
        description: 'What superseded actions were waiting for, ascending: its lead time is measured by this one',
      }),
    ),
    reason: Type.String(),
  },
  { $id: 'ScalingCommand' },
);
export type ScalingCommand = Static<typeof ScalingCommand>;

/** What a scaling action reports while it works. */
export const Confirmation = Type.Object(
  {
    pool: Name('Pool'),
    planId: Type.String(),
    generation: Type.Integer({ minimum: 1 }),
    step: Type.Enum(['accepted', 'ready', 'partially-ready', 'superseded', 'failed', 'rolled-back']),
    fromReplicas: Type.Optional(Replicas('Requested count before the action')),
    requestedReplicas: Replicas('At the target, as read back'),
    readyReplicas: Replicas('At the target, as read back'),
    size: Type.Optional(ReplicaSize),
    resizedReplicas: Type.Optional(Replicas('Ready ones that have that size, where the action changes it')),
    atMs: EpochMs('When it was read'),
    attempts: Type.Integer({ minimum: 0, description: 'Writes tried so far' }),
    reason: Type.String(),
  },
  { $id: 'Confirmation' },
);
export type Confirmation = Static<typeof Confirmation>;

/** What a finished scaling action learned. */
export const Feedback = Type.Object(
  {
    pool: Name('Pool'),
    planId: Type.String(),
    generation: Type.Integer({ minimum: 1 }),
    outcome: Type.Enum(['succeeded', 'superseded', 'failed', 'rolled-back']),
    reason: Type.String(),
    fromReplicas: Replicas('Before'),
    toReplicas: Replicas('Wanted'),
    readyReplicas: Replicas('At the end'),
    size: Type.Optional(ReplicaSize),
    attempts: Type.Integer({ minimum: 0 }),
    leadTimesMs: Type.Array(DurationMs('Decision to ready of one replica'), { maxItems: 1_000 }),
    effect: Type.Optional(
      Type.Object({
        observedForMs: DurationMs('How long the effect was watched'),
        shortMs: DurationMs('How long ready was under what the load needed'),
        utilisation: Type.Number({ minimum: 0, description: 'Mean load / ready capacity' }),
      }),
    ),
  },
  { $id: 'Feedback' },
);
export type Feedback = Static<typeof Feedback>;
