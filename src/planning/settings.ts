import { BURST_THRESHOLD } from './burst-threshold.ts';
import { DEAD_BAND, type DeadBand } from './dead-band.ts';
import { formulaProblem, FORMULA_MODES, type Formula } from './formula.ts';
import { verticalProblems, type VerticalRules } from './vertical-rules.ts';
import { windowProblems, type BoundsWindow } from './bounds.ts';

/** Everything that the planner of one pool is set to; all present, durations in milliseconds. */
export interface PlannerSettings {
  /** Never fewer, never more. 0 <= min <= max. */
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Other bounds at certain times; the first that holds counts. Default none. */
  readonly windows?: readonly BoundsWindow[];
  /** What one replica serves within the objective. At least one resource. */
  readonly replicaCapacity: ReplicaCapacity;
  /** Allowed share of time in which ready capacity is under what the load needs, (0, 0.5]. Default 0.01. */
  readonly objective: number;
  /**
   * What a minute with too little ready capacity costs, in minutes of one replica, above 0: once a rule has proven itself it decides in
   * the place of the objective. Default: found so that the objective is met.
   */
  readonly shortMinutePrice?: number;
  /** How often a plan is made at the least. Default: the pool's interval. */
  readonly reviewMs: number;
  /** Lead time until enough actions have been measured. */
  readonly leadTimePrior: LeadTime;
  /** The reactive floor is the largest load of this window, times `reactiveHeadroom`. Default 5 minutes, 1.2. */
  readonly reactiveWindowMs: number;
  readonly reactiveHeadroom: number;
  /** Below this confidence the forecast may raise capacity but not lower it. 0 to 1. Default 0.5. */
  readonly confidenceMin: number;
  /** Input older than this is stale: capacity holds. Default 3 intervals. */
  readonly staleAfterMs: number;
  /** Users' own rules. Default none. */
  readonly formulas?: readonly Formula[];
  /** A jump of the load counts before its interval ends when it needs this many times the ready replicas. Default 1.4. */
  readonly burstThreshold?: number;
  /**
   * What a change has to save to be made, as shares of the present count, 0 to 1. Smaller is cheaper and turns more. Default: 0.08 up and
   * 0.04 down, and up to twice as much while the pool turns more than half as often as an HPA would.
   */
  readonly deadBand?: DeadBand;
  /** How sizes of replicas are weighed against their number. Default: not at all. */
  readonly vertical?: VerticalRules;
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
  /**
   * How long an idle replica may cost before giving it up and starting it again later is cheaper: capacity that the
   * forecast wants back within lead time, review and this is kept. Default: the lead time's p50, which is what one more
   * start costs without serving.
   */
  readonly breakEvenMs?: number;
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
  /** The change allowed by these policies within their period; none: unlimited. */
  readonly policies: readonly ScalingPolicy[];
  /** Which policy counts: the one that allows the most, or the least; `Disabled`: no change in this direction. Default Max. */
  readonly selectPolicy?: SelectPolicy;
  /** Deviations from the present count of at most this share are left alone, 0 to 1. Default up 0, down 0.04. */
  readonly tolerance?: number;
}

/** Which of several policies counts. */
export const SELECT_POLICIES = ['Max', 'Min', 'Disabled'] as const;
/** One of them. */
export type SelectPolicy = (typeof SELECT_POLICIES)[number];

/** A change allowed within a period: replicas (`Pods`), or percent of the count at its beginning. */
export interface ScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  /** Above 0, at most 30 minutes. */
  readonly periodMs: number;
}

/** What a planner is set to where the config says nothing; the rest follows from the interval or must be given. */
export const PLANNER_DEFAULTS = {
  minReplicas: 1,
  maxReplicas: 100,
  objective: 0.01,
  leadTimePrior: { p50Ms: 120_000, p95Ms: 180_000 },
  reactiveWindowMs: 300_000,
  reactiveHeadroom: 1.2,
  confidenceMin: 0.5,
  scaleUp: { stabilizationWindowMs: 0, policies: [] },
  // Below it a calm pool of twenty replicas turns with every breath; at 0.06 it turns a sixth less, for 0.4% of the cost (decision 46).
  scaleDown: { stabilizationWindowMs: 300_000, policies: [], tolerance: 0.04 },
} as const satisfies Partial<PlannerSettings>;

/** Settings with defaults for everything but the capacity of a replica. `intervalMs`: length of an observation. */
export function plannerSettings(
  intervalMs: number,
  given: Partial<PlannerSettings> & Pick<PlannerSettings, 'replicaCapacity'>,
): PlannerSettings {
  return { ...PLANNER_DEFAULTS, reviewMs: intervalMs, staleAfterMs: 3 * intervalMs, ...given };
}

/** Largest count that is believed anywhere: what a target says above it is taken for a lie. */
export const REPLICAS_LIMIT = 1_000_000;

