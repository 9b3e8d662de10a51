/** A queue with Poisson arrivals, exponential service and `servers` servers (M/M/c), in steady state. */
export interface QueueingSystem {
  readonly arrivalsPerSecond: number;
  /** Served by one server per second. */
  readonly servicePerSecond: number;
  readonly servers: number;
}

/**
 * Probability that an arrival has to wait (Erlang C), 0 to 1; 1 when arrivals are not below capacity.
 *
 * By the inverse of Erlang's B formula, 1/B = sum over j of c (c-1) ... (c-j+1) / a^j, whose terms are summed until they
 * no longer count (Cooper, Introduction to Queueing Theory, 2nd ed. 1981, section 3.3).
 */
export function waitingProbability({ arrivalsPerSecond, servicePerSecond, servers }: QueueingSystem): number {
  const offered = arrivalsPerSecond / servicePerSecond;
  if (!(offered > 0)) return 0;
  const utilisation = offered / servers;
  if (utilisation >= 1) return 1;
  let term = 1;
  let inverse = 1;
  for (let j = 0; j < servers; j++) {
    term *= (servers - j) / offered;
    inverse += term;
    // Beyond this nobody waits; below it the rest of the sum does not change its last digit.
    if (inverse > 1e15 || term < inverse * 1e-16) break;
  }
  const blocked = 1 / inverse;
  return blocked / (1 - utilisation * (1 - blocked));
}

/** P(response time > t) in steady state: service, and for those who wait an exponential wait before it. */
export function responseTimeTail(system: QueueingSystem, waiting: number, seconds: number): number {
  const { servicePerSecond: mu, servers, arrivalsPerSecond } = system;
  const drain = servers * mu - arrivalsPerSecond;
  const served = Math.exp(-mu * seconds);
  const difference = drain - mu;
  // The sum of two exponentials of nearly equal rates is an Erlang-2.
  const both =
    Math.abs(difference) < 1e-6 * mu ? (1 + mu * seconds) * served : (drain * served - mu * Math.exp(-drain * seconds)) / difference;
  return (1 - waiting) * served + waiting * both;
}

const BISECTIONS = 40;

/**
 * Quantile of the response time in steady state, seconds, found by bisection and never above `atMostSeconds`
 * (Gross et al., Fundamentals of Queueing Theory, 4th ed. 2008, section 2.3).
 */
export function responseTimeQuantile(system: QueueingSystem, level: number, atMostSeconds: number): number {
  const { servicePerSecond, servers, arrivalsPerSecond } = system;
  if (arrivalsPerSecond >= servers * servicePerSecond) return atMostSeconds;
  const waiting = waitingProbability(system);
  const tail = 1 - level;
  const service = -Math.log(tail) / servicePerSecond;
  if (waiting < 1e-12) return Math.min(atMostSeconds, service);
  if (responseTimeTail(system, waiting, atMostSeconds) > tail) return atMostSeconds;
  let low = 0;
  let high = atMostSeconds;
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (responseTimeTail(system, waiting, middle) > tail) low = middle;
    else high = middle;
  }
  return high;
}
