import type { ReplicaSize, Resource } from '../protocol/resource.ts';
import type { AutonomyLevel } from './autonomy.ts';
import type { DeadBand } from './dead-band.ts';
import type { ForecastKind, ShadowRule } from './shadow-rules.ts';

/**
 * Everything that a plan is made from, as plain JSON data: a decision record holds it whole, and planning it again gives
 * the same plan, bit for bit. `null` means "not known", never zero.
 */
export interface PlanInputs {
  /** `<pool>/<number>`. */
  readonly planId: string;
  readonly pool: string;
  /** When the plan is made, epoch ms. */
  readonly atMs: number;
  readonly target: TargetInput;
  /** null before the first report. */
  readonly report: ReportInput | null;
  /** Measured, or the prior while `samples` is small. */
  readonly leadTime: LeadTimeInput;
  readonly learned: LearnedInput;
  /** The rule that shadow selection follows; null until there is evidence to choose by. */
  readonly followed?: FollowedInput | null;
  /** What pools that call this one expect to ask of it. */
  readonly upstream?: UpstreamInput | null;
  /** Producers told that their load has jumped since the last interval. */
  readonly burst?: BurstInput | null;
  /** What an HPA would have asked for, while it is to be the floor; null, or absent in older records: it is none. */
  readonly peer?: PeerInput | null;
  readonly history: HistoryInput;
  readonly budget: BudgetInput | null;
  readonly override: OverrideInput | null;
  /** Requests/s that a replica was found to serve, which the settings hold, and what the config says. Absent: not learned. */
  readonly capacity?: { readonly configured: number; readonly learned: number };
  /** Only where sizes of replicas are weighed. */
  readonly vertical?: VerticalInput;
  /** How much it is trusted with. Absent: with everything. */
  readonly autonomy?: AutonomyInput;
  /** The last scale-down made things worse: until then it is taken back. */
  readonly undo?: { readonly replicas: number; readonly untilMs: number; readonly reason: string } | null;
  readonly pause: { readonly by: string; readonly reason: string } | null;
  /** Set after a failed action: the same is not tried again before this. */
  readonly backOff: { readonly direction: 'up' | 'down'; readonly untilMs: number; readonly reason: string } | null;
}

/** What a plan of sizes is made from, beside the load. */
export interface VerticalInput {
  /** Largest memory that a replica had in the trailing day; null: not measured. */
  readonly peakMemoryBytes: number | null;
  /** The size that was cheapest in the plans before, and since when; null: the present one was. */
  readonly wished: { readonly size: ReplicaSize; readonly sinceMs: number } | null;
  /** What replicas have that the settings' capacity holds for. Absent: what the rules say. */
  readonly present?: ReplicaSize;
  /** Why no size can be asked for now: the target takes none, an action is under way, the last attempt failed. Absent: it can. */
  readonly hindrance?: string;
}

/** What the target says. A count of null: it could not be read, for `problem`. */
export interface TargetInput {
  readonly requestedReplicas: number | null;
  readonly readyReplicas: number | null;
  readonly minReplicas: number | null;
  readonly maxReplicas: number | null;
  readonly problem: string | null;
}

/** The pool's total, as its PLA told it. */
export interface ReportInput {
  /** Start of the last interval seen, epoch ms. */
  readonly originMs: number;
  readonly intervalMs: number;
  readonly ready: boolean;
  /** Why the forecast is not ready or not to be trusted; null when it is. */
  readonly problem: string | null;
  readonly confidence: number;
  /** Quantile levels of every `quantiles`, ascending. */
  readonly levels: readonly number[];
  readonly resources: readonly ResourceInput[];
  /** Requests are weighted by their learned costs: those of the last interval by this. Absent: they are counted. */
  readonly mix?: number;
}

/** Load of one resource in its wire unit. Only resources that bound a replica are there. */
export interface ResourceInput {
  readonly resource: Resource;
  /** Load of the last interval. */
  readonly current: number | null;
  /** Largest load of the reactive window. */
  readonly recentMax: number | null;
  /** Forecasts of the maximum over (origin, origin + horizon], horizons ascending; empty while not ready. */
  readonly maxima: readonly HorizonInput[];
  /** What known events multiply the load by at the most until each horizon, relative to now. Absent: nothing. */
  readonly announced?: readonly { readonly horizonMs: number; readonly factor: number }[];
}

