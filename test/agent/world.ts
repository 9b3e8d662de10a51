/** What a source works with, in a test: a clock that the test turns or the machine's own, and all that it tells. */
import { createPrometheusMeter, type PrometheusMeter } from '../../src/adapters/prometheus/meter.ts';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import type { SourceContext } from '../../src/agent/source.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { silentLog } from '../../src/ports/log.ts';
import type { Observation } from '../../src/protocol/observation.ts';

export interface World {
  readonly context: SourceContext;
  readonly observations: Observation[];
  readonly meter: PrometheusMeter;
  /** Of a counter with these labels, as Prometheus would read it. */
  counted(series: string): number;
}

export function createWorld(clock: Clock = createSystemClock()): World {
  const observations: Observation[] = [];
  const meter = createPrometheusMeter();
  return {
    observations,
    meter,
    context: { clock, log: silentLog, meter, emit: (observation) => void observations.push(observation) },
    counted(series) {
      const line = meter
        .text()
        .split('\n')
        .find((one) => one.startsWith(`${series} `));
      return Number(line?.slice(series.length + 1) ?? 0);
    },
  };
}

/** A wall clock that the test sets; timers are those of the machine. */
export function createSetClock(startMs: number): Clock & { ms: number } {
  const system = createSystemClock();
  return {
    ms: startMs,
    nowMs() {
      return this.ms;
    },
    monotonicMs: () => system.monotonicMs(),
    setTimer: (delayMs, callback) => system.setTimer(Math.min(delayMs, 20), callback),
  };
}
