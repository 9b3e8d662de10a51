import type { ConfiguredPool } from '../../config/settings.ts';
import type { Clock, TimerHandle } from '../../ports/clock.ts';
import type { Observation } from '../../protocol/observation.ts';
import type { BalancerObserver } from './observe-balancer.ts';

const PRODUCER = 'balancer';

/**
 * Tells the load of a pool by a counter of the requests that arrived, read at the end of each interval. An interval at
 * either end of which it could not be read, or in which it began anew, is missing, not zero.
 */
export function observeCounter(
  { pool, intervalMs }: ConfiguredPool,
  clock: Clock,
  arrived: () => Promise<number | undefined>,
  tell: (observation: Observation, incarnation: number, sequence: number) => void,
): BalancerObserver {
  const incarnation = clock.nowMs();
  let sequence = 0;
  let last: { readonly total: number; readonly atMs: number } | undefined;
  let timer: TimerHandle | undefined;

  const read = async (endMs: number): Promise<void> => {
    const total = await arrived();
    const before = last;
    last = total === undefined ? undefined : { total, atMs: endMs };
    if (total === undefined || before === undefined || before.atMs !== endMs - intervalMs || total < before.total) return;
    sequence += 1;
    tell(observationOf(pool, before.atMs, intervalMs, total - before.total), incarnation, sequence);
  };
  const wait = (): void => {
    const nowMs = clock.nowMs();
    const endMs = nowMs - (nowMs % intervalMs) + intervalMs;
    timer = clock.setTimer(endMs - nowMs, () => {
      void read(endMs);
      wait();
    });
  };
  wait();
  return { hook: () => {}, stop: () => timer?.cancel() };
}

function observationOf(pool: string, intervalStartMs: number, intervalMs: number, requests: number): Observation {
  return {
    pool,
    producer: PRODUCER,
    intervalStartMs,
    intervalMs,
    load: { requests, cpuSeconds: 0, memoryBytes: 0, networkBytes: 0 },
    byType: {},
    bySource: { distinct: 0, top: [] },
  };
}