/** Quantiles of the largest load until a horizon, one per entry of `levels`. */
export interface HorizonInput {
  readonly horizonMs: number;
  readonly quantiles: readonly number[];
}

/** From a decision to ready capacity, milliseconds. */
export interface LeadTimeInput {
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Measured replicas that it stands on. */
  readonly samples: number;
}

/** What feedback has moved, within bounds. */
export interface LearnedInput {
  /** Added to the level's logit; above 0 is more careful. */
  readonly levelShift: number;
  /** 0.25 to 1: the stabilisation window of scaling down is divided by it. */
  readonly downSpeed: number;
}

/** The rule that lately cost least, and all it needs to be worked out again. */
export interface FollowedInput {
  readonly rule: ShadowRule;
  /** How it reads the forecast; null for a rule that reads none. */
  readonly forecast: ForecastKind | null;
  /** Over how long it takes the largest. */
  readonly windowMs: number;
  /** The largest of that window: exact need of the load, or replicas that the forecast called for. */
  readonly held: number;
  /** What a short minute costs, in minutes of one replica. */
  readonly price: number;
  /** What the chance of a shortage is multiplied by at this minute of the hour. Absent: nothing is known of it. */
  readonly clock?: number;
  /** Shares that a change has to save, wider where the pool turns too often. Absent: the least, or in records of older builds. */
  readonly deadBand?: DeadBand;
  /** The price is as high as it gets: the objective cannot be kept here. */
  readonly exhausted: boolean;
  readonly sinceMs: number;
  /** How the rules did lately: the followed one, the best forecast, the best reactive, and more headroom on the latter. */
  readonly standings: readonly Standing[];
}

/** Requests/s of all callers together, of the largest interval until each horizon. */
export interface UpstreamInput {
  readonly pools: readonly string[];
  readonly originMs: number;
  readonly levels: readonly number[];
  readonly maxima: readonly HorizonInput[];
  /** This pool's own requests/s in its last interval: other resources are taken to grow with them. null: not known. */
  readonly requestsPerSecond: number | null;
}

/** The pool's load by the producers' short windows. */
export interface BurstInput {
  /** Of the latest. */
  readonly atMs: number;
  readonly windowMs: number;
  /** Of the whole pool, now and usually. */
  readonly requestsPerSecond: number;
  readonly usualPerSecond: number;
  readonly producers: number;
}

/** How much the pool is trusted with at the time of the plan. */
export interface AutonomyInput {
  readonly level: AutonomyLevel;
  /** Largest share of the present count that a guarded step changes. */
  readonly stepShare: number;
  readonly sinceMs: number;
  readonly by: string;
  /** A change is on its way, or what it did is still watched. */
  readonly isWatching?: boolean;
}

/** How a rule did lately. */
export interface Standing {
  readonly role: 'followed' | 'forecast' | 'reactive' | 'more-headroom';
  readonly rule: ShadowRule;
  readonly windowMs: number;
  /** Mean replicas paid for, and share of time short. */
  readonly replicas: number;
  readonly shortShare: number;
}

/** What an HPA would ask for, while we have been short for more of the time than it and the objective together. */
export interface PeerInput {
  readonly replicas: number;
}

/** What stabilisation and rates look back on. */
export interface HistoryInput {
  /** Earlier recommendations, oldest first: largest and least of each stretch of time. */
  readonly recommendations: readonly RecommendationSpan[];
  /** Since when recommendations are kept: before it, the count at the time stands in for them. */
  readonly sinceMs: number;
  /** Changes of the requested count, oldest first. */
  readonly changes: readonly ReplicaChange[];
}

/** A stretch of time, epoch ms, with the least and the largest count recommended in it. */
export interface RecommendationSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly least: number;
  readonly largest: number;
}

/** A change of the requested count, and when, epoch ms. */
export interface ReplicaChange {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
}

/** What the root grants the pool of the shared budget. */
export interface BudgetInput {
  readonly maxReplicas: number;
  /** 0 before the first grant. */
  readonly revision: number;
  /** The most that may stand at the target now: requested, or asked for and not yet written. */
  readonly heldReplicas: number;
  readonly reason: string;
}

/** A count that a person asked for. */
export interface OverrideInput {
  readonly replicas: number;
  /** Epoch ms; null: until it is taken back. */
  readonly expiresAtMs: number | null;
  readonly by: string;
  readonly reason: string;
}
