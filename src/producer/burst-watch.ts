/**
 * Notices that a producer's load has jumped: the last six seconds against the minute before, as Knative's panic window against
 * its stable window. It reads a count that is kept anyway once a second, so that recording a request costs nothing more.
 */
export interface Burst {
  readonly atMs: number;
  readonly windowMs: number;
  readonly requestsPerSecond: number;
  readonly usualPerSecond: number;
}

export const BURST_WINDOW_MS = 6_000;
const USUAL_MS = 60_000;
/** With less to compare with, everything would look like a jump. */
const USUAL_LEAST_MS = 10_000;
/** How much more than usual is a jump. The engine decides whether it matters. */
const FACTOR = 1.3;
/** So many standard deviations of a Poisson count above what is usual, and so many requests more: chance does not look like that. */
const DEVIATIONS = 5;
const REQUESTS_MORE = 10;
/** The same jump is told again when it has grown by this much, or after this long. */
const GROWN = 1.1;
const AGAIN_MS = 5_000;

interface Count {
  readonly atMs: number;
  readonly recorded: number;
}

export class BurstWatch {
  /** Oldest first. */
  #counts: Count[] = [];
  #told: Burst | undefined;

  /** `recorded`: requests so far, ever. To be called about once a second. */
  look(nowMs: number, recorded: number): Burst | undefined {
    const last = this.#counts.at(-1);
    // A clock that is set back, or a count that begins anew, makes everything before it useless.
    if (last !== undefined && (nowMs <= last.atMs || recorded < last.recorded)) this.#counts = [];
    this.#counts.push({ atMs: nowMs, recorded });
    while ((this.#counts[1]?.atMs ?? nowMs) <= nowMs - BURST_WINDOW_MS - USUAL_MS) this.#counts.shift();
    const burst = this.#burst(nowMs, recorded);
    if (burst === undefined || this.#isOld(burst)) return undefined;
    this.#told = burst;
    return burst;
  }

  #burst(nowMs: number, recorded: number): Burst | undefined {
    const start = this.#counts.findLast(({ atMs }) => atMs <= nowMs - BURST_WINDOW_MS);
    const first = this.#counts[0];
    if (start === undefined || first === undefined || start.atMs - first.atMs < USUAL_LEAST_MS) return undefined;
    const windowMs = nowMs - start.atMs;
    // A process that slept saw no window.
    if (windowMs > 2 * BURST_WINDOW_MS) return undefined;
    const came = recorded - start.recorded;
    const usual = (start.recorded - first.recorded) / (start.atMs - first.atMs);
    const expected = usual * windowMs;
    if (came < FACTOR * expected || came - expected < REQUESTS_MORE + DEVIATIONS * Math.sqrt(expected)) return undefined;
    return { atMs: nowMs, windowMs, requestsPerSecond: (1_000 * came) / windowMs, usualPerSecond: 1_000 * usual };
  }

  #isOld({ atMs, requestsPerSecond }: Burst): boolean {
    const told = this.#told;
    return told !== undefined && atMs - told.atMs < AGAIN_MS && requestsPerSecond < GROWN * told.requestsPerSecond;
  }
}
