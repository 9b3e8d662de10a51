import type { LeadTimeInput } from './inputs.ts';
import type { LeadTime } from './settings.ts';

/**
 * Lead time as a distribution, learned from the replicas of finished actions. Replicas that never became ready count
 * with the time they were waited for: it is at least that long, and leaving them out would make slow targets look fast.
 */
export interface LeadTimes {
  /** The latest measured times, milliseconds, oldest first; at most SAMPLES_MAX. */
  readonly samplesMs: readonly number[];
  /** Replicas measured ever. */
  readonly count: number;
}

/** Nothing measured yet: the prior alone counts. */
export const NO_LEAD_TIMES: LeadTimes = { samplesMs: [], count: 0 };

const SAMPLES_MAX = 128;
/** One large action must not push out everything else that is known. */
const SAMPLES_PER_ACTION_MAX = 8;
/** The prior counts like this many measured replicas. */
const PRIOR_WEIGHT = 8;
const LEAD_TIME_MAX_MS = 86_400_000;

/** Takes the times of one action; more than eight are represented by eight of their quantiles. */
export function recordLeadTimes(known: LeadTimes, measuredMs: readonly number[]): LeadTimes {
  const valid = measuredMs.filter((ms) => ms >= 0 && ms <= LEAD_TIME_MAX_MS).sort((a, b) => a - b);
  if (valid.length === 0) return known;
  const kept = Math.min(valid.length, SAMPLES_PER_ACTION_MAX);
  const sampled = Array.from({ length: kept }, (_, i) => sortedQuantile(valid, kept === 1 ? 0.5 : i / (kept - 1)));
  return { samplesMs: [...known.samplesMs, ...sampled].slice(-SAMPLES_MAX), count: known.count + valid.length };
}

/**
 * p50 and p95: the measured ones, drawn towards the prior while there are few (in logarithms, because lead times are
 * skewed to the right; Gelman et al., Bayesian Data Analysis, 2.4: a prior worth so many observations).
 */
export function leadTimeOf(known: LeadTimes, prior: LeadTime): LeadTimeInput {
  const n = known.samplesMs.length;
  if (n === 0) return { p50Ms: prior.p50Ms, p95Ms: prior.p95Ms, samples: 0 };
  const sorted = [...known.samplesMs].sort((a, b) => a - b);
  const share = n / (n + PRIOR_WEIGHT);
  const p50Ms = blend(sortedQuantile(sorted, 0.5), prior.p50Ms, share);
  const p95Ms = blend(sortedQuantile(sorted, 0.95), prior.p95Ms, share);
  return { p50Ms: Math.round(p50Ms), p95Ms: Math.round(Math.max(p50Ms, p95Ms)), samples: known.count };
}

function blend(measuredMs: number, priorMs: number, share: number): number {
  // One millisecond keeps the logarithm finite for targets that are ready at once.
  return Math.exp(share * Math.log(measuredMs + 1) + (1 - share) * Math.log(priorMs + 1)) - 1;
}

/** Linear between order statistics (Hyndman and Fan 1996, type 7). */
function sortedQuantile(sorted: readonly number[], level: number): number {
  const at = level * (sorted.length - 1);
  const below = Math.floor(at);
  const lower = sorted[below] ?? 0;
  const upper = sorted[Math.min(below + 1, sorted.length - 1)] ?? lower;
  return lower + (upper - lower) * (at - below);
}
