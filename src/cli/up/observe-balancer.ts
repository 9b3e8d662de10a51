import type { ConfiguredPool } from '../../config/settings.ts';
import type { Clock, TimerHandle } from '../../ports/clock.ts';
import { createRecorder, recordRequests, type RequestHook } from '../../producer/index.ts';
import type { Observation } from '../../protocol/observation.ts';

/** Records the requests of a pool where they arrive, as one producer: the load as it was asked for, whoever serves it. */
export interface BalancerObserver {
  readonly hook: RequestHook;
  stop(): void;
}

const PRODUCER = 'balancer';
/** Told this long after an interval, so that a late timer does not split it. */
const TELL_AFTER_MS = 15;

export function observeBalancer(
  { pool, intervalMs }: ConfiguredPool,
  clock: Clock,
  tell: (observation: Observation, incarnation: number, sequence: number) => void,
): BalancerObserver {
  const incarnation = clock.nowMs();
  let sequence = 0;
  const recorder = createRecorder({
    pool,
    producer: PRODUCER,
    intervalMs,
    emit: (observation) => tell(observation, incarnation, ++sequence),
  });
  // What a request costs a replica is not seen from here.
  const hook = recordRequests({ recorder, clock, cpuSecondsOf: () => 0 });
  let timer: TimerHandle | undefined;
  const tick = (): void => {
    const nowMs = clock.nowMs();
    recorder.flush(nowMs);
    timer = clock.setTimer(intervalMs - (nowMs % intervalMs) + TELL_AFTER_MS, tick);
  };
  tick();
  return { hook, stop: () => timer?.cancel() };
}
