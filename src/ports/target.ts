/**
 * What is scaled. A target is written by value with a precondition and a generation, so that a repeated or a stale write
 * has no second effect. Expected failures are returned, never thrown.
 */
export interface Target {
  /** Name of the technology, e.g. `local`, `simulated`, `kubernetes`. */
  readonly kind: string;
  readonly capabilities: TargetCapabilities;
  /** Reads what is asked for and what is ready. */
  get(pool: string): Promise<TargetResult<TargetState>>;
  /** Asks for a number of replicas. Has no effect unless generation and precondition hold. */
  scale(request: ScaleRequest): Promise<TargetResult<TargetState>>;
}

export interface TargetCapabilities {
  /** Honours `expectedReplicas`: refuses a write that was planned from another count. */
  readonly precondition: boolean;
  /** Stores the generation with the write, so that a write happens at most once. */
  readonly generation: boolean;
  /** Lets requests in flight finish before a replica stops. */
  readonly drain: boolean;
  /** CPU and memory of a replica can be changed. */
  readonly resize: boolean;
}

export interface TargetState {
  readonly pool: string;
  /** Replicas asked for. */
  readonly requestedReplicas: number;
  /** Replicas that serve. Never above what exists; may differ from requested either way. */
  readonly readyReplicas: number;
  /** Generation of the last write that took effect; 0 before the first. */
  readonly generation: number;
  /** Bounds that the target itself enforces. */
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  /** Why replicas are missing, in the target's words, if it says so. */
  readonly pendingReason?: string;
  /** When this was read, epoch ms by the reader's clock. */
  readonly observedAtMs: number;
}

export interface ScaleRequest {
  readonly pool: string;
  readonly replicas: number;
  /** The requested count that the plan was made from. */
  readonly expectedReplicas: number;
  /** Strictly rising per pool. A target at this generation or above refuses with `superseded`. */
  readonly generation: number;
}

export type TargetResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: TargetError };

export interface TargetError {
  readonly code: TargetErrorCode;
  readonly message: string;
  /** For `throttled`: not before this long. */
  readonly retryAfterMs?: number;
  /** For `superseded` and `conflict`: what the target holds now. */
  readonly state?: TargetState;
}

/**
 * `superseded`: a generation at or above ours was written already. `conflict`: the precondition failed.
 * `unknown-outcome`: the write may have happened; read before anything is repeated.
 */
export type TargetErrorCode =
  | 'superseded'
  | 'conflict'
  | 'unknown-outcome'
  | 'unavailable'
  | 'throttled'
  | 'quota'
  | 'forbidden'
  | 'not-found'
  | 'invalid';
