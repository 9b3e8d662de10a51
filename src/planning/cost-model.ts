import { capped, solveCosts } from './cost-solver.ts';

/**
 * What one request of each type costs, learned from sums over a pool's warm producers: requests by type against CPU time,
 * memory and bytes. One row an interval, divided by its requests:
 *
 *     cost per request = sum over types (cost of the type x its share) + idle cost x (producers x seconds / requests)
 *
 * The fit is recursive (moments that fade, half of them within 6 hours), never negative, and held to the mean cost by a
 * ridge, so that a type that is seldom seen, or always seen together with another, costs what a request costs on the mean.
 * What is far from the fit counts only as far as Huber's bound (Huber, Robust Statistics, 1981, section 7.8: pseudo-values),
 * so that a garbage collection or a backup does not become the price of a type. Plain data, changed in place.
 */
export interface CostModel {
  /** Types with a cost of their own, at most TYPES_MAX; all others are one more. */
  readonly types: string[];
  /** Requests by type, `other` last: fading over 7 days, and over 6 hours. */
  readonly usual: number[];
  readonly recent: number[];
  /** Types without a place, with their requests fading over 6 hours. */
  waiting: [type: string, requests: number][];
  /** Sums of x x', WIDTH x WIDTH. */
  readonly moments: number[];
  readonly outcomes: readonly Outcome[];
  /** Producer-seconds a request of the first row: brings the idle column to the size of the shares. 0 before it. */
  idleScale: number;
  /** Rows taken. */
  rows: number;
  /** Fading sums of |error| of the CPU time told by the mix at hand, and by the usual mix. */
  errorOfMix: number;
  errorOfCounts: number;
  /** The interval that is being summed up; null before the first. */
  open: OpenRow | null;
  /** The row that was closed last. */
  last: Pick<OpenRow, 'startMs' | 'requests'> | null;
}

/** One of COST_OUTCOMES. */
export interface Outcome {
  /** Sums of x y. */
  readonly products: number[];
  /** The fit: cost of each type, of all others, and of a producer that idles (in units of `idleScale`). */
  readonly costs: number[];
  /** Of a request, and of what the fit misses, running means. */
  mean: number;
  miss: number;
}

export interface OpenRow {
  readonly startMs: number;
  readonly requests: number[];
  readonly outcomes: number[];
  strangers: [type: string, requests: number][];
  producerSeconds: number;
}

/** One warm producer's interval. */
export interface CostSample {
  readonly startMs: number;
  readonly intervalMs: number;
  readonly requests: number;
  readonly byType: Readonly<Record<string, { readonly requests: number }>>;
  /** In the order of COST_OUTCOMES. */
  readonly used: readonly [cpuSeconds: number, memoryBytes: number, networkBytes: number];
}

export const COST_OUTCOMES = ['cpuSeconds', 'memoryBytes', 'networkBytes'] as const;
export const TYPES_MAX = 8;
/** Places: the types, all others, and idling. */
export const OTHER = TYPES_MAX;
export const IDLE = TYPES_MAX + 1;
export const WIDTH = TYPES_MAX + 2;
const OTHER_NAME = 'other';

const WAITING_MAX = 16;
/** Longer names are of others: they would make the state large. */
const NAME_LENGTH_MAX = 128;
const HALF_LIFE_MS = 6 * 3_600_000;
const USUAL_HALF_LIFE_MS = 7 * 86_400_000;
/** A row of fewer requests says little about any of them. */
const ROW_REQUESTS_MIN = 20;
/** Rows that running means go back; errors count from the second of these on. */
const MEAN_ROWS = 60;
const JUDGED_AFTER_ROWS = 20;
/** What is further from the fit than this many mean misses counts as if it were so far. */
const MISS_BOUND = 3;
/** A type takes another's place when it has this many times its requests. */
const REPLACES_AT = 2;

export function startCosts(): CostModel {
  return {
    types: [],
    usual: zeros(TYPES_MAX + 1),
    recent: zeros(TYPES_MAX + 1),
    waiting: [],
    moments: zeros(WIDTH * WIDTH),
    outcomes: COST_OUTCOMES.map(() => ({ products: zeros(WIDTH), costs: zeros(WIDTH), mean: 0, miss: 0 })),
    idleScale: 0,
    rows: 0,
    errorOfMix: 0,
    errorOfCounts: 0,
    open: null,
    last: null,
  };
}

