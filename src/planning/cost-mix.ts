import { COST_OUTCOMES, dot, IDLE, OTHER, requestsByPlace, shares, TYPES_MAX, type CostModel, type CostSample } from './cost-model.ts';

/** learn: told only; use: planned with, once proven. */
export const COST_USES = ['learn', 'use'] as const;
export type CostUse = (typeof COST_USES)[number];

/**
 * How much dearer the requests of an interval are than the usual ones, and when: a profile of the day beside the costs.
 * Plain data, changed in place.
 */
export interface CostMix {
  /** Factor by half hour of the day (UTC), a running mean; null where nothing was seen yet. */
  readonly profile: (number | null)[];
  /** Factor of the last row; 1 before the first. */
  now: number;
  /** The factor is used: it has told CPU time better than counts did. */
  isProven: boolean;
  seenMs: number | null;
}

/** The mix as it weighs on requests per second. */
export interface Weighting {
  readonly now: number;
  readonly ahead: readonly { readonly horizonMs: number; readonly factor: number }[];
}

/** What is known of the costs, for people and for other programs. Figures of four digits. */
export interface CostOutline {
  readonly types: readonly TypeCost[];
  /** CPU that a producer takes without any request, cores. */
  readonly idleCores: number;
  readonly intervals: number;
  /** 1 - error of the CPU time told by types / by counts; null before it is known. */
  readonly skill: number | null;
}

export interface TypeCost {
  readonly type: string;
  /** Of the usual requests. */
  readonly share: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly networkBytes: number;
}

/** One producer's interval, as far as its weight goes. */
export interface WeighedSample extends Pick<CostSample, 'requests' | 'byType'> {
  /** Where its types are told: of a longer time, or with a later one. */
  readonly tables?: unknown;
}

export const FACTOR_BOUNDS = [0.25, 4] as const;
const SLOTS = 48;
const DAY_MS = 86_400_000;
const SLOT_MS = DAY_MS / SLOTS;
/** Weight of a new interval in its half hour. */
const PROFILE_WEIGHT = 0.1;
/** Rows that were judged before anything is proven. */
const PROVEN_ROWS = 80;
/** Used from the first skill on, until it falls under the second. */
const SKILL_BOUNDS = [0.1, 0.03] as const;

export function startMix(): CostMix {
  return { profile: Array.from({ length: SLOTS }, () => null), now: 1, isProven: false, seenMs: null };
}

/** Looks at the last row of the model, once. */
export function followMix(mix: CostMix, model: CostModel): void {
  if (model.last === null || model.last.startMs <= (mix.seenMs ?? Number.NEGATIVE_INFINITY)) return;
  const { startMs, requests } = model.last;
  mix.seenMs = startMs;
  mix.now = factorOf(model, requests);
  const slot = slotOf(startMs);
  const before = mix.profile[slot] ?? null;
  mix.profile[slot] = before === null ? mix.now : before + PROFILE_WEIGHT * (mix.now - before);
  const skill = skillOf(model);
  if (skill === null || model.rows < PROVEN_ROWS) mix.isProven = false;
  else mix.isProven = skill >= SKILL_BOUNDS[mix.isProven ? 1 : 0];
}

/**
 * What the mix at hand, and the dearest that a day ago came until each horizon, multiplies the work of a request by. null
 * while it has not told more than counts.
 */
export function weightingOf(mix: CostMix, originMs: number, horizonsMs: readonly number[]): Weighting | null {
  if (!mix.isProven) return null;
  const ahead = horizonsMs.map((horizonMs) => {
    let most = mix.now;
    for (let atMs = originMs; atMs < originMs + Math.min(horizonMs, DAY_MS) + SLOT_MS; atMs += SLOT_MS) {
      most = Math.max(most, mix.profile[slotOf(Math.min(atMs, originMs + horizonMs))] ?? 0);
    }
    return { horizonMs, factor: rounded(most) };
  });
  return { now: rounded(mix.now), ahead };
}

/**
 * Work of a mean request of these, relative to the usual. A replica that idles takes the same whatever the mix: of the
 * factors with that and without it, the one that asks for more.
 */
export function factorOf({ outcomes: [cpu], usual }: CostModel, requests: readonly number[]): number {
  if (cpu === undefined || requests.every((one) => one === 0)) return 1;
  const ours = dot(cpu.costs.slice(0, IDLE), shares(requests));
  const theirs = dot(cpu.costs.slice(0, IDLE), shares(usual));
  if (!(ours > 0 && theirs > 0)) return 1;
  const idle = cpu.costs[IDLE] ?? 0;
  const factor = Math.max(ours / theirs, (ours + idle) / (theirs + idle));
  return Math.min(FACTOR_BOUNDS[1], Math.max(FACTOR_BOUNDS[0], factor));
}

/** The same for one producer's interval, by the pool's mix where its types are told of another time; 1 while it is not proven. */
export function weightOf(mix: CostMix, model: CostModel, sample: WeighedSample): number {
  if (!mix.isProven) return 1;
  return sample.tables === undefined ? factorOf(model, requestsByPlace(model, sample)) : mix.now;
}

export function skillOf({ errorOfMix, errorOfCounts }: CostModel): number | null {
  return errorOfCounts > 0 ? 1 - errorOfMix / errorOfCounts : null;
}

export function costOutline(model: CostModel): CostOutline {
  const usual = shares(model.usual);
  const place = (type: string, i: number): TypeCost => {
    const [cpuSeconds = 0, memoryBytes = 0, networkBytes = 0] = model.outcomes.map(({ costs }) => rounded(costs[i] ?? 0));
    return { type, share: rounded(usual[i] ?? 0), cpuSeconds, memoryBytes, networkBytes };
  };
  const types = model.types.slice(0, TYPES_MAX).map((type, i) => place(type, i));
  if ((usual[OTHER] ?? 0) > 0) types.push(place('other', OTHER));
  const skill = skillOf(model);
  const idle = model.idleScale > 0 ? (model.outcomes[COST_OUTCOMES.indexOf('cpuSeconds')]?.costs[IDLE] ?? 0) / model.idleScale : 0;
  return { types, idleCores: rounded(idle), intervals: model.rows, skill: skill === null ? null : Math.round(skill * 1_000) / 1_000 };
}

function slotOf(atMs: number): number {
  return Math.floor((((atMs % DAY_MS) + DAY_MS) % DAY_MS) / SLOT_MS) % SLOTS;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
