import { replicasFor } from './capacity.ts';
import type { PeerInput, RecommendationSpan } from './inputs.ts';
import { request, rescalePlant, settle, startPlant, type ShadowPlant } from './shadow-plant.ts';
import type { Sight } from './shadows.ts';
import { recommendationRange, recordRecommendation, rescaleRecommendations } from './stabilization.ts';

/**
 * Do no harm: a Kubernetes HPA with its defaults is replayed on the demand that was seen. While it has been short clearly less
 * often than we were, or might be before anything has proven itself, what it would ask for is our floor. Plain data; each call gives a new one.
 */
export interface Peer {
  readonly plant: ShadowPlant;
  readonly target: number;
  readonly askedMs: number;
  /** For its stabilisation. */
  readonly recommendations: readonly RecommendationSpan[];
  /** Start of the last interval seen; null before the first. */
  readonly lastMs: number | null;
  /** Decayed time in view, and the short time in it of the peer and of the pool itself, milliseconds. */
  readonly seenMs: number;
  readonly shortMs: number;
  readonly ownShortMs: number;
  /** The most that the pool was short beyond the peer, as of its own shortages. Absent: it never was, or in states of older builds. */
  readonly spentMs?: number;
}

/** Defaults of the HPA: utilisation that most people set, tolerance, window of scaling down. */
const UTILISATION = 0.7;
const TOLERANCE = 0.1;
const DOWN_WINDOW_MS = 300_000;

/** Long, so that a bad day is no reason to pay for headroom where the weeks before it were good. */
const HALF_LIFE_DAYS = 28;
const HALF_LIFE_INTERVALS = 40_320;
const DAY_MS = 86_400_000;
/**
 * What is allowed is lent for half a day: at an objective of 1% one surprise of a pool of minutes, and none of one of five minutes, which
 * is short for two intervals at a time. Nothing lent, the first seven hours of every pool would cost what the HPA costs.
 */
const ACCOUNT_MIN_MS = DAY_MS / 2;

export function startPeer(replicas: number, nowMs: number): Peer {
  const none = { recommendations: [], lastMs: null, seenMs: 0, shortMs: 0, ownShortMs: 0 };
  return { plant: startPlant(replicas), target: replicas, askedMs: nowMs, ...none };
}

type PeerSight = Pick<Sight, 'startMs' | 'intervalMs' | 'need' | 'leadMs' | 'minReplicas' | 'maxReplicas'>;

/** One measured interval: what it asked for before is judged, then it asks anew. */
export function advancePeer(before: Peer, { startMs, intervalMs, need, leadMs, minReplicas, maxReplicas }: PeerSight): Peer {
  if (before.lastMs !== null && startMs <= before.lastMs) return before;
  const plant = settle(request(before.plant, before.target, before.askedMs, leadMs), startMs);
  const keep = 2 ** (-intervalMs / Math.min(HALF_LIFE_DAYS * DAY_MS, HALF_LIFE_INTERVALS * intervalMs));
  const nowMs = startMs + intervalMs;
  const wanted = Math.min(maxReplicas, Math.max(minReplicas, wantedReplicas(plant, need)));
  const recommendations = recordRecommendation(before.recommendations, nowMs, wanted, DOWN_WINDOW_MS);
  const { largest } = recommendationRange(recommendations, nowMs, DOWN_WINDOW_MS, wanted);
  return {
    ...before,
    plant,
    target: Math.max(wanted, Math.min(plant.requested, largest)),
    askedMs: nowMs,
    recommendations,
    lastMs: startMs,
    seenMs: before.seenMs * keep + intervalMs,
    shortMs: before.shortMs * keep + (plant.ready < replicasFor(need, 1) ? intervalMs : 0),
    ownShortMs: before.ownShortMs * keep,
  };
}

/** The same in replicas of another size: `share` of them for one of before. */
export function rescalePeer(before: Peer, share: number): Peer {
  const recommendations = rescaleRecommendations(before.recommendations, share);
  return { ...before, plant: rescalePlant(before.plant, share), target: Math.ceil(before.target * share), recommendations };
}

/** We were short for so long in the interval that was judged last. */
export function chargeOwn(before: Peer, shortMs: number): Peer {
  const ownShortMs = before.ownShortMs + shortMs;
  const excessMs = ownShortMs - before.shortMs;
  return { ...before, ownShortMs, spentMs: Math.max(before.spentMs ?? excessMs, excessMs) };
}

/** ready x utilisation / target utilisation, unless the ratio is within the tolerance. */
function wantedReplicas({ ready, requested }: ShadowPlant, need: number): number {
  const ratio = need / Math.max(1, ready) / UTILISATION;
  return Math.abs(ratio - 1) <= TOLERANCE ? requested : replicasFor(need, UTILISATION);
}

/** What it is a floor by. */
export interface Standard {
  readonly objective: number;
  /** The pool follows a rule that has proven itself. */
  readonly isProven: boolean;
  /** For so long a pool is short that is surprised once. */
  readonly surpriseMs: number;
}

/**
 * null: the peer is no floor now. A rule that has proven itself answers for what it did. Before that nobody knows how likely a surprise
 * is, so one more has to be within what is allowed (Wu et al., Conservative Bandits, ICML 2016).
 */
export function peerInput(peer: Peer, { objective, isProven, surpriseMs }: Standard): PeerInput | null {
  const { target, seenMs, shortMs, ownShortMs } = peer;
  const excessMs = ownShortMs - shortMs;
  if (isProven) return excessMs > objective * seenMs ? { replicas: target } : null;
  // What is spent is not earned back by a shortage of the peer: the floor would be gone in the middle of a ramp.
  const spentMs = Math.max(peer.spentMs ?? excessMs, excessMs);
  return spentMs + surpriseMs > objective * Math.max(seenMs, ACCOUNT_MIN_MS) ? { replicas: target } : null;
}