/** Adds one producer's interval to its row; a newer interval closes the row before. What is older, or no number, is left out. */
export function observeCosts(model: CostModel, sample: CostSample): void {
  if (!isUsable(sample)) return;
  const { open, last } = model;
  if (sample.startMs <= (last?.startMs ?? Number.NEGATIVE_INFINITY) || sample.startMs < (open?.startMs ?? 0)) return;
  if (open === null || sample.startMs > open.startMs) {
    closeCosts(model, sample.startMs - 1);
    model.open = { startMs: sample.startMs, requests: zeros(TYPES_MAX + 1), outcomes: zeros(3), strangers: [], producerSeconds: 0 };
  }
  if (model.open !== null) addTo(model, model.open, sample);
}

/** Learns from the interval that is being summed up, if it began by then. */
export function closeCosts(model: CostModel, untilMs: number): void {
  const { open } = model;
  if (open === null || open.startMs > untilMs) return;
  model.open = null;
  closeRow(model, open);
}

function isUsable({ startMs, intervalMs, requests, used }: CostSample): boolean {
  return Number.isFinite(startMs) && intervalMs > 0 && [requests, ...used].every((value) => value >= 0 && Number.isFinite(value));
}

function addTo(model: CostModel, row: OpenRow, sample: CostSample): void {
  let named = 0;
  for (const [type, { requests }] of Object.entries(sample.byType)) {
    if (!(requests > 0 && Number.isFinite(requests))) continue;
    named += requests;
    const place = placeOf(model, type);
    add(row.requests, place, requests);
    if (place === OTHER && type !== OTHER_NAME && type.length <= NAME_LENGTH_MAX) count(row.strangers, type, requests);
  }
  // Requests that nobody gave a type.
  add(row.requests, OTHER, Math.max(0, sample.requests - named));
  for (const [i, value] of sample.used.entries()) add(row.outcomes, i, value);
  row.producerSeconds += sample.intervalMs / 1_000;
}

/** A producer's requests by the places that there are. */
export function requestsByPlace({ types }: CostModel, { requests, byType }: Pick<CostSample, 'requests' | 'byType'>): number[] {
  const placed = types.map((type) => (Object.hasOwn(byType, type) ? (byType[type]?.requests ?? 0) : 0));
  const named = placed.reduce((sum, one) => sum + one, 0);
  return [...placed, ...zeros(TYPES_MAX - types.length), Math.max(0, requests - named)];
}

function placeOf({ types }: CostModel, type: string): number {
  if (type === OTHER_NAME || type.length > NAME_LENGTH_MAX) return OTHER;
  const known = types.indexOf(type);
  if (known >= 0) return known;
  return types.length < TYPES_MAX ? types.push(type) - 1 : OTHER;
}

function count(names: [string, number][], type: string, requests: number): void {
  const known = names.find(([name]) => name === type);
  if (known !== undefined) known[1] += requests;
  else if (names.length < WAITING_MAX) names.push([type, requests]);
}

/** Takes one interval's row into the fit. */
function closeRow(model: CostModel, row: OpenRow): void {
  const elapsedMs = model.last === null ? 0 : row.startMs - model.last.startMs;
  model.last = { startMs: row.startMs, requests: row.requests };
  fade(model, elapsedMs);
  const requests = row.requests.reduce((sum, one) => sum + one, 0);
  for (const [place, one] of row.requests.entries()) {
    add(model.usual, place, one);
    add(model.recent, place, one);
  }
  for (const [type, one] of row.strangers) count(model.waiting, type, one);
  if (requests >= ROW_REQUESTS_MIN) learn(model, row, requests);
  letIn(model);
}

