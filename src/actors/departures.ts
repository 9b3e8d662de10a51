import type { Confirmation, Feedback } from '../protocol/scaling.ts';
import type { PoolSettings } from './pool-settings.ts';

/**
 * Producers that will fall silent because an action of ours stops them. Their silence is no outage: the others have taken
 * their load over, and the total is known without them. Plain data; `left` is changed in place.
 */
export interface Departures {
  readonly generation: number;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Replicas that have not gone yet. */
  left: number;
}

/** An accepted write that asks for less than there was stops replicas; any other stops none. */
export function departuresOf(
  { generation, fromReplicas, requestedReplicas, atMs }: Confirmation,
  { producerTimeoutMs, observeMs }: PoolSettings,
): Departures | null {
  const left = (fromReplicas ?? 0) - requestedReplicas;
  return left > 0 ? { generation, sinceMs: atMs, untilMs: atMs + producerTimeoutMs + observeMs, left } : null;
}

/** What is left of them when an action ends: one that did not come to its end may have stopped nobody. */
export function departuresAfter(departures: Departures | null, { generation, outcome }: Feedback): Departures | null {
  return departures?.generation === generation && outcome !== 'succeeded' ? null : departures;
}

/**
 * Takes producers that were silent in an interval for departures. False, and nothing is taken, if that cannot be: more are
 * silent than we stop, or one was so before we began. Then something else is the matter, too.
 */
export function takeDepartures(
  departures: Departures,
  silent: readonly { readonly lastMs: number }[],
  startMs: number,
  intervalMs: number,
): boolean {
  const { sinceMs, untilMs, left } = departures;
  if (silent.length === 0 || silent.length > left || startMs >= untilMs || startMs + intervalMs <= sinceMs) return false;
  // Reports of the interval before, or of the one in which we began.
  if (silent.some(({ lastMs }) => lastMs + 2 * intervalMs <= sinceMs)) return false;
  departures.left -= silent.length;
  return true;
}
