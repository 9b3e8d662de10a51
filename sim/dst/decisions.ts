import type { PlanInputs } from '../../src/planning/inputs.ts';
import type { NewEntry } from '../../src/ports/bus.ts';
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
  return published(happening, 'decisions').flatMap((message) =>
    message.name === 'decision' ? [{ ...message.data, inputs: message.data.inputs as PlanInputs }] : [],
  );
}

/** Commands for new actions. */
export function commandsOf(happening: Happening): readonly ScalingCommand[] {
  if (happening.kind !== 'committed') return [];
  return messagesIn(happening.commit.sends).flatMap((message) => (message.name === 'scaling-command' ? [message.data] : []));
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

/** Last words of actions. */
export function feedbackOf(happening: Happening): readonly Feedback[] {
  return published(happening, 'actions').flatMap((message) => (message.name === 'feedback' ? [message.data] : []));
}

function published(happening: Happening, topic: string) {
  if (happening.kind !== 'committed') return [];
  return messagesIn(happening.commit.publishes.filter((entry) => entry.topic === topic));
}

function messagesIn(entries: readonly Pick<NewEntry, 'body' | 'contentType'>[]): readonly AnyMessage[] {
  return entries.flatMap(({ body, contentType }) => {
    const decoded = decodeMessage(body, contentType);
    return decoded.ok ? [decoded.message] : [];
  });
}