function learn(model: CostModel, row: OpenRow, requests: number): void {
  const perRequest = row.producerSeconds / requests;
  if (model.idleScale === 0) model.idleScale = perRequest;
  const x = row.requests.map((one) => one / requests);
  // Bounded: an hour without requests says nothing about an hour with them.
  x.push(Math.min(10, perRequest / model.idleScale));
  judge(model, x, (row.outcomes[0] ?? 0) / requests);
  for (let i = 0; i < WIDTH; i += 1) {
    for (let j = 0; j < WIDTH; j += 1) add(model.moments, i * WIDTH + j, at(x, i) * at(x, j));
  }
  model.rows += 1;
  const weight = 1 / Math.min(model.rows, MEAN_ROWS);
  for (const [i, outcome] of model.outcomes.entries()) {
    const measured = at(row.outcomes, i) / requests;
    const told = model.rows === 1 ? measured : dot(outcome.costs, x);
    const missed = measured - told;
    const bound = model.rows <= JUDGED_AFTER_ROWS ? Number.POSITIVE_INFINITY : MISS_BOUND * Math.max(outcome.miss, 1e-3 * outcome.mean);
    const counted = told + capped(missed, bound);
    outcome.miss += weight * (Math.min(Math.abs(missed), 2 * bound) - outcome.miss);
    outcome.mean += weight * (counted - outcome.mean);
    for (let j = 0; j < WIDTH; j += 1) add(outcome.products, j, at(x, j) * counted);
    solveCosts(model.moments, outcome);
  }
}

/** Errors of what was told before the row was learned. */
function judge(model: CostModel, x: readonly number[], measured: number): void {
  const [cpu] = model.outcomes;
  if (cpu === undefined || model.rows < JUDGED_AFTER_ROWS) return;
  const usual = shares(model.usual);
  usual.push(at(x, IDLE));
  const most = 10 * cpu.mean;
  model.errorOfMix += Math.min(most, Math.abs(measured - dot(cpu.costs, x)));
  model.errorOfCounts += Math.min(most, Math.abs(measured - dot(cpu.costs, usual)));
}

function fade(model: CostModel, elapsedMs: number): void {
  const keep = 2 ** (-Math.max(0, elapsedMs) / HALF_LIFE_MS);
  const keepUsual = 2 ** (-Math.max(0, elapsedMs) / USUAL_HALF_LIFE_MS);
  scale(model.moments, keep);
  for (const { products } of model.outcomes) scale(products, keep);
  scale(model.recent, keep);
  scale(model.usual, keepUsual);
  model.errorOfMix *= keep;
  model.errorOfCounts *= keep;
  for (const one of model.waiting) one[1] *= keep;
}

/** A type that has grown far above the least of those with a place takes it; what was learned of that one goes to the others. */
function letIn(model: CostModel): void {
  model.waiting.sort((a, b) => b[1] - a[1]);
  const [first] = model.waiting;
  const named = model.recent.slice(0, TYPES_MAX);
  const least = named.indexOf(Math.min(...named));
  if (first !== undefined && first[1] > REPLACES_AT * at(model.recent, least)) {
    joinOthers(model, least);
    model.waiting.shift();
    model.types[least] = first[0];
    // Its requests so far stay with the others, whose costs they were learned as.
  }
  model.waiting.length = Math.min(model.waiting.length, WAITING_MAX - 1);
}

function joinOthers({ moments, outcomes, usual, recent }: CostModel, place: number): void {
  for (let i = 0; i < WIDTH; i += 1) move(moments, place * WIDTH + i, OTHER * WIDTH + i);
  for (let i = 0; i < WIDTH; i += 1) move(moments, i * WIDTH + place, i * WIDTH + OTHER);
  for (const { products, costs, mean } of outcomes) {
    move(products, place, OTHER);
    costs[place] = mean;
  }
  move(usual, place, OTHER);
  move(recent, place, OTHER);
}

export function shares(requests: readonly number[]): number[] {
  const sum = requests.reduce((all, one) => all + one, 0);
  return requests.map((one) => (sum > 0 ? one / sum : 0));
}

export function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length && i < b.length; i += 1) sum += at(a, i) * at(b, i);
  return sum;
}

function at(values: readonly number[], i: number): number {
  return values[i] ?? 0;
}

function add(values: number[], i: number, value: number): void {
  values[i] = at(values, i) + value;
}

function move(values: number[], from: number, to: number): void {
  add(values, to, at(values, from));
  values[from] = 0;
}

function scale(values: number[], factor: number): void {
  for (let i = 0; i < values.length; i += 1) values[i] = at(values, i) * factor;
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}
