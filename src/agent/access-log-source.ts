import type { AccessLogSettings, SourceSettings } from '../config/source-settings.ts';
import { isHealthChecker } from '../producer/health-check.ts';
import { createRecorder } from '../producer/recorder.ts';
import { lineReader } from './access-log.ts';
import { createFileTail } from './file-tail.ts';
import { repeat, type Repeat } from './repeat.ts';
import { createRefusals, type Source, type SourceContext } from './source.ts';

/** Servers write their logs in blocks: an interval is told this long after its end. */
const LATE_MS = 1_500;
const LABEL = 'access-log';

/** Reads requests from an access log that is being written. */
export function createAccessLogSource({ pool, intervalMs }: SourceSettings, settings: AccessLogSettings, context: SourceContext): Source {
  const { clock, meter, emit } = context;
  const refuse = createRefusals(context, LABEL);
  const readLine = lineReader(settings);
  let watchedFromMs = Number.POSITIVE_INFINITY;
  const recorder = createRecorder({
    pool,
    producer: settings.producer,
    intervalMs,
    emit: (observation) => {
      // An interval that began before we did was seen in part.
      if (observation.intervalStartMs >= watchedFromMs) emit(observation);
    },
  });
  let telling: Repeat | undefined;

  const tail = createFileTail({
    path: settings.path,
    clock,
    onLine(line) {
      if (line === '') return;
      const request = readLine(line);
      if (request === undefined) return refuse('bad-line', line);
      if (isHealthChecker(request.userAgent)) return;
      meter.count('forescale_agent_samples_total', { source: LABEL });
      recorder.record(request.timestampMs, 0, 0, request.bytes, request.source, request.type);
    },
    onProblem: refuse,
  });

  // A file that is not there tells nothing: that is missing, not idle.
  const tell = (): Promise<void> => {
    if (tail.isThere) recorder.flush(clock.nowMs() - LATE_MS);
    return Promise.resolve();
  };

  return {
    start() {
      watchedFromMs = clock.nowMs();
      tail.start();
      telling = repeat(clock, intervalMs, tell, LATE_MS + 50);
      return Promise.resolve();
    },
    async stop() {
      await telling?.stop();
      await tail.stop();
    },
  };
}
