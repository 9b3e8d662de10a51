import { seriesOf } from '../../sim/traces/series-of.ts';
import type { SeriesTrace, Trace } from '../../sim/traces/trace.ts';
import { ProblemList } from '../problems.ts';
import type { Observation } from '../protocol/observation.ts';

/** Of all series together: half a year of minutes of one. */
const OBSERVATIONS_MAX = 262_144;
/** A producer that never was: the history of a whole pool is told in its name. */
const WHOLE_POOL = 'history';
/** What names of producers may be, as in the protocol. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/;

/** One interval of the past. `producer` null: of the pool's total alone. */
export interface PastInterval {
  readonly producer: string | null;
  readonly observation: Observation;
}

/**
 * A trace as observations, in order of time. Nobody is to wait for the next one, whose time is long over, so each of them is a
 * last word. Missing rows are left out.
 * @throws InputError
 */
export function* pastIntervals(pool: string, trace: Trace, file: string, nowMs: number): Generator<PastInterval> {
  const series = seriesOf(trace);
  const [first] = series;
  if (first === undefined) return;
  check(trace, series.length, first, file, nowMs);
  const { startMs, intervalMs, values } = first;
  for (let row = 0; row < values.length; row += 1) {
    const at = startMs + row * intervalMs;
    for (const [i, one] of series.entries()) {
      const requests = one.values[row] ?? Number.NaN;
      if (Number.isNaN(requests)) continue;
      const producer = trace.kind === 'family' ? (trace.members[i]?.name ?? WHOLE_POOL) : null;
      yield { producer, observation: observationOf(pool, producer ?? WHOLE_POOL, at, intervalMs, requests) };
    }
  }
}

function observationOf(pool: string, producer: string, intervalStartMs: number, intervalMs: number, requests: number): Observation {
  const load = { requests, cpuSeconds: 0, memoryBytes: 0, networkBytes: 0 };
  return { pool, producer, intervalStartMs, intervalMs, load, byType: {}, bySource: { distinct: 0, top: [] }, final: true };
}

function check(trace: Trace, producers: number, { startMs, intervalMs, values }: SeriesTrace, file: string, nowMs: number): void {
  const problems = new ProblemList();
  const endMs = startMs + values.length * intervalMs;
  const observations = producers * values.length;
  if (observations > OBSERVATIONS_MAX) problems.add(file, `at most ${OBSERVATIONS_MAX} intervals of all producers`, String(observations));
  if (endMs > nowMs)
    problems.add(file, `times before now, ${new Date(nowMs).toISOString()}`, `an interval that ends ${new Date(endMs).toISOString()}`);
  for (const { name } of trace.kind === 'family' ? trace.members : [])
    if (!NAME.test(name))
      problems.add(`${file} ${name}`, 'a column that is the name of a producer: letters, digits, . _ : and -', `"${name}"`);
  problems.throwIfAny();
}
