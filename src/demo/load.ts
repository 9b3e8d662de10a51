/**
 * The demo's clients: an open loop (a slow service does not slow the arrivals down) of real HTTP requests against one
 * address. A process of its own. Ends by SIGTERM and when its parent is gone.
 *
 * Arguments: the address, and the load as JSON (`LoadOrder`).
 */
import { Agent, request as httpRequest } from 'node:http';
import { createSystemClock } from '../adapters/system/clock.ts';
import { createRandom } from '../adapters/system/random.ts';
import { createLatencies } from './latencies.ts';
import type { LoadReport } from './load-report.ts';
import { drawRequest, type PlannedRequest } from './requests.ts';
import { arrivalGapMs, createNoise, shapeAt, type LoadOrder } from './shape.ts';

/** More requests under way are not made, but counted. */
const IN_FLIGHT_MAX = 500;
const TIMEOUT_MS = 10_000;
const REPORT_EVERY_MS = 1_000;
const LATENCY_WINDOW_MS = 10_000;
const LATENCIES_MAX = 8_192;
/** After a longer halt of this process (a laptop that slept) the arrivals of that time are left out. */
const LAG_MAX_MS = 2_000;
/** Requests under way may take this long after SIGTERM. */
const LAST_MS = 2_000;

const clock = createSystemClock();

function run(address: string, order: LoadOrder): void {
  const random = createRandom(order.seed);
  const noise = createNoise(random.fork('noise'), order.noise);
  const arrivals = random.fork('arrivals');
  const choices = random.fork('requests');
  const latencies = createLatencies(LATENCIES_MAX, LATENCY_WINDOW_MS);
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT_MAX });
  const startMs = clock.monotonicMs();
  const cycleStartMs = startMs - (clock.nowMs() - order.cycleStartMs);
  const sums = { offered: 0, answered: 0, failed: 0, skipped: 0 };
  let inFlight = 0;
  let factor = noise();
  let dueMs = startMs;
  let isStopping = false;

  const finish = (isAnswered: boolean, scheduledMs: number): void => {
    inFlight -= 1;
    const nowMs = clock.monotonicMs();
    if (isAnswered) {
      sums.answered += 1;
      latencies.record(nowMs, nowMs - scheduledMs);
    } else sums.failed += 1;
    if (isStopping && inFlight === 0) process.exit(0);
  };

  const make = (planned: PlannedRequest, scheduledMs: number): void => {
    sums.offered += 1;
    if (inFlight >= IN_FLIGHT_MAX) {
      sums.skipped += 1;
      return;
    }
    inFlight += 1;
    send(address, agent, planned, (isAnswered) => finish(isAnswered, scheduledMs));
  };

  const arrive = (): void => {
    if (isStopping) return;
    const nowMs = clock.monotonicMs();
    if (nowMs - dueMs > LAG_MAX_MS) dueMs = nowMs;
    while (dueMs <= nowMs) {
      make(drawRequest(choices), dueMs);
      dueMs += arrivalGapMs(arrivals, shapeAt(order, dueMs - cycleStartMs) * factor);
    }
    clock.setTimer(dueMs - clock.monotonicMs(), arrive);
  };

  const report = (): void => {
    factor = noise();
    const latency = latencies.summary(clock.monotonicMs());
    tell({ kind: 'load', ...sums, inFlight, ...(latency === undefined ? {} : { latency }) });
    Object.assign(sums, { offered: 0, answered: 0, failed: 0, skipped: 0 });
    clock.setTimer(REPORT_EVERY_MS, report);
  };

  arrive();
  clock.setTimer(REPORT_EVERY_MS, report);
  process.on('SIGTERM', () => {
    isStopping = true;
    if (inFlight === 0) process.exit(0);
    clock.setTimer(LAST_MS, () => process.exit(0));
  });
}

/** Makes one request; calls back once. A status of 500 or above is no answer. */
function send(address: string, agent: Agent, { type, source }: PlannedRequest, done: (isAnswered: boolean) => void): void {
  const isPost = type.method === 'POST';
  const headers = { 'x-customer': source, ...(isPost ? { 'content-type': 'application/json' } : {}) };
  const request = httpRequest(`${address}/${type.name}`, { agent, method: type.method, headers, timeout: TIMEOUT_MS }, (response) => {
    response.resume();
    response.on('close', () => done(response.complete && (response.statusCode ?? 500) < 500));
  });
  let isAnswering = false;
  request.on('response', () => {
    isAnswering = true;
  });
  request.on('timeout', () => request.destroy());
  request.on('error', () => {
    if (!isAnswering) done(false);
  });
  request.end(isPost ? JSON.stringify({ items: [{ id: 1, count: 2 }] }) : undefined);
}

function tell(report: LoadReport): void {
  if (!process.connected) return;
  process.send?.(report, () => {
    // A closed channel is seen as `disconnect`.
  });
}

process.on('disconnect', () => process.exit(0));
const [address = '', orderText = '{}'] = process.argv.slice(2);
if (process.connected) run(address, JSON.parse(orderText) as LoadOrder);
