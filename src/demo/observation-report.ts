import type { Observation } from '../protocol/observation.ts';

/** An observation on its way from a replica of the demo to the node, over the replica's channel. */
export interface ObservationReport {
  readonly kind: 'observation';
  /** When the replica was started, epoch ms: its sequence began at 1 then. */
  readonly incarnation: number;
  readonly sequence: number;
  readonly observation: Observation;
}

/** undefined if the message is something else. */
export function toObservationReport(message: unknown): ObservationReport | undefined {
  const isReport = typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'observation';
  return isReport ? (message as ObservationReport) : undefined;
}
