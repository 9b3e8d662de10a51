import { DEAD_BAND, type DeadBand } from './dead-band.ts';

/**
 * The turns of a pool (changes of its count against the direction of the one before) beside those of the HPA that is replayed on its
 * demand. The dead band is wider where the pool turns more than half as often: an integral controller on the logarithm of its width, which
 * stands still where two turns of the HPA come to one of the pool. Plain data; each call gives a new one.
 */
export interface Turns {
  /** Natural logarithm of what the dead band is multiplied by, 0 to ln 2. */
  readonly logWidth: number;
  readonly own: Heading;
  readonly peer: Heading;
}

interface Heading {
  readonly replicas: number;
  /** null before the first change. */
  readonly isUp: boolean | null;
}

/** A turn too many widens the band by so much, in the logarithm: a restless day is enough for all of it. */
const STEP = 0.05;
/** Turns of the pool for one of the HPA. */
const TURNS_MAX = 0.5;
/** Twice as wide costs about half a percent; a pool that an HPA would hardly touch would pay ever more to be as still. */
const LOG_WIDTH_MAX = Math.log(2);

export function startTurns(own: number, peer: number): Turns {
  return { logWidth: 0, own: { replicas: own, isUp: null }, peer: { replicas: peer, isUp: null } };
}

/** What both have requested now. */
export function countTurns(before: Turns, ownReplicas: number, peerReplicas: number): Turns {
  const own = headed(before.own, ownReplicas);
  const peer = headed(before.peer, peerReplicas);
  const tooMany = (isTurn(before.own, own) ? 1 : 0) - (isTurn(before.peer, peer) ? TURNS_MAX : 0);
  return { logWidth: Math.min(LOG_WIDTH_MAX, Math.max(0, before.logWidth + STEP * tooMany)), own, peer };
}

/** The counts are of replicas of another size from now on: no turn can be told from that. */
export function rescaleTurns({ logWidth }: Turns, own: number, peer: number): Turns {
  return { ...startTurns(own, peer), logWidth };
}

export function deadBandOf(turns: Turns | undefined): DeadBand {
  const width = Math.exp(turns?.logWidth ?? 0);
  // Three digits: a decision record holds it.
  const wide = (share: number): number => Number((share * width).toPrecision(3));
  return { up: wide(DEAD_BAND.up), down: wide(DEAD_BAND.down) };
}

function headed(before: Heading, replicas: number): Heading {
  return replicas === before.replicas ? before : { replicas, isUp: replicas > before.replicas };
}

function isTurn({ isUp: before }: Heading, { isUp }: Heading): boolean {
  return before !== null && isUp !== before;
}
