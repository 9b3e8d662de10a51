export { actionAddress, kindOf, plaAddress, pseAddress, ROOT_ADDRESS, SHARD_COUNT, shardOf } from './address.ts';
export { BODY_BYTES_MAX, decodeMessage, encodeMessage, type Decoded, type DecodeError, type DecodeErrorCode } from './codec.ts';
export { CONTENT_TYPES, type ContentType } from './content-type.ts';
export { Budget, Control, Heartbeat } from './control.ts';
export { createMessage, messageId, type MessageOrigin } from './create-message.ts';
export { DemandAhead } from './demand-ahead.ts';
export { EffectResult, TimerFired } from './internal.ts';
export { MESSAGES, PROTOCOL_VERSION, type AnyMessage, type Message, type MessageData, type MessageName } from './message.ts';
export { NetworkModel, NetworkWindow } from './network.ts';
export { ProducerOutlook } from './producer-outlook.ts';
export { ProducerStanding } from './producer-standing.ts';
export { Load, Observation } from './observation.ts';
export { Candidate, Clamp, Decision, Plan } from './plan.ts';
export { Pulse } from './pulse.ts';
export { Recommendation, Resource, RESOURCE_UNITS, RESOURCES } from './resource.ts';
export { Confirmation, Feedback, ScalingCommand } from './scaling.ts';
export { ForecastAnswer, NotReadyReason, ReplicaCapacityReport, RequestCosts, ResourceReport, StateReport } from './state-report.ts';
export {
  childTraceparent,
  formatTraceparent,
  parseTraceparent,
  startTraceparent,
  type NextRandom,
  type TraceContext,
} from './trace-context.ts';
export { TrainingJob, TrainingResult } from './training.ts';
export type { WireProblem } from './wire-problem.ts';
