import type { Confirmation, Feedback } from '../protocol/scaling.ts';
import type { Loads } from './measure.ts';

/**
 * Replicas that start do work that no request asked for: they compile, fill caches, open connections. Where CPU bounds a
 * replica, a forecaster that took this for load would expect it again a day later, and would ask for still more replicas.
 * So while an action of ours starts replicas, CPU beyond what the requests usually take is not taught. It is reported as it
 * was measured, and the reactive floor stands on that. Plain data, changed in place.
 */
export interface StartUpWork {
  /** Generation of the action that starts replicas, and since when; null when none does. */
  starting: { readonly generation: number; readonly sinceMs: number } | null;
  /** CPU per request outside of such times, millicores per request/s: running mean and mean absolute deviation. */
  mean: number;
  deviation: number;
  samples: number;
  /** Intervals of which a part was not taught. */
  leftOut: number;
}

/** Intervals before the usual work of a request is known. */
const SAMPLES_MIN = 30;
/** Intervals that the running mean goes back. */
const WINDOW_INTERVALS = 60;
/** More than this many deviations above the mean is not usual. */
const USUAL_DEVIATIONS = 3;
/** An action ends with feedback; if that should never come, this ends the time of starting, milliseconds. */
const STARTING_MAX_MS = 1_800_000;

export const NO_START_UP_WORK: StartUpWork = { starting: null, mean: 0, deviation: 0, samples: 0, leftOut: 0 };

/** An accepted write that asks for more than there was starts replicas. */
export function noteConfirmation(work: StartUpWork, { generation, fromReplicas, requestedReplicas, atMs }: Confirmation): void {
  if (fromReplicas !== undefined && requestedReplicas > fromReplicas) work.starting = { generation, sinceMs: atMs };
}

/** The action has ended, its watch included: what it started is warm, or will never be. */
export function noteFeedback(work: StartUpWork, { generation }: Feedback): void {
  if (work.starting?.generation === generation) work.starting = null;
}

/** What the forecasters are taught of an interval. Outside of starts it is what was measured, and teaches what is usual. */
export function taughtRates(work: StartUpWork, startMs: number, intervalMs: number, rates: Loads): Loads {
  const [requests, cpu, memory, network] = rates;
  if (!(requests > 0 && cpu > 0)) return rates;
  if (!isStarting(work, startMs, intervalMs)) {
    learn(work, cpu / requests);
    return rates;
  }
  const usual = requests * (work.mean + USUAL_DEVIATIONS * work.deviation);
  if (work.samples < SAMPLES_MIN || cpu <= usual) return rates;
  work.leftOut += 1;
  return [requests, usual, memory, network];
}

function isStarting({ starting }: StartUpWork, startMs: number, intervalMs: number): boolean {
  return starting !== null && startMs + intervalMs > starting.sinceMs && startMs < starting.sinceMs + STARTING_MAX_MS;
}

function learn(work: StartUpWork, perRequest: number): void {
  work.samples += 1;
  const weight = 1 / Math.min(work.samples, WINDOW_INTERVALS);
  const error = perRequest - work.mean;
  work.mean += weight * error;
  // The first error is the whole value, and no deviation.
  if (work.samples > 1) work.deviation += weight * (Math.abs(error) - work.deviation);
}
