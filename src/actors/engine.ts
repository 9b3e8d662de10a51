import type { Autonomy } from '../planning/autonomy.ts';
import type {
  HorizonInput,
  PlanInputs,
  RecommendationSpan,
  ReplicaChange,
  ReportInput,
  TargetInput,
  VerticalInput,
} from '../planning/inputs.ts';
import type { HourClock } from '../planning/hour-clock.ts';
import { NO_LEAD_TIMES, type LeadTimes } from '../planning/lead-time.ts';
import { startPace, type Pace } from '../planning/pace.ts';
import type { Peer } from '../planning/peer.ts';
import type { PriceLadder } from '../planning/price-ladder.ts';
import { leastOf, type PresentSize } from '../planning/present-size.ts';
import { START_PRICE, type Price } from '../planning/price.ts';
import type { PlannerSettings } from '../planning/settings.ts';
import { capacityAt } from '../planning/vertical.ts';
import type { Shadows } from '../planning/shadows.ts';
import type { Plan } from '../protocol/plan.ts';
import type { Turns } from '../planning/turns.ts';
import type { StateReport } from '../protocol/state-report.ts';
import type { LoadSpan } from './load-history.ts';
import type { PoolRules } from './pool-rules.ts';

/** What a pool's engine (PSE) knows: plain data, small enough to be written with every batch. Changed in place. */
export interface Engine {
  readonly rules: PoolRules;
  /** Plans made. */
  number: number;
  /** Generation of the last action. Actions have even ones; the odd one after it is the action's own, for rolling back. */
  generation: number;
  total: TotalOutline | null;
  /** Loads of the reactive window. */
  loads: readonly LoadSpan[];
  /** Who has been silent for longest is first. A table of its own in a snapshot. */
  producers: Map<string, ProducerOutline>;
  /** What pools that call this one told, by pool. */
  callers: Record<string, Expected>;
  /** Its own forecast of requests, for pools that it calls; null before the first. */
  ahead: Expected | null;
  /** Jumps of load that producers told of, by producer. */
  pulses: Record<string, PulseOutline>;
  target: TargetInput;
  targetGeneration: number;
  leadTimes: LeadTimes;
  pace: Pace;
  /** What a short minute costs, moved by the pool's own shortages. */
  price: Price;
  /** The rules that are replayed beside; null before the first report. */
  shadows: Shadows | null;
  /** The HPA that is replayed beside; absent before the first report, and in states of older builds. */
  peer?: Peer;
  /** The prices that are replayed beside; absent before the first report, and in states of older builds. */
  ladder?: PriceLadder;
  /** What the forecast does not know of the minutes of the hour; absent before the first report, and in states of older builds. */
  clock?: HourClock;
  /** How often it turns beside that HPA; absent before it acts, and in states of older builds. */
  turns?: Turns;
  /** Start of the interval that the pace was last moved for. */
  pacedMs: number;
  /** Ready replicas at the review before. */
  readyBefore: number;
  recommendations: readonly RecommendationSpan[];
  /** Since when recommendations are kept. */
  sinceMs: number;
  changes: readonly ReplicaChange[];
  flight: Flight | null;
  /** Readiness that is still waited for, ascending. */
  pending: readonly PendingReadiness[];
  /** The size of replicas that plans have come to, where sizes are weighed. */
  sizeWish?: VerticalInput['wished'];
  /** What replicas have, where the target told it. */
  size?: PresentSize;
  /** Set after a resize that failed. */
  resizeBackOff?: { readonly untilMs: number; readonly reason: string };
  /** null before the first plan. */
  autonomy: Autonomy | null;
  /** The last scale-down, while it is watched. */
  gaveUp: { readonly atMs: number; readonly from: number; readonly to: number } | null;
  undo: NonNullable<PlanInputs['undo']> | null;
  override: PlanInputs['override'];
  pause: PlanInputs['pause'];
  budget: { readonly maxReplicas: number; readonly revision: number; readonly reason: string } | null;
  /** Failed actions in a row. */
  failures: number;
  backOff: PlanInputs['backOff'];
  /** When capacity was last given up. */
  gaveUpMs: number | null;
  plannedMs: number | null;
  /** A plan is wanted as soon as the target can be read. */
  planDue: boolean;
  /** Number of the read that a plan waits for. */
  reads: number;
  recent: readonly PlanOutline[];
}

