import type { LatencySummary } from './latencies.ts';

/** What the load generator tells once a second. */
export interface LoadReport {
  readonly kind: 'load';
  /** Requests that were due in the last second. */
  readonly offered: number;
  /** Answers of the last second with a status under 500. */
  readonly answered: number;
  /** Requests of the last second that ended with a status of 500 or above, or without an answer. */
  readonly failed: number;
  /** Requests of the last second that were not made, because too many were under way. */
  readonly skipped: number;
  readonly inFlight: number;
  /** From the moment a request was due to its whole answer, over the last 10 s; absent when there was none. */
  readonly latency?: LatencySummary;
}

/** undefined if the message is something else. */
export function toLoadReport(message: unknown): LoadReport | undefined {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'load'
    ? (message as LoadReport)
    : undefined;
}
