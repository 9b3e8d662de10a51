import { createHash } from 'node:crypto';

const BLOCK = Buffer.alloc(4_096, 'forescale');

/** Computes for about `cpuMs` milliseconds, at least one round. Returns the CPU time that it took, seconds. */
export function compute(cpuMs: number): number {
  const startMs = performance.now();
  const before = process.cpuUsage();
  let digest: Buffer = BLOCK;
  do digest = createHash('sha256').update(BLOCK).update(digest).digest();
  while (performance.now() - startMs < cpuMs);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Fills an index as a service does that loads its data, in slices, so that the process can answer meanwhile. */
export async function warmUp(durationMs: number): Promise<number> {
  const index = new Map<string, number>();
  const startMs = performance.now();
  for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs = performance.now() - startMs) {
    for (let i = 0; i < ENTRIES_PER_SLICE && index.size < ENTRIES_MAX; i++) {
      index.set(createHash('sha256').update(String(index.size)).digest('base64'), index.size);
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(PAUSE_MS, Math.max(1, durationMs - elapsedMs))));
  }
  return index.size;
}

const ENTRIES_PER_SLICE = 500;
const ENTRIES_MAX = 20_000;
const PAUSE_MS = 50;
