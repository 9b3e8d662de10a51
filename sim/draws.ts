import type { LeadTime } from '../src/planning/settings.ts';
import type { Random } from '../src/ports/random.ts';

/** Standard normal quantile of 0.95. */
const Z95 = 1.644_853_626_951_472_2;

/** A lognormal start-up time in whole milliseconds: mu = ln p50, sigma = ln(p95 / p50) / z(0.95). */
export function drawLeadTimeMs(lead: LeadTime, random: Random): number {
  if (lead.p50Ms <= 0) return 0;
  const sigma = Math.log(lead.p95Ms / lead.p50Ms) / Z95;
  return Math.round(lead.p50Ms * Math.exp(sigma * drawNormal(random)));
}

/** A standard normal number (Box and Muller 1958; one of the pair, so that each draw takes exactly two uniforms). */
export function drawNormal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}

const POISSON_EXACT_MAX = 60;

/** A Poisson count: by multiplying uniforms (Knuth) for small means, rounded normal for large ones. */
export function drawPoisson(mean: number, random: Random): number {
  if (!(mean > 0)) return 0;
  if (mean > POISSON_EXACT_MAX) return Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > limit; product *= random.next()) count += 1;
  return count;
}
