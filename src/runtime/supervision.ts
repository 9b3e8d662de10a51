import type { ActorStatus, EntryId, FailureRecord } from '../ports/bus.ts';
import type { Random } from '../ports/random.ts';
import type { SupervisionSettings } from './settings.ts';

/** What becomes of an actor after one more failure. */
export type Verdict =
  | { readonly kind: 'restart'; readonly failures: FailureRecord }
  | { readonly kind: 'back-off'; readonly untilMs: number; readonly failures: FailureRecord }
  | { readonly kind: 'quarantine' };

const NO_FAILURES: FailureRecord = { restarts: [], backOffs: 0 };

/**
 * Restart intensity, as in Erlang/OTP: an actor that fails is restarted at once, until it failed too often within the
 * window. Then it backs off, longer each time; after too many back-offs it is quarantined.
 */
export function judgeFailure(known: FailureRecord | undefined, nowMs: number, settings: SupervisionSettings, random: Random): Verdict {
  const { restarts, backOffs } = forget(known ?? NO_FAILURES, nowMs, settings);
  const recent = [...restarts.filter((atMs) => atMs > nowMs - settings.restartWindowMs), nowMs];
  if (recent.length <= settings.restartsMax) return { kind: 'restart', failures: { restarts: recent, backOffs } };
  if (backOffs >= settings.backOffsMax) return { kind: 'quarantine' };
  const waitMs = jitteredBackOffMs(backOffs, settings.backOffMinMs, settings.backOffMaxMs, random);
  // One restart stays on record: it tells when the last failure was.
  return { kind: 'back-off', untilMs: Math.ceil(nowMs + waitMs), failures: { restarts: [nowMs], backOffs: backOffs + 1 } };
}

function forget(known: FailureRecord, nowMs: number, { forgetMs }: SupervisionSettings): FailureRecord {
  const lastMs = known.restarts.at(-1);
  return lastMs === undefined || lastMs < nowMs - forgetMs ? NO_FAILURES : known;
}

/** From half of to the whole of `minMs * 2^attempt`, at most `maxMs`: those that failed together do not return together. */
export function jitteredBackOffMs(attempt: number, minMs: number, maxMs: number, random: Random): number {
  const wholeMs = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30));
  return wholeMs * (0.5 + 0.5 * random.next());
}

export function statusOf(verdict: Verdict, reason: string, nowMs: number, stoppedAt: EntryId): ActorStatus {
  if (verdict.kind === 'restart') return { kind: 'active', failures: verdict.failures };
  if (verdict.kind === 'back-off') return { kind: 'backing-off', reason, untilMs: verdict.untilMs, failures: verdict.failures, stoppedAt };
  return { kind: 'quarantined', code: 'failing', reason, sinceMs: nowMs, stoppedAt };
}

export function failuresOf(status: ActorStatus): FailureRecord | undefined {
  return status.kind === 'quarantined' ? undefined : status.failures;
}
