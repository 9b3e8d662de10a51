/** An open loop of real requests: a service that is slow does not slow the arrivals down. */
import { Agent, request as httpRequest } from 'node:http';
import { arrivalGapMs } from '../../src/demo/shape.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Random } from '../../src/ports/random.ts';

/** Requests a second at a time: a daily wave in the small, one period a minute. */
export function demandAt(atMs: number): number {
  const phase = (2 * Math.PI * atMs) / PERIOD_MS;
  return 60 - 50 * Math.cos(phase);
}

export const PERIOD_MS = 60_000;
const TIMEOUT_MS = 10_000;

/** Milliseconds from when a request was due to its answer; what failed took forever. */
export type Latencies = number[];

/** Requests of each second of whole periods that end at a time, drawn like the arrivals to come: what a log would hold. */
export function drawPast(periods: number, endMs: number, random: Random): Float64Array {
  const counts = new Float64Array((periods * PERIOD_MS) / 1_000);
  for (let atMs = 0; ;) {
    // A whole number of periods earlier the load was the same.
    atMs += arrivalGapMs(random, demandAt(endMs + atMs));
    const second = Math.floor(atMs / 1_000);
    if (second >= counts.length) return counts;
    counts[second] = (counts[second] ?? 0) + 1;
  }
}

/** Sends the same arrivals to every address. Resolves when the last is answered. */
export async function sendLoad(
  urls: readonly string[],
  {
    clock,
    random,
    fromMs,
    durationMs,
  }: { readonly clock: Clock; readonly random: Random; readonly fromMs: number; readonly durationMs: number },
): Promise<readonly Latencies[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 512 });
  const latencies = urls.map((): Latencies => []);
  const pending: Promise<void>[] = [];
  const startMs = clock.monotonicMs();
  let dueMs = 0;
  await new Promise<void>((resolve) => {
    const arrive = (): void => {
      while (startMs + dueMs <= clock.monotonicMs()) {
        if (dueMs >= durationMs) {
          resolve();
          return;
        }
        const atMs = startMs + dueMs;
        urls.forEach((url, index) =>
          pending.push(ask(url, agent).then((isOk) => void latencies[index]?.push(isOk ? clock.monotonicMs() - atMs : Infinity))),
        );
        dueMs += arrivalGapMs(random, demandAt(fromMs + dueMs));
      }
      clock.setTimer(startMs + dueMs - clock.monotonicMs(), arrive);
    };
    arrive();
  });
  await Promise.all(pending);
  agent.destroy();
  return latencies;
}

function ask(url: string, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const request = httpRequest(url, { agent, signal: AbortSignal.timeout(TIMEOUT_MS) }, (response) => {
      response.resume();
      response.on('close', () => resolve(response.complete && response.statusCode === 200));
    });
    request.on('error', () => resolve(false));
    request.end();
  });
}
