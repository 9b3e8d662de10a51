import type { TSchema } from 'typebox';
import { Budget, Control, Heartbeat } from './control.ts';
import { DemandAhead } from './demand-ahead.ts';
import { EffectResult, TimerFired } from './internal.ts';
import { NetworkModel, NetworkWindow } from './network.ts';
import { ProducerOutlook } from './producer-outlook.ts';
import { ProducerStanding } from './producer-standing.ts';
import { MESSAGE_VERSIONS } from './message-versions.ts';
import { Observation } from './observation.ts';
import { Decision, Plan } from './plan.ts';
import { Confirmation, Feedback, ScalingCommand } from './scaling.ts';
import { Pulse } from './pulse.ts';
import { StateReport } from './state-report.ts';
import { TrainingJob, TrainingResult } from './training.ts';

export { PROTOCOL_VERSION } from './message-versions.ts';

/** Every message that travels, by its name. The CloudEvents type is `forescale.<name>.v<version>`. */
export const MESSAGES = {
  observation: { version: MESSAGE_VERSIONS.observation, schema: Observation },
  'demand-ahead': { version: MESSAGE_VERSIONS['demand-ahead'], schema: DemandAhead },
  pulse: { version: MESSAGE_VERSIONS.pulse, schema: Pulse },
  'state-report': { version: MESSAGE_VERSIONS['state-report'], schema: StateReport },
  'training-job': { version: MESSAGE_VERSIONS['training-job'], schema: TrainingJob },
  'training-result': { version: MESSAGE_VERSIONS['training-result'], schema: TrainingResult },
  'producer-outlook': { version: MESSAGE_VERSIONS['producer-outlook'], schema: ProducerOutlook },
  'producer-standing': { version: MESSAGE_VERSIONS['producer-standing'], schema: ProducerStanding },
  'network-window': { version: MESSAGE_VERSIONS['network-window'], schema: NetworkWindow },
  'network-model': { version: MESSAGE_VERSIONS['network-model'], schema: NetworkModel },
  plan: { version: MESSAGE_VERSIONS.plan, schema: Plan },
  decision: { version: MESSAGE_VERSIONS.decision, schema: Decision },
  'scaling-command': { version: MESSAGE_VERSIONS['scaling-command'], schema: ScalingCommand },
  confirmation: { version: MESSAGE_VERSIONS.confirmation, schema: Confirmation },
  feedback: { version: MESSAGE_VERSIONS.feedback, schema: Feedback },
  control: { version: MESSAGE_VERSIONS.control, schema: Control },
  budget: { version: MESSAGE_VERSIONS.budget, schema: Budget },
  heartbeat: { version: MESSAGE_VERSIONS.heartbeat, schema: Heartbeat },
  'timer-fired': { version: MESSAGE_VERSIONS['timer-fired'], schema: TimerFired },
  'effect-result': { version: MESSAGE_VERSIONS['effect-result'], schema: EffectResult },
} as const satisfies Record<string, { version: number; schema: TSchema }>;

/** What each message holds, by its name. */
export interface MessageData {
  observation: Observation;
  'demand-ahead': DemandAhead;
  pulse: Pulse;
  'state-report': StateReport;
  'training-job': TrainingJob;
  'training-result': TrainingResult;
  'producer-outlook': ProducerOutlook;
  'producer-standing': ProducerStanding;
  'network-window': NetworkWindow;
  'network-model': NetworkModel;
  plan: Plan;
  decision: Decision;
  'scaling-command': ScalingCommand;
  confirmation: Confirmation;
  feedback: Feedback;
  control: Control;
  budget: Budget;
  heartbeat: Heartbeat;
  'timer-fired': TimerFired;
  'effect-result': EffectResult;
}

/** Names of all messages. */
export type MessageName = keyof MessageData;

/** A message as the program handles it: the envelope's attributes beside the data. */
export interface Message<N extends MessageName = MessageName> {
  readonly name: N;
  /** Unique: `<source>#<incarnation>.<sequence>` unless given. */
  readonly id: string;
  /** Address of the sender: an actor, `producer/<pool>/<producer>`, `node/<node>`, `cli/<user>`. */
  readonly source: string;
  /** Changes whenever the sender starts anew with sequence 1; 0 for actors, whose sequence is durable. */
  readonly incarnation: number;
  /** Rising per source and incarnation; receivers drop what they have seen. 0: not sequenced. */
  readonly sequence: number;
  /** When it was sent, epoch ms by the sender's clock. */
  readonly timeMs: number;
  /** W3C trace context; one id the whole way from observation to feedback. */
  readonly traceparent?: string;
  readonly data: MessageData[N];
  /** Unknown attributes and fields of a newer sender, kept. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** A message of any kind, discriminated by `name`. */
export type AnyMessage = { [N in MessageName]: Message<N> }[MessageName];
