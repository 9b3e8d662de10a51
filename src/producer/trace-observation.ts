import type { Tracer } from '../ports/tracer.ts';
import type { Observation } from '../protocol/observation.ts';

/** Begins the trace of an observation, with a span over the interval that it tells of. Returns what its message carries. */
export function traceObservation(tracer: Tracer, observation: Observation, nowMs: number): string {
  const { pool, producer, intervalStartMs, intervalMs, load } = observation;
  const span = tracer.begin({
    name: 'observe',
    kind: 'producer',
    atMs: Math.min(intervalStartMs, nowMs),
    attributes: {
      'forescale.pool': pool,
      'forescale.producer': producer,
      'forescale.interval_ms': intervalMs,
      'forescale.requests': load.requests,
    },
  });
  span.end(nowMs);
  return span.traceparent;
}
