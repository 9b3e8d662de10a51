import { Type, type Static } from 'typebox';
import { Decision } from '../../protocol/plan.ts';
import { Count, OrNull } from './common.ts';
import { ActionOutline, DecisionOutline } from './pools.ts';

export const DecisionPage = Type.Object(
  {
    decision: Decision,
    /** Sentences, one each. */
    explanation: Type.Array(Type.String()),
    whatIf: Type.Array(Type.Object({ condition: Type.String(), replicas: Count('Then wanted') })),
    /** Neighbours in the same log. */
    previous: OrNull(Type.String()),
    next: OrNull(Type.String()),
    action: OrNull(ActionOutline),
    trace: OrNull(Type.String({ description: 'Trace id of the observation, forecast and action that belong to it' })),
  },
  { $id: 'DecisionPage' },
);
export type DecisionPage = Static<typeof DecisionPage>;

export const ReplayResult = Type.Object(
  {
    same: Type.Boolean(),
    replicas: OrNull(Count('Wanted by the replay')),
    /** Fields that were compared. */
    compared: Count('Values compared'),
    differences: Type.Array(Type.String()),
    tookMs: Type.Number(),
  },
  { $id: 'ReplayResult' },
);
export type ReplayResult = Static<typeof ReplayResult>;

export const DecisionList = Type.Object({ decisions: Type.Array(DecisionOutline), total: Count('In the log') }, { $id: 'DecisionList' });
export type DecisionList = Static<typeof DecisionList>;
