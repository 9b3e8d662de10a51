/** Everything that the planner of one pool is set to; all present, durations in milliseconds. */
export interface PlannerSettings {
  /** Never fewer, never more. 0 <= min <= max. */
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** What one replica serves within the objective. At least one resource. */
  readonly replicaCapacity: ReplicaCapacity;
  /** Allowed share of time in which ready capacity is under what the load needs, (0, 0.5]. Default 0.01. */
  readonly objective: number;
  /** How often a plan is made at the least. Default: the pool's interval. */
  readonly reviewMs: number;
  /** Lead time until enough actions have been measured. */
  readonly leadTimePrior: LeadTime;
  /** The reactive floor is the largest load of this window, times `reactiveHeadroom`. Default 5 minutes, 1.0. */
  readonly reactiveWindowMs: number;
  readonly reactiveHeadroom: number;
  /** Below this confidence the forecast may raise capacity but not lower it. 0 to 1. Default 0.5. */
  readonly confidenceMin: number;
  /** Input older than this is stale: capacity holds. Default 3 intervals. */
  readonly staleAfterMs: number;
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
}

/** Resources a pool does not name do not bound it. */
export interface ReplicaCapacity {
  readonly requestsPerSecond?: number;
  readonly cpuMillicores?: number;
  readonly memoryBytes?: number;
  readonly networkBytesPerSecond?: number;
}

/** Decision to ready capacity. */
export interface LeadTime {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** The same names and meanings as in the Kubernetes HPA's `behavior`. */
export interface ScalingRules {
  /** Up: the least of the recommendations of this window; down: the largest. Default up 0, down 5 minutes. */
  readonly stabilizationWindowMs: number;
  /** The largest change allowed by these policies within their period; none: unlimited. */
  readonly policies: readonly ScalingPolicy[];
}

export interface ScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  readonly periodMs: number;
}
