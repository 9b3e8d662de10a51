/**
 * What producers did, in the intervals of a pool. Readings come at any time; what they tell of a span is spread over the
 * intervals that it covers. An interval is told when it was watched from its beginning to its end: one that was watched in
 * part is missing, never too small.
 */
import type { Load, Observation } from '../protocol/observation.ts';
import { sumOfLoads } from '../protocol/load.ts';

export interface LoadBookOptions {
  readonly pool: string;
  readonly intervalMs: number;
  readonly emit: (observation: Observation) => void;
}

interface Watched {
  /** Watched without a gap from here to there, epoch ms. */
  fromMs: number;
  untilMs: number;
  /** Loads of intervals that were not told yet, by start, then by type. */
  readonly open: Map<number, Map<string, Load>>;
}

/** Producers of one source at the most. */
const PRODUCERS_MAX = 10_000;
/** Request types that are told apart; the rest is `other`. */
const TYPES_MAX = 64;
/** Nothing counts more within a span; what does is a lie, and no load. */
export const AMOUNT_MAX = 1e15;
/** A span that is longer, in intervals, was not watched. */
const SPAN_INTERVALS_MAX = 3;
const NO_TYPES: ReadonlyMap<string, Load> = new Map();
const NOTHING: Load = { requests: 0, cpuSeconds: 0, memoryBytes: 0, networkBytes: 0 };

export class LoadBook {
  readonly #options: LoadBookOptions;
  readonly #watched = new Map<string, Watched>();
  #refused = 0;

  constructor(options: LoadBookOptions) {
    this.#options = options;
  }

  /** Producers that were refused because there were too many, once for each time. */
  get refused(): number {
    return this.#refused;
  }

  get producers(): readonly string[] {
    return [...this.#watched.keys()];
  }

  /** Adds load of a span. Call before `watched`, which closes what the span completes. */
  add(producer: string, fromMs: number, untilMs: number, type: string, load: Partial<Load>): void {
    const one = this.#of(producer, fromMs);
    if (one === undefined || this.#isGap(fromMs, untilMs)) return;
    const { intervalMs } = this.#options;
    const first = Math.floor(fromMs / intervalMs) * intervalMs;
    for (let startMs = first; startMs < untilMs || startMs === first; startMs += intervalMs) {
      const overlapMs = Math.min(untilMs, startMs + intervalMs) - Math.max(fromMs, startMs);
      addTo(one, startMs, type, load, untilMs > fromMs ? overlapMs / (untilMs - fromMs) : 1);
    }
  }

  /** A producer was watched over a span; every interval that is complete now is told. */
  watch(producer: string, fromMs: number, untilMs: number): void {
    const one = this.#of(producer, fromMs);
    if (one === undefined || untilMs <= one.untilMs) return;
    if (fromMs > one.untilMs || this.#isGap(fromMs, untilMs)) {
      one.open.clear();
      one.fromMs = this.#isGap(fromMs, untilMs) ? untilMs : fromMs;
    }
    one.untilMs = untilMs;
    this.#tell(producer, one);
  }

  /** Says goodbye for a producer that is known to have ended, with what it did in the interval that it did not finish. */
  end(producer: string): void {
    const one = this.#watched.get(producer);
    if (one === undefined) return;
    const startMs = Math.floor(one.untilMs / this.#options.intervalMs) * this.#options.intervalMs;
    this.#emit(producer, startMs, one.open.get(startMs), true);
    this.#watched.delete(producer);
  }

  /** Says goodbye for a producer: it is known to have ended, and nothing more is expected of it. */
  forget(producer: string): void {
    this.#watched.delete(producer);
  }

  #of(producer: string, fromMs: number): Watched | undefined {
    const known = this.#watched.get(producer);
    if (known !== undefined) return known;
    if (this.#watched.size >= PRODUCERS_MAX) {
      this.#refused += 1;
      return undefined;
    }
    const made: Watched = { fromMs, untilMs: fromMs, open: new Map() };
    this.#watched.set(producer, made);
    return made;
  }

  #isGap(fromMs: number, untilMs: number): boolean {
    return untilMs - fromMs > SPAN_INTERVALS_MAX * this.#options.intervalMs;
  }

  #tell(producer: string, one: Watched): void {
    const { intervalMs } = this.#options;
    let startMs = Math.ceil(one.fromMs / intervalMs) * intervalMs;
    for (; startMs + intervalMs <= one.untilMs; startMs += intervalMs) {
      this.#emit(producer, startMs, one.open.get(startMs));
      one.open.delete(startMs);
    }
    // From here on: what lies before was told, or was not watched from its beginning.
    one.fromMs = Math.max(one.fromMs, startMs);
    for (const key of one.open.keys()) if (key < startMs) one.open.delete(key);
  }

  #emit(producer: string, intervalStartMs: number, types: ReadonlyMap<string, Load> = NO_TYPES, isFinal = false): void {
    const { pool, intervalMs, emit } = this.#options;
    emit({
      pool,
      producer,
      intervalStartMs,
      intervalMs,
      load: [...types.values()].reduce(sumOfLoads, NOTHING),
      byType: Object.fromEntries([...types].filter(([type]) => type !== '')),
      bySource: { distinct: 0, top: [] },
      ...(isFinal ? { final: true } : undefined),
    });
  }
}

function addTo({ open }: Watched, startMs: number, type: string, load: Partial<Load>, share: number): void {
  const types = open.get(startMs) ?? new Map<string, Load>();
  open.set(startMs, types);
  const key = types.has(type) || types.size < TYPES_MAX ? type : 'other';
  types.set(key, sumOfLoads(types.get(key) ?? NOTHING, scaled(load, share)));
}

function scaled(load: Partial<Load>, share: number): Load {
  const part = (value = 0): number => (value >= 0 && value <= AMOUNT_MAX ? value * share : 0);
  return {
    requests: part(load.requests),
    cpuSeconds: part(load.cpuSeconds),
    memoryBytes: part(load.memoryBytes),
    networkBytes: part(load.networkBytes),
  };
}
