/**
 * The offline optimum: the cheapest ready counts for a demand that is known, where every start is paid for one lead time before
 * it serves and at most so many intervals are short, none by more than a share. Its cost is the least that a
 * policy can have which keeps to that share.
 */
export interface OptimumProblem {
  /** Replicas that each interval requires. */
  readonly required: ArrayLike<number>;
  /** Lead time in intervals: what a start costs beside its serving. */
  readonly startCost: number;
  /** Intervals that may be short, and the share of its replicas that a short one may lack (or one replica). */
  readonly shortMax: number;
  readonly depthMax: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

export interface OptimumPlan {
  /** Ready replicas of each interval. */
  readonly ready: Uint16Array;
  /** Replica-intervals, starts included; replicas of the first interval run already. */
  readonly cost: number;
  readonly short: number;
}

export interface Optimum {
  /** Keeps the allowance; its cost is an upper bound of the optimum. */
  readonly plan: OptimumPlan;
  /** No plan that keeps the allowance is cheaper (Lagrange). Equal to the plan's cost where the allowance is met exactly. */
  readonly lowerBound: number;
}

const ROUNDS_MAX = 60;

/**
 * A price per short interval makes the problem one for dynamic programming over (interval, replicas), exact in O(replicas) an
 * interval by running minima. Between a price that is too low and one that is too high the next is the one at which both plans
 * cost the same, until no plan is cheaper at it (the dual of the allowance; Everett 1963).
 */
export function offlineOptimum(problem: OptimumProblem): Optimum {
  const { shortMax, startCost } = problem;
  const top = Math.max(problem.minReplicas, Math.min(problem.maxReplicas, largest(problem.required)));
  const ask = (price: number): OptimumPlan => cheapest(problem, top, price);
  const free = ask(0);
  if (free.short <= shortMax) return { plan: free, lowerBound: free.cost };
  const dear = (startCost + 1) * (top + 1) + 1;
  let kept = ask(dear);
  // Where even the dearest price leaves more short than allowed, the bounds are to blame and nothing can be done.
  if (kept.short >= shortMax) return { plan: kept, lowerBound: kept.cost };
  let broken = free;
  let lowerBound = kept.cost + dear * (kept.short - shortMax);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const price = (kept.cost - broken.cost) / (broken.short - kept.short);
    const plan = ask(price);
    const value = plan.cost + price * plan.short;
    lowerBound = Math.max(lowerBound, value - price * shortMax);
    if (value >= broken.cost + price * broken.short - 1e-7 * Math.max(1, value)) break;
    if (plan.short <= shortMax) kept = plan;
    else broken = plan;
    if (plan.short === shortMax) break;
  }
  return { plan: kept, lowerBound: kept.short === shortMax ? kept.cost : Math.min(lowerBound, kept.cost) };
}

/** The cheapest plan when a short interval costs `price`. */
function cheapest(problem: OptimumProblem, top: number, price: number): OptimumPlan {
  const { required, startCost, minReplicas: low } = problem;
  const states = top - low + 1;
  const intervals = required.length;
  const from = new Uint16Array(intervals * states);
  let cost = Float64Array.from({ length: states }, (_, k) => fee(problem, 0, low + k, price, top));
  for (let t = 1; t < intervals; t += 1) {
    const next = new Float64Array(states);
    const row = from.subarray(t * states, (t + 1) * states);
    giveUp(cost, next, row);
    start(cost, next, row, startCost);
    for (let k = 0; k < states; k += 1) next[k] = (next[k] ?? 0) + fee(problem, t, low + k, price, top);
    cost = next;
  }
  return trace(problem, from, cost, states);
}

/** Coming from as many or more costs nothing: a running minimum from above. */
function giveUp(cost: Float64Array, next: Float64Array, row: Uint16Array): void {
  let best = cost.length - 1;
  for (let k = cost.length - 1; k >= 0; k -= 1) {
    if ((cost[k] ?? 0) <= (cost[best] ?? 0)) best = k;
    next[k] = cost[best] ?? 0;
    row[k] = best;
  }
}

/** Coming from fewer pays for every start: a running minimum from below of cost - startCost x replicas. */
function start(cost: Float64Array, next: Float64Array, row: Uint16Array, startCost: number): void {
  let best = 0;
  for (let k = 1; k < cost.length; k += 1) {
    const below = (cost[best] ?? 0) + startCost * (k - best);
    if (below < (next[k] ?? 0)) {
      next[k] = below;
      row[k] = best;
    }
    if ((cost[k] ?? 0) < below) best = k;
  }
}

function fee({ required, depthMax, maxReplicas }: OptimumProblem, t: number, replicas: number, price: number, top: number): number {
  const wanted = required[t] ?? 0;
  if (replicas >= wanted) return replicas;
  const lacking = Math.max(1, Math.floor(depthMax * wanted + 1e-9));
  const isTooDeep = replicas < wanted - lacking && replicas < Math.min(top, maxReplicas);
  return isTooDeep ? Number.POSITIVE_INFINITY : replicas + price;
}

function trace({ required, startCost, minReplicas }: OptimumProblem, from: Uint16Array, cost: Float64Array, states: number): OptimumPlan {
  const ready = new Uint16Array(required.length);
  let k = cost.reduce((best, value, at) => (value < (cost[best] ?? 0) ? at : best), 0);
  for (let t = required.length - 1; t >= 0; t -= 1) {
    ready[t] = minReplicas + k;
    k = from[t * states + k] ?? 0;
  }
  let total = 0;
  let short = 0;
  for (let t = 0; t < ready.length; t += 1) {
    const now = ready[t] ?? 0;
    total += now + (t === 0 ? 0 : startCost * Math.max(0, now - (ready[t - 1] ?? 0)));
    if (now < (required[t] ?? 0)) short += 1;
  }
  return { ready, cost: total, short };
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i += 1) most = Math.max(most, values[i] ?? 0);
  return most;
}