export interface TotalOutline {
  readonly report: ReportInput;
  readonly state: StateReport['state'];
  readonly producers: number;
  /** Of the last interval; null when it was not measured. */
  readonly requestsPerSecond?: number | null;
  /** What a replica was found to serve, where that is learned. */
  readonly requestsPerReplica?: number;
  /** Of one replica in the trailing day, where sizes are weighed. */
  readonly peakMemoryBytes?: number;
}

/** Requests/s ahead. */
export interface Expected {
  readonly originMs: number;
  readonly levels: readonly number[];
  readonly maxima: readonly HorizonInput[];
}

/** A jump of one producer's load. */
export interface PulseOutline {
  readonly atMs: number;
  readonly heardMs: number;
  readonly windowMs: number;
  readonly requestsPerSecond: number;
  readonly usualPerSecond: number;
  /** Of the whole pool when the jump began. */
  readonly poolPerSecond: number;
}

/** What is kept of a single producer's report. */
export interface ProducerOutline {
  readonly atMs: number;
  readonly state: StateReport['state'];
  readonly ready: boolean;
  readonly confidence: number;
  readonly requestsPerSecond: number | null;
  readonly says: string | null;
}

/** The action that is under way: one per pool; a newer one supersedes it by its generation. */
export interface Flight {
  readonly generation: number;
  readonly fromReplicas: number;
  readonly toReplicas: number;
  readonly decidedAtMs: number;
  readonly deadlineMs: number;
  /** The target took the write. */
  readonly accepted: boolean;
  readonly ready: boolean;
  /** Decided while the action before was at work: that one's write, or its going back, may take effect in between. Absent: no. */
  readonly crosses?: true;
}

export interface PendingReadiness {
  readonly replicas: number;
  readonly decidedAtMs: number;
}

export interface PlanOutline {
  readonly id: string;
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
  readonly reason: Plan['reason'];
  readonly selection?: Plan['selection'];
}

/** The planner's settings, with what a replica was found to serve where that is learned, and for the size that replicas have. */
export function plannerOf(engine: Engine): PlannerSettings {
  const { rules, total } = engine;
  const { planner } = rules.settings;
  if (engine.size !== undefined && planner.vertical?.apply === true)
    return { ...planner, replicaCapacity: capacityAt(planner.replicaCapacity, planner.vertical.size, leastOf(engine.size)) };
  const learned = total?.requestsPerReplica;
  if (rules.capacityTask === undefined || learned === undefined) return planner;
  return { ...planner, replicaCapacity: { ...planner.replicaCapacity, requestsPerSecond: learned } };
}

export function createEngine(rules: PoolRules, nowMs: number): Engine {
  return {
    rules,
    number: 0,
    generation: 0,
    total: null,
    loads: [],
    producers: new Map(),
    callers: {},
    ahead: null,
    pulses: {},
    target: { requestedReplicas: null, readyReplicas: null, minReplicas: null, maxReplicas: null, problem: null },
    targetGeneration: 0,
    leadTimes: NO_LEAD_TIMES,
    pace: startPace(rules.settings.planner.objective),
    price: START_PRICE,
    shadows: null,
    pacedMs: 0,
    readyBefore: 0,
    recommendations: [],
    sinceMs: nowMs,
    changes: [],
    flight: null,
    pending: [],
    autonomy: null,
    gaveUp: null,
    undo: null,
    override: null,
    pause: null,
    budget: null,
    failures: 0,
    backOff: null,
    gaveUpMs: null,
    plannedMs: null,
    planDue: true,
    reads: 0,
    recent: [],
  };
}
