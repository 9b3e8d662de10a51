import type { BurstInput } from '../planning/inputs.ts';
import { burstNeed } from '../planning/burst.ts';
import type { Pulse } from '../protocol/pulse.ts';
import { plannerOf, type Engine, type PulseOutline } from './engine.ts';

/** A jump that was told this long ago is over, or is in an interval by now. Knative leaves panic mode after as long. */
const FRESH_MS = 60_000;
/** Pulses that are kept; a jump of a larger pool is seen by as many of its producers. */
const PULSES_MAX = 200;

/** Keeps it, and plans at once when it needs more than is there. */
export function takePulse(engine: Engine, pulse: Pulse, nowMs: number): void {
  forget(engine, nowMs);
  engine.pulses = Object.fromEntries(Object.entries(engine.pulses).slice(-(PULSES_MAX - 1)));
  const { atMs, windowMs, requestsPerSecond } = pulse;
  const now = engine.total?.requestsPerSecond ?? 0;
  // While a jump lasts it becomes what is usual, and part of the pool's last interval: it is counted from where it began.
  const { usualPerSecond, poolPerSecond } = engine.pulses[pulse.producer] ?? { usualPerSecond: pulse.usualPerSecond, poolPerSecond: now };
  // The producer's clock says which intervals hold it, ours how old it is.
  engine.pulses[pulse.producer] = { atMs, heardMs: nowMs, windowMs, requestsPerSecond, usualPerSecond, poolPerSecond };
  const burst = currentBurst(engine, nowMs);
  const need = burst && burstNeed(burst, engine.total?.report ?? null, plannerOf(engine));
  if (need !== null && need !== undefined && need.replicas > (engine.target.requestedReplicas ?? 0)) engine.planDue = true;
}

/** The load of the pool, with what has come on top since its last interval; null when nobody told of a jump. */
export function currentBurst(engine: Engine, nowMs: number): BurstInput | null {
  forget(engine, nowMs);
  const { total } = engine;
  if (total === null) return null;
  const pulses = Object.values(engine.pulses);
  const latest = pulses.reduce<PulseOutline | null>((last, pulse) => (last === null || pulse.heardMs >= last.heardMs ? pulse : last), null);
  if (latest === null) return null;
  const sum = (of: (pulse: PulseOutline) => number): number => pulses.reduce((all, pulse) => all + of(pulse), 0);
  const surge = sum((pulse) => Math.max(0, pulse.requestsPerSecond - pulse.usualPerSecond));
  const before = Math.min(...pulses.map(({ poolPerSecond }) => poolPerSecond));
  const usualPerSecond = Math.max(
    before,
    sum((pulse) => pulse.usualPerSecond),
  );
  return {
    atMs: latest.heardMs,
    windowMs: latest.windowMs,
    requestsPerSecond: Math.max(total.requestsPerSecond ?? 0, usualPerSecond + surge),
    usualPerSecond,
    producers: pulses.length,
  };
}

/** An interval that began after the window did holds the jump itself. */
function forget(engine: Engine, nowMs: number): void {
  const originMs = engine.total?.report.originMs ?? 0;
  const isCurrent = ({ atMs, heardMs, windowMs }: PulseOutline): boolean => nowMs - heardMs < FRESH_MS && originMs < atMs - windowMs;
  engine.pulses = Object.fromEntries(Object.entries(engine.pulses).filter(([, pulse]) => isCurrent(pulse)));
}
