import type { ProcessBounds } from './control-groups.ts';
import type { Program } from './program.ts';

/** One pool of processes. */
export interface LocalPoolSettings {
  readonly pool: string;
  readonly program: Program;
  /** Added to the node's own environment for each replica, beside PORT, FORESCALE_POOL and FORESCALE_REPLICA. */
  readonly env: Readonly<Record<string, string>>;
  /** Bounds that the target enforces, 0 <= min <= max. */
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Replicas that `start` asks for, within the bounds. */
  readonly initialReplicas: number;
  /** Where the balancer listens on loopback; 0: any free port. */
  readonly listenPort: number;
  /** Ports that replicas are told to listen on, both included. At least `maxReplicas`, better twice as many. */
  readonly portRange: { readonly from: number; readonly to: number };
  /** A replica is ready when GET of this path answers 2xx. */
  readonly healthPath: string;
  /** A replica that is not ready by then is stopped and counts as failed, milliseconds. */
  readonly startTimeoutMs: number;
  /** How long a replica that stops may take to finish its requests, milliseconds. */
  readonly drainMs: number;
  /** How long a request waits for a ready replica before it is answered 503, milliseconds. */
  readonly waitMs: number;
  /** A replica that got ready is given a growing part of its share of requests over this time, milliseconds. Default 0. */
  readonly slowStartMs?: number;
  /** Of each replica of a command. Default: none. */
  readonly bounds?: ProcessBounds;
}

/** Between SIGTERM and SIGKILL. With it, nothing outlives the node by more than 5 s. */
export const STOP_GRACE_MS = 2_000;
/** Between looks at a replica that starts. Short: it is part of the lead time. */
export const START_PROBE_MS = 100;
/** Between looks at a replica that serves. */
export const HEALTH_PROBE_MS = 2_000;
export const HEALTH_TIMEOUT_MS = 2_000;
/** Looks in a row that must fail before a replica that serves is replaced. */
export const HEALTH_FAILURES_MAX = 3;
/** Wait before a crashed replica is replaced: doubled per crash in a row, from the first to the last. */
export const BACK_OFF_FIRST_MS = 500;
export const BACK_OFF_LAST_MS = 30_000;
/** A replica that served this long before it crashed starts the count anew. */
export const STABLE_AFTER_MS = 30_000;
/** Between tries to remove the group of a replica whose last processes are going, and how many there are. */
export const GROUP_PAUSE_MS = 200;
export const GROUP_TRIES_MAX = 25;
