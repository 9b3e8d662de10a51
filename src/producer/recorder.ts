/**
 * Takes every request of a producer and tells one observation per interval. Recording costs a few hundred nanoseconds and no
 * garbage: sums are kept per type and per second in typed arrays, sources in sketches of fixed size. It never throws.
 *
 * Time comes in with the calls. Where `flush` is called, as a timer should do once per interval, it is the clock, and
 * timestamps far ahead of it are not believed. Where it is not, as in a replay of a log, the timestamps are the clock.
 */
import type { Observation } from '../protocol/observation.ts';
import { DistinctCounter } from './distinct-counter.ts';
import { HeavyHitters } from './heavy-hitters.ts';
import { hashText, NAME_LENGTH_MAX, NameTable } from './name-table.ts';
import { TypeSums } from './type-sums.ts';

/** Bounds and ends of a recorder. */
export interface RecorderOptions {
  readonly pool: string;
  /** Unique in its pool. */
  readonly producer: string;
  /** Length of an observation, 1 ms to 1 day. Intervals begin at whole multiples of it since the epoch. Default 5,000. */
  readonly intervalMs?: number;
  /** Request types that are told apart, 1 to 256; the rest is `other`. Default 32. */
  readonly typesMax?: number;
  /** Sources that are counted at once, 4 to 4,096. Default 1,024. */
  readonly sourcesMax?: number;
  /** Sources in an observation, 0 to 64. Default 8. */
  readonly topSources?: number;
  /** Called once per closed interval. Must not throw; if it does, the observation counts as lost. */
  readonly emit: (observation: Observation) => void;
  /** Figures of the process for an interval that closes; undefined: not told. */
  readonly process?: () => Observation['process'];
}

/** What came in since the recorder was made. */
export interface RecorderCounts {
  readonly recorded: number;
  /** Came more than an interval late; counted into the open interval. */
  readonly late: number;
  /** Claimed to be from the future by more than an interval; counted into the open interval. */
  readonly early: number;
  /** Sizes that were negative, no numbers or beyond a petabyte; taken as 0. */
  readonly badSizes: number;
  /** Observations that `emit` or `process` threw at. */
  readonly lost: number;
  /** Times that the clock of `flush` was set back. */
  readonly clockSteps: number;
}

/** Counts requests in plain numbers, and tells one observation per interval to `emit`. Never throws once it is made. */
export class Recorder {
  readonly intervalMs: number;
  readonly #options: RecorderOptions;
  readonly #types: NameTable;
  readonly #sums: TypeSums;
  readonly #sources: HeavyHitters;
  readonly #distinct = new DistinctCounter();
  readonly #topSources: number;
  /** Requests per second of the open interval. */
  readonly #seconds: Float64Array;
  readonly #secondMs: number;
  /** Start of the open interval; NaN before the first. */
  #openMs = Number.NaN;
  #endMs = Number.NaN;
  /** What the last `flush` said; NaN where there was none. */
  #clockMs = Number.NaN;
  #isClosed = false;
  readonly #tellers: (() => void)[] = [];
  #lastType: string | undefined;
  #lastIndex = 0;
  #recorded = 0;
  #late = 0;
  #early = 0;
  #lost = 0;
  #clockSteps = 0;

  /** @throws RangeError for an option out of its range. */
  constructor(options: RecorderOptions) {
    this.#options = options;
    this.intervalMs = inRange('intervalMs', options.intervalMs ?? 5_000, 1, 86_400_000);
    const typesMax = wholeInRange('typesMax', options.typesMax ?? 32, 1, 256);
    this.#types = new NameTable(typesMax);
    this.#sums = new TypeSums(typesMax + 1);
    this.#sources = new HeavyHitters(wholeInRange('sourcesMax', options.sourcesMax ?? 1_024, 4, 4_096));
    this.#topSources = wholeInRange('topSources', options.topSources ?? 8, 0, 64);
    this.#seconds = new Float64Array(Math.min(SECONDS_MAX, Math.ceil(this.intervalMs / 1_000)));
    this.#secondMs = Math.min(this.intervalMs, Math.max(1_000, this.intervalMs / this.#seconds.length));
  }

