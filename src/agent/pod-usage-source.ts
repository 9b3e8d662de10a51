import type { PodUsageSourceSettings, SourceSettings } from '../config/source-settings.ts';
import type { PodReading, PodUsage } from '../ports/pod-usage.ts';
import { LoadBook } from './load-book.ts';
import { repeat, type Repeat } from './repeat.ts';
import { createRefusals, type Source, type SourceContext } from './source.ts';

const LABEL = 'kubernetes';
/** A pod that was not measured for so long is not waited for any more. */
const SILENT_INTERVALS_MAX = 10;

/**
 * Reads what the pods of a pool use from their cluster: CPU and memory, no requests. Each pod is a producer. A reading is the mean
 * of a window; between two readings the later one is taken to hold.
 */
export function createPodUsageSource(
  { pool, intervalMs }: SourceSettings,
  { everyMs }: PodUsageSourceSettings,
  usage: PodUsage,
  context: SourceContext,
): Source {
  const { clock, meter, emit } = context;
  const book = new LoadBook({ pool, intervalMs, emit });
  const refuse = createRefusals(context, LABEL);
  /** End of the last window of each pod. */
  const readAtMs = new Map<string, number>();
  let running: Repeat | undefined;

  const take = ({ pod, atMs, windowMs, cores, memoryBytes }: PodReading): void => {
    if (atMs > clock.nowMs() + intervalMs) return refuse('future', `${pod} at ${new Date(atMs).toISOString()}`);
    const beforeMs = readAtMs.get(pod);
    // The cluster measures in its own time: the same reading comes more than once.
    if (beforeMs !== undefined && atMs <= beforeMs) return;
    const fromMs = beforeMs ?? atMs - windowMs;
    const lengthMs = atMs - fromMs;
    readAtMs.set(pod, atMs);
    // Memory is held, not used up: its mean over an interval is the sum of its spans' shares.
    book.add(pod, fromMs, atMs, '', { cpuSeconds: (cores * lengthMs) / 1_000, memoryBytes: (memoryBytes * lengthMs) / intervalMs });
    book.watch(pod, fromMs, atMs);
    meter.count('forescale_agent_samples_total', { source: LABEL });
  };

  /** A pod that is not measured may be gone, or may only not have been measured. */
  const dismiss = async (silent: readonly string[], signal: AbortSignal): Promise<void> => {
    const living = await usage.living(signal);
    if (signal.aborted) return;
    if (!living.ok) refuse('unreachable', `pods: ${living.reason}`);
    const longAgoMs = clock.nowMs() - SILENT_INTERVALS_MAX * intervalMs;
    for (const pod of silent) {
      const isGone = living.ok && !living.value.has(pod);
      if (isGone) book.end(pod);
      else if ((readAtMs.get(pod) ?? 0) < longAgoMs) book.forget(pod);
      else continue;
      readAtMs.delete(pod);
    }
  };

  const turn = async (signal: AbortSignal): Promise<void> => {
    const result = await usage.read(signal);
    if (signal.aborted) return;
    if (!result.ok) return refuse('unreachable', result.reason);
    if (result.value.length === 0) refuse('no-samples', 'no pod of the selector was measured');
    for (const reading of result.value) take(reading);
    const measured = new Set(result.value.map(({ pod }) => pod));
    const silent = [...readAtMs.keys()].filter((pod) => !measured.has(pod));
    if (silent.length > 0) await dismiss(silent, signal);
  };

  return {
    start() {
      running = repeat(clock, everyMs, turn);
      return Promise.resolve();
    },
    async stop() {
      await running?.stop();
      await usage.close();
    },
  };
}
