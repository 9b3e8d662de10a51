/**
 * The demo's service: HTTP on $PORT, a little CPU and some waiting per request, a bounded number of them at once, so that a
 * replica has a capacity. Records every request and tells its observations to the node over its channel. Not ready before
 * its index is loaded. Ends by SIGTERM, and at once when the node is gone.
 *
 * Argument: `ServiceOrder` as JSON.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createSystemClock } from '../adapters/system/clock.ts';
import { createSystemRandom } from '../adapters/system/random.ts';
import { createRecorder, recordRequests, type Recorder } from '../producer/index.ts';
import type { Observation } from '../protocol/observation.ts';
import { RUNNING_MAX } from './capacity.ts';
import { createGate } from './gate.ts';
import type { ObservationReport } from './observation-report.ts';
import { REQUEST_TYPES, type RequestType } from './requests.ts';
import { compute, warmUp } from './work.ts';

export interface ServiceOrder {
  /** Mean time that a request takes when it does not wait, milliseconds. */
  readonly workMs: number;
  /** How long it takes to load the index, milliseconds. */
  readonly startupMs: number;
  /** Length of an observation, milliseconds. */
  readonly intervalMs: number;
}

const WAITING_MAX = 256;
/** CPU time of a request of mean work. The rest of its time it waits, as for a database. */
const CPU_MS = 1.5;
/** An observation is told this long after its interval, so that a late timer does not split it. */
const TELL_AFTER_MS = 15;
/** A last answer may take this long after SIGTERM. */
const LAST_MS = 1_500;

const clock = createSystemClock();
const random = createSystemRandom();
const { PORT = '0', FORESCALE_POOL: pool = 'demo', FORESCALE_REPLICA: producer = 'demo-1' } = process.env;
const cpuSeconds = new WeakMap<IncomingMessage, number>();

function serve(order: ServiceOrder): void {
  const recorder = startRecorder(order.intervalMs);
  const record = recordRequests({
    recorder,
    clock,
    typeOf: (request) => typeOf(request)?.name ?? 'unknown',
    sourceOf: (request) => String(request.headers['x-customer'] ?? 'unknown'),
    cpuSecondsOf: (request) => cpuSeconds.get(request) ?? 0,
  });
  const gate = createGate(RUNNING_MAX, WAITING_MAX);
  let isWarm = false;

  const server = createServer((request, response) => {
    if (request.url === '/healthz') {
      response.writeHead(isWarm ? 200 : 503).end();
      return;
    }
    record(request, response);
    const type = typeOf(request);
    request.resume();
    if (type === undefined) response.writeHead(404).end();
    else if (!gate.enter((leave) => answer(request, response, type, order.workMs, leave))) response.writeHead(503).end('too many wait\n');
  });
  server.listen(Number(PORT), '127.0.0.1');
  void warmUp(order.startupMs).then((entries) => {
    isWarm = entries >= 0;
    return isWarm;
  });
  process.on('SIGTERM', () => {
    server.close(() => leave(recorder));
    clock.setTimer(LAST_MS, () => leave(recorder));
  });
}

function typeOf({ url = '/' }: IncomingMessage): RequestType | undefined {
  return REQUEST_TYPES.find(({ name }) => url === `/${name}` || url.startsWith(`/${name}?`));
}

function answer(request: IncomingMessage, response: ServerResponse, type: RequestType, workMs: number, leave: () => void): void {
  cpuSeconds.set(request, compute(CPU_MS * type.work));
  // From half to one and a half of the mean.
  const tookMs = workMs * type.work * (0.5 + random.next());
  clock.setTimer(tookMs - CPU_MS * type.work, () => {
    const body = `${type.name} answered by ${producer}\n`;
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length });
    response.end(body);
    leave();
  });
}

function startRecorder(intervalMs: number): Recorder {
  const incarnation = clock.nowMs();
  let sequence = 0;
  const recorder = createRecorder({
    pool,
    producer,
    intervalMs,
    emit: (observation) => tell({ kind: 'observation', incarnation, sequence: ++sequence, observation }),
    process: createProcessMeter(),
  });
  const tick = (): void => {
    const nowMs = clock.nowMs();
    recorder.flush(nowMs);
    clock.setTimer(intervalMs - (nowMs % intervalMs) + TELL_AFTER_MS, tick);
  };
  tick();
  return recorder;
}

function createProcessMeter(): () => Observation['process'] {
  const delay = monitorEventLoopDelay();
  delay.enable();
  let usage = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(usage);
    usage = process.cpuUsage();
    const eventLoopDelayMs = delay.percentile(99) / 1e6;
    delay.reset();
    return { cpuSeconds: (user + system) / 1e6, memoryBytes: process.memoryUsage.rss(), eventLoopDelayMs };
  };
}

/** Says goodbye and ends: silence from now on is no outage. */
function leave(recorder: Recorder): void {
  recorder.close(clock.nowMs());
  if (!process.connected) process.exit(0);
  process.disconnect();
}

function tell(report: ObservationReport): void {
  if (!process.connected) return;
  process.send?.(report, () => {
    // A closed channel is seen as `disconnect`.
  });
}

// By `disconnect`, everything that was sent before is out.
process.on('disconnect', () => process.exit(0));
if (process.connected) serve(JSON.parse(process.argv[2] ?? '{}') as ServiceOrder);
