/**
 * Recorder: nanoseconds and garbage of one recorded request. Bars: at most 300 ns, 0 bytes.
 *
 * Garbage is what the heap grows by over ten million requests of one interval, with no collection in between (told by the
 * collector itself): a single small object per request would show as 160 MB.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { bench, do_not_optimize, run as measure } from 'mitata';
import { createRecorder, type Recorder } from '../src/producer/index.ts';

const REQUESTS = 10_000_000;
const START_MS = 1_767_600_000_000;
const SOURCES = Array.from({ length: 5_000 }, (_, i) => `consumer-${i}`);
const STRANGERS = Array.from({ length: 100_000 }, (_, i) => `203.0.113.${i % 256}-${i}`);
const TYPES = ['GET:/browse', 'POST:/cart', 'GET:/search', 'PUT:/item'];

function make(): Recorder {
  return createRecorder({ pool: 'bench', producer: 'one', intervalMs: 3_600_000, emit: () => {} });
}

/**
 * Arguments as a caller has them: numbers with fractions are objects on the heap when they are handed over. What the caller
 * allocates to say the time is not the recorder's, so they are made before.
 */
const TIMES_MS: readonly unknown[] = ['', ...Array.from({ length: 4_095 }, (_, i) => START_MS + i / 3)];

function record(recorder: Recorder, sources: readonly string[], from: number, count: number): void {
  for (let i = from; i < from + count; i += 1) {
    const timeMs = TIMES_MS[1 + (i % 4_095)] as number;
    recorder.record(timeMs, 0.001, 1_000.5, 500, sources[i % sources.length] ?? '', TYPES[i & 3] ?? '');
  }
}

function forceCollection(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

async function measureCost(
  sources: readonly string[],
): Promise<{ readonly bytes: number; readonly collections: number; readonly cpuNs: number }> {
  const recorder = make();
  record(recorder, sources, 0, 500_000);
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  forceCollection();
  await new Promise((resolve) => setImmediate(resolve));
  observer.observe({ entryTypes: ['gc'] });
  const before = process.memoryUsage().heapUsed;
  const cpuBefore = process.cpuUsage();
  record(recorder, sources, 500_000, REQUESTS);
  const { user, system } = process.cpuUsage(cpuBefore);
  const bytes = process.memoryUsage().heapUsed - before;
  await new Promise((resolve) => setTimeout(resolve, 50));
  observer.disconnect();
  do_not_optimize(recorder.counts);
  return { bytes, collections, cpuNs: ((user + system) * 1_000) / REQUESTS };
}

export async function run(): Promise<void> {
  for (const [name, sources] of [
    ['5,000 sources', SOURCES],
    ['100,000 sources, most of them strangers to the sketch', STRANGERS],
  ] as const) {
    const { bytes, collections, cpuNs } = await measureCost(sources);
    console.log(
      `${name}: ${cpuNs.toFixed(0)} ns of CPU a request; heap grew by ${bytes} bytes over ${REQUESTS} requests, ${(bytes / REQUESTS).toFixed(4)} a request, ${collections} collections`,
    );
  }
  const [known, strange] = [make(), make()];
  let i = 0;
  const one = (recorder: Recorder, sources: readonly string[]) => () => {
    i += 1;
    recorder.record(START_MS, 0.001, 1_000, 500, sources[i % sources.length] ?? '', TYPES[i & 3] ?? '');
  };
  bench('record, 5,000 sources', one(known, SOURCES));
  bench('record, 100,000 sources', one(strange, STRANGERS));
  await measure();
}
