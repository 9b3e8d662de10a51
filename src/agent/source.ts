import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Meter } from '../ports/meter.ts';
import type { Observation } from '../protocol/observation.ts';

/** Something that load is read from. */
export interface Source {
  /** Rejects when it cannot begin: a port that is taken. What fails later is logged, counted and tried again. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What every source works with. */
export interface SourceContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Takes an observation of a whole interval. Never throws. */
  readonly emit: (observation: Observation) => void;
}

/** The same trouble is logged at most this often. */
export const SAID_EVERY_MS = 60_000;

/** Counts what could not be used, and says it once a minute with an example: a broken sender may not flood the log. */
export function createRefusals({ clock, log, meter }: SourceContext, source: string): (reason: string, example: string) => void {
  const said = new Map<string, number>();
  return (reason, example) => {
    meter.count('forescale_agent_refused_total', { source, reason });
    const nowMs = clock.monotonicMs();
    if (nowMs - (said.get(reason) ?? Number.NEGATIVE_INFINITY) < SAID_EVERY_MS) return;
    said.set(reason, nowMs);
    log.warn(
      { source, reason, example: example.slice(0, 200) },
      'a source told something that cannot be used; it is counted, and said once a minute',
    );
  };
}
