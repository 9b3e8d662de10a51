import type { Load, Observation } from '../protocol/observation.ts';
import { sumOfLoads } from '../protocol/load.ts';

/** What an observation may take of the wire for each second that it tells of, to all its receivers together. */
export const BYTES_PER_SECOND_MAX = 1_000;
/** Tables wait no longer, whatever they take. */
const WAIT_MAX_MS = 300_000;
/** As many as the schema allows; requests of further types are of `other`. */
const TYPES_MAX = 1_024;
const OTHER = 'other';

/**
 * The tables of types and sources are most of an observation's bytes. Where intervals are so short, or types so many, that
 * they do not fit, they wait and are told as sums, as soon as all that was told since the last ones leaves room for them.
 */
export class WaitingTables {
  /** The last observation, with the tables of all since the last that were told; undefined: none wait. */
  #held: Observation | undefined;
  #bytes = 0;

  /** An observation with the tables that waited for it. */
  joined(observation: Observation): Observation {
    return this.#held === undefined ? observation : joinTables(this.#held, observation);
  }

  /** Whether there is room for a joined observation. A goodbye is always told whole. */
  hasRoomFor(joined: Observation, bytes: number): boolean {
    const { intervalMs } = spanOf(joined);
    const room = (BYTES_PER_SECOND_MAX * intervalMs) / 1_000;
    return joined.final === true || intervalMs >= WAIT_MAX_MS || this.#bytes + bytes <= room;
  }

  /** Keeps the tables of a joined observation that was told without, in so many bytes. */
  hold(joined: Observation, bytes: number): void {
    this.#held = joined;
    this.#bytes += bytes;
  }

  /** They were told. */
  release(): void {
    this.#held = undefined;
    this.#bytes = 0;
  }
}

function joinTables(held: Observation, observation: Observation): Observation {
  const before = spanOf(held);
  const now = spanOf(observation);
  return {
    ...observation,
    byType: joinTypes(held.byType, observation.byType),
    bySource: { distinct: observation.bySource.distinct, top: joinSources(held.bySource.top, observation.bySource.top) },
    tables: { intervalMs: before.intervalMs + now.intervalMs, load: sumOfLoads(before.load, now.load) },
  };
}

/** What the tables of an observation that has its own are of. */
function spanOf({ tables, intervalMs, load, process }: Observation): { readonly intervalMs: number; readonly load: Load } {
  const own = { ...load, cpuSeconds: process?.cpuSeconds ?? load.cpuSeconds };
  return { intervalMs: tables?.intervalMs ?? intervalMs, load: tables?.load ?? own };
}

function joinTypes(before: Observation['byType'], now: Observation['byType']): Observation['byType'] {
  const sums = new Map(Object.entries(before));
  for (const [type, load] of Object.entries(now)) {
    const name = sums.has(type) || sums.size < TYPES_MAX - 1 ? type : OTHER;
    const known = sums.get(name);
    sums.set(name, known === undefined ? load : sumOfLoads(known, load));
  }
  // fromEntries makes own properties of all names, `__proto__` too.
  return Object.fromEntries(sums);
}

type Top = Observation['bySource']['top'];

/** No more than the longer of the two: each has the heaviest of its time. */
function joinSources(before: Top, now: Top): Top {
  const sums = new Map(before.map(({ source, requests }) => [source, requests]));
  for (const { source, requests } of now) sums.set(source, (sums.get(source) ?? 0) + requests);
  const joined = Array.from(sums, ([source, requests]) => ({ source, requests }));
  return joined.sort((a, b) => b.requests - a.requests).slice(0, Math.max(before.length, now.length));
}
