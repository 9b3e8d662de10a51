import type { Load } from '../protocol/observation.ts';
import { RESOURCES, type Resource } from '../protocol/resource.ts';

/** One number per resource, in the order of RESOURCES: sums over an interval, or rates in wire units. */
export type Loads = readonly [requests: number, cpu: number, memory: number, network: number];

export const NO_LOAD: Loads = [0, 0, 0, 0];
/** An interval that was not measured. */
export const UNMEASURED: Loads = [Number.NaN, Number.NaN, Number.NaN, Number.NaN];

export function indexOf(resource: Resource): 0 | 1 | 2 | 3 {
  return RESOURCES.indexOf(resource) as 0 | 1 | 2 | 3;
}

export function loadsOf(load: Load): Loads {
  return [load.requests, load.cpuSeconds, load.memoryBytes, load.networkBytes];
}

export function addLoads(a: Loads, b: Loads): Loads {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];
}

/** Sums of one interval to the units in which resources travel: requests/s, millicores, bytes, bytes/s. */
export function toRates(sums: Loads, intervalMs: number): Loads {
  const seconds = intervalMs / 1_000;
  return [sums[0] / seconds, (sums[1] / seconds) * 1_000, sums[2], sums[3] / seconds];
}

/**
 * Six significant digits: finer than any load is measured, and half the bytes on the wire. Keeps order. Only for values
 * of 0 or more.
 */
export function roundLoad(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 0;
  const digits = 5 - Math.floor(Math.log10(value));
  if (digits > 20) return 0;
  if (digits >= 0) {
    const power = 10 ** digits;
    return Math.round(value * power) / power;
  }
  const power = 10 ** -digits;
  return Math.round(value / power) * power;
}

/** Deterministic spread in [0, 1) from a text: FNV-1a, so that retries of many actors do not fall together. */
export function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  // FNV's low bits are poor for short texts; one round of mixing spreads them.
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Doubles per attempt up to the limit, then half of it fixed and half spread ("equal jitter"). */
export function backOffMs(baseMs: number, attempt: number, limitMs: number, seed: string): number {
  const full = Math.min(limitMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(full / 2 + (full / 2) * spread(`${seed}#${attempt}`));
}
