import type { ReplicaSize } from '../protocol/resource.ts';

/**
 * What is scaled. A target is written by value with a precondition and a generation, so that a repeated or a stale write
 * has no second effect. Expected failures are returned, never thrown.
 */
export interface Target {
  /** Name of the technology, e.g. `local`, `simulated`, `kubernetes`. */
  readonly kind: string;
  /** The same for as long as the target lives. */
  readonly capabilities: TargetCapabilities;
  /** Reads what is asked for and what is ready. */
  get(pool: string): Promise<TargetResult<TargetState>>;
  /** Asks for a number of replicas. Has no effect unless generation and precondition hold. */
  scale(request: ScaleRequest): Promise<TargetResult<TargetState>>;
}

/**
 * What a target can promise. Nothing that it cannot do is simulated: who plans or shows it can see what is missing, and
 * docs/targets.md says it for each target.
 */
export interface TargetCapabilities {
  /** Takes writes. False: it only advises, and refuses every write with `advice-only`. */
  readonly scale: boolean;
  /** Honours `expectedReplicas`: refuses a write that was planned from another count. */
  readonly precondition: boolean;
  readonly generation: GenerationPromise;
  /** Tells bounds of its own, and refuses a count outside. */
  readonly bounds: boolean;
  /** `ready`: tells how many replicas serve. `accepted`: only that the write was taken; asked for counts as ready. */
  readonly confirm: 'ready' | 'accepted';
  /** Lets requests in flight finish before a replica stops. */
  readonly drain: boolean;
  /** CPU and memory of a replica can be changed. */
  readonly resize: boolean;
  /** Tells a quota that is used up apart from other refusals. */
  readonly quota: boolean;
}

/**
 * How the generation of the last write is kept, and so how often one write can take effect.
 * `with-write`: at the target, in one step with the count: at most once, whoever repeats it. `beside-write`: at the target,
 * in a step of its own: a repetition in between sets the same count again. `in-process`: in this process only: after a
 * restart a repetition is told by the count alone.
 */
export type GenerationPromise = 'with-write' | 'beside-write' | 'in-process';

/** What a target says when it is read or written. */
export interface TargetState {
  readonly pool: string;
  /** Replicas asked for. */
  readonly requestedReplicas: number;
  /** Replicas that serve. Never above what exists; may differ from requested either way. */
  readonly readyReplicas: number;
  /** Generation of the last write that took effect; 0 before the first. */
  readonly generation: number;
  /** What replicas are asked to have, by a target that can resize and knows it. */
  readonly size?: ReplicaSize;
  /** Ready replicas that have it already. Told wherever `size` is. */
  readonly resizedReplicas?: number;
  /** Bounds that the target itself enforces. */
  readonly minReplicas?: number;
  /** The same from above. Absent: none is known. */
  readonly maxReplicas?: number;
  /** Why replicas are missing, in the target's words, if it says so. */
  readonly pendingReason?: string;
  /** Set when what is missing will not come by waiting (no room, a quota): the reason. Ends an action that waits for it. */
  readonly stuckReason?: string;
  /** When this was read, epoch ms by the reader's clock. */
  readonly observedAtMs: number;
}

/** One write. `generation` and `expectedReplicas` keep it from taking effect twice or too late. */
export interface ScaleRequest {
  readonly pool: string;
  /** Asked for, a whole number of 0 or more. */
  readonly replicas: number;
  /** The requested count that the plan was made from. */
  readonly expectedReplicas: number;
  /** Strictly rising per pool. A target at this generation or above refuses with `superseded`. */
  readonly generation: number;
  /** What replicas are to have from now on. Absent: what they have. Only a target that tells its size is asked. */
  readonly size?: ReplicaSize;
}

/** A value, or why there is none; targets never throw for what can be expected. */
export type TargetResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: TargetError };

/** A failure of one of the known kinds. */
export interface TargetError {
  readonly code: TargetErrorCode;
  /** For people: what was asked, and what the other side said. */
  readonly message: string;
  /** For `throttled`: not before this long. */
  readonly retryAfterMs?: number;
  /** For `superseded` and `conflict`: what the target holds now. */
  readonly state?: TargetState;
}

/** Each class of failure has one policy, in `src/actors/failure-policy.ts`; docs/targets.md lists both. */
export const TARGET_ERROR_CODES = [
  /** A generation at or above ours was written already. */
  'superseded',
  /** The precondition failed. */
  'conflict',
  /** The target takes no writes, only advice. */
  'advice-only',
  /** The write may have happened; read before anything is repeated. */
  'unknown-outcome',
  /** Not reached, or it says that it cannot answer now. Of a write: it certainly did not happen. */
  'unavailable',
  /** Not before `retryAfterMs`. */
  'throttled',
  /** An answer that cannot be read: cut off, or not what the contract says. */
  'broken-answer',
  /** The credentials are not, or no longer, accepted. They may be renewed meanwhile. */
  'unauthenticated',
  /** The other side did not prove who it is. Nothing was sent. */
  'untrusted',
  'forbidden',
  'not-found',
  'invalid',
  'quota',
  /** It said yes and did something else, or says what cannot be true. */
  'contradictory',
] as const;
export type TargetErrorCode = (typeof TARGET_ERROR_CODES)[number];

/** A failure without a value. */
export function targetError(
  code: TargetErrorCode,
  message: string,
  more: Pick<TargetError, 'retryAfterMs' | 'state'> = {},
): { readonly ok: false; readonly error: TargetError } {
  return { ok: false, error: { code, message, ...more } };
}
