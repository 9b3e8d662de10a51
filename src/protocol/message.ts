import type { TSchema } from 'typebox';
import { Budget, Control, Heartbeat } from './control.ts';
import { DemandAhead } from './demand-ahead.ts';
import { EffectResult, TimerFired } from './internal.ts';
import { NetworkModel, NetworkWindow } from './network.ts';
import { ProducerOutlook } from './producer-outlook.ts';
import { Observation } from './observation.ts';
import { Decision, Plan } from './plan.ts';
import { Confirmation, Feedback, ScalingCommand } from './scaling.ts';
import { Pulse } from './pulse.ts';
import { StateReport } from './state-report.ts';
import { TrainingJob, TrainingResult } from './training.ts';

/** Version of the protocol. Additive changes keep it; a reader accepts every minor of its major. */
export const PROTOCOL_VERSION = 1;

/** Every message that travels, by its name. The CloudEvents type is `forescale.<name>.v<version>`. */
export const MESSAGES = {
  observation: { version: 1, schema: Observation },
  'demand-ahead': { version: 1, schema: DemandAhead },
  pulse: { version: 1, schema: Pulse },
  'state-report': { version: 1, schema: StateReport },
  'training-job': { version: 1, schema: TrainingJob },
  'training-result': { version: 1, schema: TrainingResult },
  'producer-outlook': { version: 1, schema: ProducerOutlook },
  'network-window': { version: 1, schema: NetworkWindow },
  'network-model': { version: 1, schema: NetworkModel },
  plan: { version: 1, schema: Plan },
  decision: { version: 1, schema: Decision },
  'scaling-command': { version: 1, schema: ScalingCommand },
  confirmation: { version: 1, schema: Confirmation },
  feedback: { version: 1, schema: Feedback },
  control: { version: 1, schema: Control },
  budget: { version: 1, schema: Budget },
  heartbeat: { version: 1, schema: Heartbeat },
  'timer-fired': { version: 1, schema: TimerFired },
  'effect-result': { version: 1, schema: EffectResult },
} as const satisfies Record<string, { version: number; schema: TSchema }>;

export interface MessageData {
  observation: Observation;
  'demand-ahead': DemandAhead;
  pulse: Pulse;
  'state-report': StateReport;
  'training-job': TrainingJob;
  'training-result': TrainingResult;
  'producer-outlook': ProducerOutlook;
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
