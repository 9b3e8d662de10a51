import {
  cpuLoad,
  failingLoad,
  largestSeen,
  provenLoad,
  startEvidence,
  type CapacityEvidence,
  type ReplicaLimits,
} from './capacity-evidence.ts';

/** How the capacity of a replica, in requests per second, is learned. */
export interface CapacityRules extends ReplicaLimits {
  /** Bounds of what may be learned, in multiples of what is configured: `least` from 0.25 to 1, `most` from 1 to 2. */
  readonly least: number;
  readonly most: number;
}

/** Plain data, changed in place. */
export interface LearnedCapacity {
  readonly evidence: CapacityEvidence;
  /** In multiples of the configured capacity. */
  ratio: number;
  movedMs: number | null;
}

/** Why it is what it is. Loads in multiples of the configured capacity. */
export interface CapacityBounds {
  /** Where CPU reaches its limit; null while that is not known. */
  readonly cpu: number | null;
  /** Proven to be borne; null: none. */
  readonly proven: number | null;
  /** Proven not to be borne; null: none. */
  readonly failing: number | null;
  /** What they come to. */
  readonly ratio: number;
}

export const CAPACITY_DEFAULTS = { utilisation: 0.8, least: 0.5, most: 1.5 } as const;
/** What may be configured as bounds of what is learned. */
export const CAPACITY_LIMITS = { least: [0.25, 1], most: [1, 2] } as const;
/** Loads beyond the largest seen, by this much at the most, are judged by the line through CPU. */
const BEYOND_SEEN = 1.25;
/** Of the configured capacity: slowly up, faster down. */
const UP_PER_DAY = 0.1;
const DOWN_PER_HOUR = 0.1;
const DAY_MS = 86_400_000;

export function startLearnedCapacity(): LearnedCapacity {
  return { evidence: startEvidence(), ratio: 1, movedMs: null };
}

/**
 * What the evidence allows. Above the configured capacity only what is proven: loads that were borne, or, where nothing but CPU is
 * limited, what the line through CPU says with its band, not far beyond what was seen. Below it as soon as CPU or what was borne
 * says so.
 */
export function boundsOf(evidence: CapacityEvidence, rules: CapacityRules, objective: number): CapacityBounds {
  const cpu = rules.cpuMillicores === undefined ? null : cpuLoad(evidence, objective, rules.most);
  const proven = provenLoad(evidence, objective);
  const failing = failingLoad(evidence, objective);
  const byCpu = cpu === null || rules.eventLoopDelayMs !== undefined ? 0 : Math.min(cpu, BEYOND_SEEN * largestSeen(evidence));
  const allowed = Math.min(Math.max(1, proven, byCpu), cpu ?? Number.POSITIVE_INFINITY, failing);
  return {
    cpu,
    proven: proven > 0 ? proven : null,
    failing: Number.isFinite(failing) ? failing : null,
    ratio: Math.min(rules.most, Math.max(rules.least, allowed)),
  };
}

/** Once an interval: moves towards what the evidence allows. */
export function moveCapacity(learned: LearnedCapacity, rules: CapacityRules, objective: number, nowMs: number): void {
  const elapsedMs = Math.min(DAY_MS, Math.max(0, nowMs - (learned.movedMs ?? nowMs)));
  learned.movedMs = Math.max(nowMs, learned.movedMs ?? nowMs);
  const { ratio } = boundsOf(learned.evidence, rules, objective);
  const up = (UP_PER_DAY * elapsedMs) / DAY_MS;
  const down = (24 * DOWN_PER_HOUR * elapsedMs) / DAY_MS;
  const moved = Math.min(learned.ratio + up, Math.max(learned.ratio - down, ratio));
  learned.ratio = Math.min(rules.most, Math.max(rules.least, moved));
}

/** Everything that is wrong with the rules, a sentence each. */
export function capacityRulesProblems(rules: CapacityRules): readonly string[] {
  const problems: string[] = [];
  const { least, most, utilisation, cpuMillicores, eventLoopDelayMs } = rules;
  const check = (isRight: boolean, problem: string): void => {
    if (!isRight) problems.push(problem);
  };
  const within = (value: number, [from, to]: readonly [number, number]): boolean => value >= from && value <= to;
  check(within(least, CAPACITY_LIMITS.least), `least must be ${CAPACITY_LIMITS.least.join(' to ')}, got ${least}`);
  check(within(most, CAPACITY_LIMITS.most), `most must be ${CAPACITY_LIMITS.most.join(' to ')}, got ${most}`);
  check(utilisation > 0 && utilisation <= 1, `utilisation must be above 0 and at most 1, got ${utilisation}`);
  check(cpuMillicores !== undefined || eventLoopDelayMs !== undefined, 'cpuMillicores or eventLoopDelayMs must be limited');
  for (const [name, limit] of Object.entries({ cpuMillicores, eventLoopDelayMs })) {
    check(limit === undefined || (limit > 0 && Number.isFinite(limit)), `${name} must be above 0, got ${limit}`);
  }
  return problems;
}
