import type { PlanInputs } from '../../src/planning/inputs.ts';
import { decodeMessage } from '../../src/protocol/codec.ts';
import type { Plan } from '../../src/protocol/plan.ts';
import type { Feedback } from '../../src/protocol/scaling.ts';
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

/** Last words of actions. */
export function feedbackOf(happening: Happening): readonly Feedback[] {
  return published(happening, 'actions').flatMap((message) => (message.name === 'feedback' ? [message.data] : []));
}

function published(happening: Happening, topic: string) {
  if (happening.kind !== 'committed') return [];
  return happening.commit.publishes
    .filter((entry) => entry.topic === topic)
    .flatMap(({ body, contentType }) => {
      const decoded = decodeMessage(body, contentType);
      return decoded.ok ? [decoded.message] : [];
    });
}