  /** Whether somebody calls `flush`, so that an interval closes even when no request comes. */
  get isFlushed(): boolean {
    return !Number.isNaN(this.#clockMs);
  }

  get counts(): RecorderCounts {
    return {
      recorded: this.#recorded,
      late: this.#late,
      early: this.#early,
      badSizes: this.#sums.badSizes,
      lost: this.#lost,
      clockSteps: this.#clockSteps,
    };
  }

  /**
   * One request, in plain numbers so that nothing is allocated. Closes the open interval when the time has moved on.
   * @param timestampMs when it arrived, epoch ms.
   * @param cpuSeconds estimate of its CPU time; 0 if unknown (see `addWork`).
   * @param memoryBytes estimate of the memory it needs.
   * @param networkBytes bytes in and out.
   */
  record(timestampMs: number, cpuSeconds: number, memoryBytes: number, networkBytes: number, source: string, type: string): void {
    if (this.#isClosed) return;
    // The test stands here, not in the call: a number with a fraction that is handed to a function is an object on the heap.
    if (!(timestampMs >= this.#openMs && timestampMs < this.#endMs)) this.#advance(timestampMs);
    this.#countAt(timestampMs, 1);
    this.#countFor(1, source);
    this.#sums.add(this.#typeIndex(type), 1, cpuSeconds, memoryBytes, networkBytes);
  }

  /** One request, of which `attribute` tells before the interval closes of what type it was, and whose. */
  arrive(timestampMs: number): void {
    if (this.#isClosed) return;
    if (!(timestampMs >= this.#openMs && timestampMs < this.#endMs)) this.#advance(timestampMs);
    this.#countAt(timestampMs, 1);
  }

  /** More requests of the time that `arrive` was told last. */
  arriveMore(timestampMs: number, requests: number): void {
    if (!this.#isClosed) this.#countAt(timestampMs, requests);
  }

  /** Of what type requests were that arrived in the interval that is open, and whose. */
  attribute(requests: number, source: string, type: string): void {
    if (this.#isClosed) return;
    this.#countFor(requests, source);
    this.#sums.add(this.#typeIndex(type), requests, 0, 0, 0);
  }

  /** What a request took that was recorded at its arrival: measured at its end, counted into the interval of its end. */
  addWork(timestampMs: number, cpuSeconds: number, memoryBytes: number, networkBytes: number, type: string): void {
    if (this.#isClosed) return;
    this.#advance(timestampMs);
    this.addToOpen(cpuSeconds, memoryBytes, networkBytes, type);
  }

  /** The same, for what belongs to the interval that is open, whatever the time. */
  addToOpen(cpuSeconds: number, memoryBytes: number, networkBytes: number, type: string): void {
    if (!this.#isClosed) this.#sums.add(this.#typeIndex(type), 0, cpuSeconds, memoryBytes, networkBytes);
  }

  /** Called before an interval closes, for those who add what they have not told yet. Must not throw. */
  beforeClose(tell: () => void): void {
    this.#tellers.push(tell);
  }

  /** Closes every interval that has ended by `nowMs`, the empty ones too: an idle producer says that it is idle. */
  flush(nowMs: number): void {
    if (this.#isClosed || !Number.isFinite(nowMs)) return;
    this.#clockMs = nowMs;
    if (nowMs < this.#openMs - this.intervalMs) {
      // Waiting until the clock is back where it was could take hours: it starts anew from where it is.
      this.#clockSteps += 1;
      this.#close(false);
      this.#open(this.#startOf(nowMs));
    }
    this.#moveTo(nowMs);
  }

  /** Tells the interval that is open, as the last one. Nothing is recorded afterwards. */
  close(nowMs: number): void {
    if (this.#isClosed) return;
    this.flush(nowMs);
    this.#close(true);
    this.#isClosed = true;
  }

  /** Most requests are of the type of the one before: then nothing is hashed. */
  #typeIndex(type: string): number {
    if (type !== this.#lastType) {
      this.#lastIndex = this.#types.indexOf(type, hashText(type));
      this.#lastType = type;
    }
    return this.#lastIndex;
  }

  #countAt(timestampMs: number, requests: number): void {
    this.#recorded += requests;
    const second = (timestampMs - this.#openMs) / this.#secondMs;
    if (!(second >= 0 && second < this.#seconds.length)) return;
    const index = second | 0;
    this.#seconds[index] = (this.#seconds[index] ?? 0) + requests;
  }

  #countFor(requests: number, source: string): void {
    const hash = hashText(source);
    this.#sources.add(source, hash, requests);
    this.#distinct.add(hash);
  }

  #advance(timestampMs: number): void {
    if (timestampMs < this.#openMs) {
      if (timestampMs < this.#openMs - this.intervalMs) this.#late += 1;
    } else if (timestampMs >= this.#clockMs + 2 * this.intervalMs || timestampMs > this.#openMs + JUMP_MAX_MS) this.#early += 1;
    else this.#moveTo(timestampMs);
  }

  #moveTo(timeMs: number): void {
    if (!Number.isFinite(timeMs) || timeMs < this.#endMs) return;
    if (Number.isNaN(this.#openMs)) this.#open(this.#startOf(timeMs));
    // After a long silence the time between is missing, not zero: nobody watched it.
    const isGap = timeMs >= this.#openMs + GAP_INTERVALS * this.intervalMs;
    while (timeMs >= this.#endMs) {
      this.#close(false);
      this.#open(isGap ? this.#startOf(timeMs) : this.#endMs);
    }
  }

  #startOf(timeMs: number): number {
    return Math.floor(timeMs / this.intervalMs) * this.intervalMs;
  }

  #open(startMs: number): void {
    this.#openMs = startMs;
    this.#endMs = startMs + this.intervalMs;
  }

  #close(isFinal: boolean): void {
    if (Number.isNaN(this.#openMs)) return;
    for (const tell of this.#tellers) tell();
    try {
      this.#options.emit(this.#observation(isFinal));
    } catch {
      // A recorder must never disturb the service that it watches; the loss is counted and told in `counts`.
      this.#lost += 1;
    }
    // A flood of made-up types would otherwise keep the table full for ever.
    if (this.#types.isFull) this.#types.retain((index) => this.#sums.requestsOf(index) > 1);
    this.#lastType = undefined;
    this.#sums.clear();
    this.#seconds.fill(0);
    this.#sources.clear();
    this.#distinct.clear();
  }

  #observation(isFinal: boolean): Observation {
    const figures = this.#options.process?.();
    const load = this.#sums.total();
    // Where no request said what it takes, the process says it for all of them.
    const cpuSeconds = load.cpuSeconds > 0 ? load.cpuSeconds : (figures?.cpuSeconds ?? 0);
    return {
      pool: this.#options.pool,
      producer: this.#options.producer,
      intervalStartMs: this.#openMs,
      intervalMs: this.intervalMs,
      load: { ...load, cpuSeconds },
      byType: this.#sums.byType(this.#types),
      bySource: {
        distinct: this.#distinct.estimate(),
        top: this.#sources.top(this.#topSources).map(({ source, requests }) => ({ source: source.slice(0, NAME_LENGTH_MAX), requests })),
      },
      peakRequestsPerSecond: (Math.max(...this.#seconds) * 1_000) / this.#secondMs,
      ...(figures === undefined ? undefined : { process: figures }),
      ...(isFinal ? { final: true } : undefined),
    };
  }
}

/** An hour of seconds; in longer intervals they are proportionally longer. */
const SECONDS_MAX = 3_600;
/** Farther ahead no timestamp is believed, not even in a replay: one broken line would end it. */
const JUMP_MAX_MS = 31 * 86_400_000;
/** So many intervals without a call are a gap. */
const GAP_INTERVALS = 3;

/** @throws RangeError for an option out of its range. */
export function createRecorder(options: RecorderOptions): Recorder {
  return new Recorder(options);
}

function inRange(name: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new RangeError(`${name} must be a number from ${min} to ${max}, got ${value}`);
}

function wholeInRange(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value)) return inRange(name, value, min, max);
  throw new RangeError(`${name} must be a whole number from ${min} to ${max}, got ${value}`);
}