/** Everything that is wrong with the settings, a sentence each; empty when they can be planned with. */
export function settingsProblems(settings: PlannerSettings): readonly string[] {
  const problems: string[] = [];
  const check = (ok: boolean, sentence: string): void => {
    if (!ok) problems.push(sentence);
  };
  const { minReplicas: min, maxReplicas: max, leadTimePrior: lead, objective } = settings;
  check(isCount(min), `minReplicas must be a whole number from 0 to ${REPLICAS_LIMIT}, got ${min}`);
  check(isCount(max), `maxReplicas must be a whole number from 0 to ${REPLICAS_LIMIT}, got ${max}`);
  check(min <= max, `minReplicas (${min}) must not be above maxReplicas (${max})`);
  check(objective > 0 && objective <= 0.5, `objective must be above 0 and at most 0.5, got ${objective}`);
  const { shortMinutePrice: price = 1 } = settings;
  check(price > 0 && Number.isFinite(price), `shortMinutePrice must be above 0, got ${price}`);
  check(isDuration(settings.reviewMs) && settings.reviewMs > 0, `reviewMs must be above 0, got ${settings.reviewMs}`);
  check(isDuration(lead.p50Ms) && isDuration(lead.p95Ms) && lead.p50Ms <= lead.p95Ms, 'leadTimePrior needs 0 <= p50Ms <= p95Ms');
  check(isDuration(settings.reactiveWindowMs), `reactiveWindowMs must be 0 or more, got ${settings.reactiveWindowMs}`);
  check(
    settings.reactiveHeadroom >= 1 && settings.reactiveHeadroom <= 10,
    `reactiveHeadroom must be 1 to 10, got ${settings.reactiveHeadroom}`,
  );
  check(settings.confidenceMin >= 0 && settings.confidenceMin <= 1, `confidenceMin must be 0 to 1, got ${settings.confidenceMin}`);
  check(isDuration(settings.staleAfterMs) && settings.staleAfterMs > 0, `staleAfterMs must be above 0, got ${settings.staleAfterMs}`);
  check(
    settings.breakEvenMs === undefined || isDuration(settings.breakEvenMs),
    `breakEvenMs must be 0 or more, got ${settings.breakEvenMs}`,
  );
  for (const { name, tree, mode } of settings.formulas ?? []) {
    const problem = FORMULA_MODES.includes(mode) ? formulaProblem(tree) : `there is no mode ${mode}`;
    check(problem === undefined, `formula ${name}: ${problem}`);
  }
  const { burstThreshold: burst = BURST_THRESHOLD } = settings;
  check(burst >= 1 && burst <= 100, `burstThreshold must be 1 to 100, got ${burst}`);
  for (const direction of ['up', 'down'] as const) {
    const share = (settings.deadBand ?? DEAD_BAND)[direction];
    check(share >= 0 && share <= 1, `deadBand.${direction} must be 0 to 1, got ${share}`);
  }
  problems.push(...capacityProblems(settings.replicaCapacity));
  if (settings.vertical !== undefined) problems.push(...verticalProblems(settings.vertical).map((problem) => `vertical.${problem}`));
  for (const [i, window] of (settings.windows ?? []).entries()) {
    problems.push(...windowProblems(window, settings).map((problem) => `windows[${i}].${problem}`));
  }
  problems.push(...rulesProblems('scaleUp', settings.scaleUp), ...rulesProblems('scaleDown', settings.scaleDown));
  return problems;
}

function capacityProblems(capacity: ReplicaCapacity): readonly string[] {
  const given = Object.entries(capacity).filter(([, value]) => value !== undefined);
  if (given.length === 0) return ['replicaCapacity must name at least one resource'];
  return given
    .filter(([, value]) => !(Number.isFinite(value) && value > 0))
    .map(([name, value]) => `replicaCapacity.${name} must be above 0, got ${value}`);
}

function rulesProblems(path: string, rules: ScalingRules): readonly string[] {
  const problems: string[] = [];
  if (!isDuration(rules.stabilizationWindowMs)) problems.push(`${path}.stabilizationWindowMs must be 0 or more`);
  const { selectPolicy = 'Max', tolerance = 0 } = rules;
  if (!SELECT_POLICIES.includes(selectPolicy)) problems.push(`${path}.selectPolicy must be Max, Min or Disabled, got ${selectPolicy}`);
  if (!(tolerance >= 0 && tolerance <= 1)) problems.push(`${path}.tolerance must be 0 to 1, got ${tolerance}`);
  for (const [i, policy] of rules.policies.entries()) {
    if (!(policy.value > 0)) problems.push(`${path}.policies[${i}].value must be above 0, got ${policy.value}`);
    if (!(policy.periodMs > 0 && policy.periodMs <= 1_800_000)) {
      problems.push(`${path}.policies[${i}].periodMs must be above 0 and at most 30 minutes, got ${policy.periodMs}`);
    }
  }
  return problems;
}

export function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= REPLICAS_LIMIT;
}

function isDuration(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}
