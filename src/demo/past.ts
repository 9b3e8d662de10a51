import type { Random } from '../ports/random.ts';
import { arrivalGapMs, createNoise, shapeAt, type LoadShape } from './shape.ts';

const SECOND_MS = 1_000;

/**
 * Requests of each second of whole cycles that are over: what a log would hold, had the demo run for so long. Drawn as the load
 * generator draws its arrivals, from another seed.
 */
export function drawPast(shape: LoadShape, cycles: number, random: Random): Float64Array {
  const noise = createNoise(random.fork('noise'), shape.noise);
  const arrivals = random.fork('arrivals');
  const counts = new Float64Array((cycles * shape.periodMs) / SECOND_MS);
  const endMs = counts.length * SECOND_MS;
  let factor = noise();
  for (let atMs = 0, second = 0; ;) {
    atMs += arrivalGapMs(arrivals, shapeAt(shape, atMs) * factor);
    if (atMs >= endMs) return counts;
    const now = Math.floor(atMs / SECOND_MS);
    for (; second < now; second += 1) factor = noise();
    counts[now] = (counts[now] ?? 0) + 1;
  }
}
