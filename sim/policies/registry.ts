import type { ProblemList } from '../../src/problems.ts';
import { additivePolicy } from './additive.ts';
import { cranePolicy } from './crane.ts';
import { hpaPolicy } from './hpa.ts';
import { kpaPolicy } from './kpa.ts';
import { optimalPolicy } from './optimal.ts';
import { perfectPolicy } from './perfect.ts';
import { phpaPolicy } from './phpa.ts';
import type { Policy, StartPolicy } from './policy.ts';
import { predictivePolicy } from './predictive.ts';
import { reactivePolicy } from './reactive.ts';
import { staticPolicy } from './static.ts';
import { stepSchedulePolicy } from './step-schedule.ts';
import { targetTrackingPolicy } from './target-tracking.ts';

/** Every policy by its name, in the order of the help text. */
export const POLICIES: readonly Policy[] = [
  predictivePolicy,
  hpaPolicy,
  kpaPolicy,
  targetTrackingPolicy,
  stepSchedulePolicy,
  phpaPolicy,
  cranePolicy,
  additivePolicy,
  reactivePolicy,
  staticPolicy,
  perfectPolicy,
  optimalPolicy,
];

/** Run when none is named. */
export const DEFAULT_POLICIES = ['predictive', 'hpa', 'static', 'perfect'];

/** A policy with its knob read, ready to run. */
export interface ChosenPolicy {
  /** As it was written, e.g. `hpa:0.7`: names its folder and its line in the report. */
  readonly label: string;
  readonly policy: Policy;
  readonly start: StartPolicy;
}

/** Labels are folder names. */
const LABEL = /^[a-z][a-z-]*(:[0-9A-Za-z.x=+]+)?$/;

/** Reads `name` or `name:knob` for each; what cannot be read goes to the problems. */
export function choosePolicies(labels: readonly string[], place: string, problems: ProblemList): readonly ChosenPolicy[] {
  const chosen: ChosenPolicy[] = [];
  for (const label of labels) {
    const [name = '', ...rest] = label.split(':');
    const policy = POLICIES.find((candidate) => candidate.name === name);
    if (policy === undefined || !LABEL.test(label)) {
      problems.add(
        place,
        `policies out of ${POLICIES.map((known) => known.name).join(', ')}, each with its knob after a colon`,
        `"${label}"`,
      );
      continue;
    }
    const configured = policy.configure(rest.length === 0 ? undefined : rest.join(':'));
    if (!configured.ok) problems.add(place, `${configured.wanted} after ${name}`, `"${label}"`);
    else if (chosen.some((other) => other.label === label)) problems.add(place, 'every policy once', `"${label}" twice`);
    else chosen.push({ label, policy, start: configured.start });
  }
  return chosen;
}
