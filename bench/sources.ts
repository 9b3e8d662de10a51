/**
 * A hostile client: a million sources and ten thousand types in one interval. Bars: memory under 10 MiB, the top sources right
 * within 5%. A thousand loyal sources make half of the requests, a million strangers the other half, one each.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createRecorder } from '../src/producer/index.ts';
import type { Observation } from '../src/protocol/observation.ts';

const STRANGERS = 1_000_000;
const LOYAL = 1_000;
const TYPES = 10_000;
const START_MS = 1_767_600_000_000;

function forceCollection(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

export function run(): Promise<void> {
  // Zipf: source n makes 1/n of what the first makes; the sum is as many requests as there are strangers.
  const harmonic = Array.from({ length: LOYAL }, (_, i) => 1 / (i + 1)).reduce((sum, one) => sum + one, 0);
  const made = Array.from({ length: LOYAL }, (_, i) => Math.round(STRANGERS / harmonic / (i + 1)));
  const left = [...made];
  forceCollection();
  const before = process.memoryUsage();
  let told: Observation | undefined;
  const recorder = createRecorder({ pool: 'p', producer: 'one', intervalMs: 3_600_000, emit: (observation) => (told = observation) });
  let n = 0;
  let next = 0;
  for (let stranger = 0; stranger < STRANGERS; stranger += 1) {
    recorder.record(START_MS, 0, 0, 0, `198.51.${stranger & 255}-${stranger}`, `type-${n++ % TYPES}`);
    // Loyal ones come in turns, each as long as it has requests left.
    for (let tries = 0; tries < LOYAL; tries += 1, next = (next + 1) % LOYAL) {
      if ((left[next] ?? 0) === 0) continue;
      left[next] = (left[next] ?? 0) - 1;
      recorder.record(START_MS, 0, 0, 0, `loyal-${next}`, `type-${n++ % TYPES}`);
      next = (next + 1) % LOYAL;
      break;
    }
  }
  forceCollection();
  const after = process.memoryUsage();
  recorder.close(START_MS + 1_000);
  const bytes = after.heapUsed - before.heapUsed + (after.arrayBuffers - before.arrayBuffers);
  const errors = told?.bySource.top.map(({ source, requests }) => {
    const real = made[Number(source.replace('loyal-', ''))] ?? 0;
    return real === 0 ? 1 : Math.abs(requests - real) / real;
  });
  console.log(`memory held: ${(bytes / 1_048_576).toFixed(2)} MiB (bar 10)`);
  console.log(`top ${errors?.length ?? 0} sources: largest error ${(100 * Math.max(...(errors ?? [1]))).toFixed(2)}% (bar 5)`);
  console.log(`top: ${told?.bySource.top.map(({ source, requests }) => `${source} ${requests}`).join(', ')}`);
  console.log(`really: ${made.slice(0, 8).join(', ')}`);
  console.log(`distinct: ${told?.bySource.distinct} of ${STRANGERS + LOYAL}; types told: ${Object.keys(told?.byType ?? {}).length}`);
  return Promise.resolve();
}
