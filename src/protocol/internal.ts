import { Type, type Static } from 'typebox';
import { EpochMs } from './resource.ts';

/** A durable timer came due. Written by the runtime into the actor's own stream. */
export const TimerFired = Type.Object({ name: Type.String(), version: Type.Integer(), dueAtMs: EpochMs('Due') }, { $id: 'TimerFired' });
export type TimerFired = Static<typeof TimerFired>;

/** An effect is done. Written by the runtime into the stream of the actor that asked for it. */
export const EffectResult = Type.Object(
  {
    effect: Type.String({ description: 'Id that the actor gave' }),
    executor: Type.String(),
    ok: Type.Boolean(),
    value: Type.Optional(Type.Unknown()),
    error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String(), detail: Type.Optional(Type.Unknown()) })),
  },
  { $id: 'EffectResult' },
);
export type EffectResult = Static<typeof EffectResult>;
