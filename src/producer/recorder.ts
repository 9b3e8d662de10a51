/**
 * Takes every request of a producer and tells one observation per interval. Recording costs a few hundred nanoseconds and no
 * garbage: sums are kept per second and type in typed arrays, sources in a sketch of fixed size. It never throws.
 */
import type { Load, Observation } from '../protocol/observation.ts';
import { DistinctCounter, HeavyHitters } from './heavy-hitters.ts';
import { NameTable, hashText } from './name-table.ts';

export interface RecorderOptions {
  readonly pool: string;
  /** Unique in its pool. */
  readonly producer: string;
  /** Length of an observation, milliseconds. Intervals begin at whole multiples of it since the epoch. Default 5,000. */
  readonly intervalMs?: number;
  /** Request types that are told apart, 1 to 256; the rest is `other`. Default 32. */
  readonly typesMax?: number;
  /** Sources that are counted at once, 4 to 4,096. Default 256. */
  readonly sourcesMax?: number;
  /** Sources in an observation, 0 to 64. Default 8. */
  readonly topSources?: number;
  /** Called once per closed interval. Must not throw; if it does, the observation counts as lost. */
  readonly emit: (observation: Observation) => void;
  /** Figures of the process for an interval that closes; undefined: not told. */
  readonly process?: () => Observation['process'];
}

export interface RecorderCounts {
  readonly recorded: number;
  /** Came more than an interval late; counted into the open interval. */
  readonly late: number;
  /** Claimed to be from the future by more than an interval; counted into the open interval. */
  readonly early: number;
  /** Sizes that were negative or no numbers; taken as 0. */
  readonly badSizes: number;
  /** Observations that `emit` threw at. */
  readonly lost: number;
}

/** Fields of one row of sums. */
const FIELDS = 4;

export class Recorder {
  readonly intervalMs: number;
  readonly #options: RecorderOptions;
  readonly #types: NameTable;
  readonly #sums: Float64Array;
  readonly #sources: HeavyHitters;
  readonly #distinct = new DistinctCounter();
  readonly #topSources: number;
  #openMs = Number.NaN;
  #recorded = 0;
  #late = 0;
  #early = 0;
  #badSizes = 0;
  #lost = 0;
  #isClosed = false;

  constructor(options: RecorderOptions) {
    const typesMax = bounded('typesMax', options.typesMax ?? 32, 1, 256);
    this.intervalMs = bounded('intervalMs', options.intervalMs ?? 5_000, 1, 86_400_000);
    this.#options = options;
    this.#types = new NameTable(typesMax);
    this.#sums = new Float64Array((typesMax + 1) * FIELDS);
    this.#sources = new HeavyHitters(bounded('sourcesMax', options.sourcesMax ?? 256, 4, 4_096));
    this.#topSources = bounded('topSources', options.topSources ?? 8, 0, 64);
  }

