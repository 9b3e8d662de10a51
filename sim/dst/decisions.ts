import type { PlanInputs } from '../../src/planning/inputs.ts';
import type { NewEntry, ShardCommit } from '../../src/ports/bus.ts';
import { decodeMessage } from '../../src/protocol/codec.ts';
import type { AnyMessage } from '../../src/protocol/message.ts';
import type { Plan } from '../../src/protocol/plan.ts';
import type { Feedback, ScalingCommand } from '../../src/protocol/scaling.ts';
import type { Happening } from './happening.ts';

export interface SeenDecision {
  readonly plan: Plan;
  readonly inputs: PlanInputs;
  readonly action: string | null;
}

/** Decisions that a happening published. */
export function decisionsOf(happening: Happening): readonly SeenDecision[] {
  return happening.kind === 'committed' ? saidIn(happening.commit).decisions : [];
}

/** Commands for new actions. */
export function commandsOf(happening: Happening): readonly ScalingCommand[] {
  return happening.kind === 'committed' ? saidIn(happening.commit).commands : [];
}

/** Last words of actions. */
export function feedbackOf(happening: Happening): readonly Feedback[] {
  return happening.kind === 'committed' ? saidIn(happening.commit).feedback : [];
}

/** What the target is to be told. */
export interface CommittedWrite {
  readonly pool: string;
  readonly generation: number;
  readonly replicas: number;
}

/** Writes of the target that an owner committed to. */
export function writesOf(happening: Happening): readonly CommittedWrite[] {
  if (happening.kind !== 'committed') return [];
  return happening.commit.effects.filter(({ executor }) => executor === 'target.scale').map(({ args }) => args as CommittedWrite);
}

interface Said {
  readonly decisions: readonly SeenDecision[];
  readonly commands: readonly ScalingCommand[];
  readonly feedback: readonly Feedback[];
}

/** Several invariants ask about each commit; it is decoded once. */
const known = new WeakMap<ShardCommit, Said>();

function saidIn(commit: ShardCommit): Said {
  const before = known.get(commit);
  if (before !== undefined) return before;
  const published = messagesIn(commit.publishes.filter(({ topic }) => topic === 'decisions' || topic === 'actions'));
  const said: Said = {
    decisions: published.flatMap((message) =>
      message.name === 'decision' ? [{ ...message.data, inputs: message.data.inputs as PlanInputs }] : [],
    ),
    commands: messagesIn(commit.sends).flatMap((message) => (message.name === 'scaling-command' ? [message.data] : [])),
    feedback: published.flatMap((message) => (message.name === 'feedback' ? [message.data] : [])),
  };
  known.set(commit, said);
  return said;
}

function messagesIn(entries: readonly Pick<NewEntry, 'body' | 'contentType'>[]): readonly AnyMessage[] {
  return entries.flatMap(({ body, contentType }) => {
    const decoded = decodeMessage(body, contentType);
    return decoded.ok ? [decoded.message] : [];
  });
}