  get counts(): RecorderCounts {
    return { recorded: this.#recorded, late: this.#late, early: this.#early, badSizes: this.#badSizes, lost: this.#lost };
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
    this.#advance(timestampMs);
    const row = this.#types.indexOf(type, hashText(type)) * FIELDS;
    const hash = hashText(source);
    this.#sources.add(source, hash);
    this.#distinct.add(hash);
    this.#recorded += 1;
    const sums = this.#sums;
    sums[row] = (sums[row] ?? 0) + 1;
    this.#addTo(row, cpuSeconds, memoryBytes, networkBytes);
  }

  /** What a request took that was recorded at its arrival: measured at its end, counted into the interval of its end. */
  addWork(timestampMs: number, cpuSeconds: number, memoryBytes: number, networkBytes: number, type: string): void {
    if (this.#isClosed) return;
    this.#advance(timestampMs);
    this.#addTo(this.#types.indexOf(type, hashText(type)) * FIELDS, cpuSeconds, memoryBytes, networkBytes);
  }

  /** Closes every interval that has ended by `nowMs`, the empty ones too: an idle producer says that it is idle. */
  flush(nowMs: number): void {
    if (this.#isClosed || !Number.isFinite(nowMs)) return;
    if (Number.isNaN(this.#openMs)) this.#openMs = this.#startOf(nowMs);
    // After a long pause the gap is missing, not zero: nobody measured it.
    if (nowMs - this.#openMs > 2 * this.intervalMs) {
      this.#close(false);
      this.#openMs = this.#startOf(nowMs);
    } else while (nowMs >= this.#openMs + this.intervalMs) this.#closeAndGoOn();
  }

  /** Tells the interval that is open, as the last one. Nothing is recorded afterwards. */
  close(nowMs: number): void {
    if (this.#isClosed) return;
    this.flush(nowMs);
    this.#close(true);
    this.#isClosed = true;
  }

  #advance(timestampMs: number): void {
    if (!Number.isFinite(timestampMs)) return;
    if (Number.isNaN(this.#openMs)) this.#openMs = this.#startOf(timestampMs);
    const ahead = timestampMs - this.#openMs;
    if (ahead < 0) {
      if (ahead < -this.intervalMs) this.#late += 1;
    } else if (ahead >= this.intervalMs) {
      if (ahead < 2 * this.intervalMs) this.#closeAndGoOn();
      else this.#jump(timestampMs);
    }
  }

  /** Far ahead of the open interval: `flush`, which has a clock, decides how time goes; until then it counts here. */
  #jump(timestampMs: number): void {
    if (timestampMs - this.#openMs < JUMP_MAX_INTERVALS * this.intervalMs) {
      this.#close(false);
      this.#openMs = this.#startOf(timestampMs);
    } else this.#early += 1;
  }

  #addTo(row: number, cpuSeconds: number, memoryBytes: number, networkBytes: number): void {
    const sums = this.#sums;
    if (cpuSeconds >= 0 && cpuSeconds < AMOUNT_MAX) sums[row + 1] = (sums[row + 1] ?? 0) + cpuSeconds;
    else this.#badSizes += 1;
    if (memoryBytes >= 0 && memoryBytes < AMOUNT_MAX) sums[row + 2] = (sums[row + 2] ?? 0) + memoryBytes;
    else this.#badSizes += 1;
    if (networkBytes >= 0 && networkBytes < AMOUNT_MAX) sums[row + 3] = (sums[row + 3] ?? 0) + networkBytes;
    else this.#badSizes += 1;
  }

  #startOf(timestampMs: number): number {
    return Math.floor(timestampMs / this.intervalMs) * this.intervalMs;
  }

  #closeAndGoOn(): void {
    this.#close(false);
    this.#openMs += this.intervalMs;
  }

  #close(isFinal: boolean): void {
    if (Number.isNaN(this.#openMs)) return;
    const observation = this.#observation(isFinal);
    this.#sums.fill(0);
    this.#sources.clear();
    this.#distinct.clear();
    try {
      this.#options.emit(observation);
    } catch {
      // A recorder must never disturb the service that it watches; the loss is counted and told in `counts`.
      this.#lost += 1;
    }
  }

  #observation(isFinal: boolean): Observation {
    const { pool, producer, process } = this.#options;
    const byType: Record<string, Load> = {};
    const load = { requests: 0, cpuSeconds: 0, memoryBytes: 0, networkBytes: 0 };
    for (let index = 0; index < this.#types.size; index += 1) {
      const row = this.#row(index);
      if (row.requests + row.cpuSeconds + row.networkBytes === 0) continue;
      byType[this.#types.nameOf(index)] = row;
      load.requests += row.requests;
      load.cpuSeconds += row.cpuSeconds;
      load.memoryBytes += row.memoryBytes;
      load.networkBytes += row.networkBytes;
    }
    const figures = process?.();
    return {
      pool,
      producer,
      intervalStartMs: this.#openMs,
      intervalMs: this.intervalMs,
      load,
      byType,
      bySource: { distinct: this.#distinct.estimate(), top: this.#sources.top(this.#topSources) },
      ...(figures === undefined ? {} : { process: figures }),
      ...(isFinal ? { final: true } : {}),
    };
  }

  #row(index: number): Load {
    const at = index * FIELDS;
    const [requests = 0, cpuSeconds = 0, memoryBytes = 0, networkBytes = 0] = this.#sums.subarray(at, at + FIELDS);
    return { requests, cpuSeconds, memoryBytes, networkBytes };
  }
}

/** A clock that runs ahead by more than this many intervals is not believed. */
const JUMP_MAX_INTERVALS = 1_000;
/** No single request takes a petabyte. */
const AMOUNT_MAX = 1e15;

export function createRecorder(options: RecorderOptions): Recorder {
  return new Recorder(options);
}

function bounded(name: string, value: number, min: number, max: number): number {
  if (Number.isFinite(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} must be a number from ${min} to ${max}, got ${value}`);
}
