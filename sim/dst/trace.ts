import { createHash } from 'node:crypto';
import { decodeMessage } from '../../src/protocol/codec.ts';
import type { BusEntry } from '../../src/ports/bus.ts';
import type { Happening } from './happening.ts';

/** Lines that a failure shows. */
const LAST_MAX = 200;

interface Noted {
  readonly atMs: number;
  readonly happening: Happening;
}

/** What happened, in order. Lines are made only when somebody wants them: most runs are never looked at. */
export class Trace {
  readonly #startMs: number;
  readonly #onLine: ((line: string) => void) | undefined;
  #last: Noted[] = [];
  readonly #hash = createHash('sha256');

  /** `onLine`: told every line as it comes. */
  constructor(startMs: number, onLine: ((line: string) => void) | undefined) {
    this.#startMs = startMs;
    this.#onLine = onLine;
  }

  note(atMs: number, happening: Happening): void {
    const noted = { atMs, happening };
    if (this.#onLine !== undefined) {
      const line = this.#line(noted);
      this.#hash.update(`${line}\n`);
      this.#onLine(line);
    }
    this.#last.push(noted);
    if (this.#last.length >= 2 * LAST_MAX) this.#last = this.#last.slice(-LAST_MAX);
  }

  /** The last lines. */
  last(): readonly string[] {
    return this.#last.slice(-LAST_MAX).map((noted) => this.#line(noted));
  }

  /** SHA-256 of all lines; only where lines are told. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  #line({ atMs, happening }: Noted): string {
    return `${((atMs - this.#startMs) / 1_000).toFixed(3).padStart(8)} ${describe<Happening['kind']>(happening)}`;
  }
}

type Describe<K extends Happening['kind']> = (happening: Extract<Happening, { readonly kind: K }>) => string;

const DESCRIPTIONS: { readonly [K in Happening['kind']]: Describe<K> } = {
  appended: ({ by, appended }) => `${by} appends ${entriesText(appended)}`,
  committed({ by, commit, epochCurrent, cursorBefore, appended }) {
    const { shard, epoch, cursorFrom, cursorTo } = commit;
    const stale = epoch === epochCurrent ? '' : ` (now ${epochCurrent})`;
    const moved = cursorFrom === cursorBefore ? '' : ` (was at ${cursorBefore})`;
    const sent = appended.length > 0 ? `, appends ${entriesText(appended)}` : '';
    return `${by} commits s${shard} epoch ${epoch}${stale} ${cursorFrom} to ${cursorTo}${moved}${commitText(commit)}${sent}`;
  },
  relayed: ({ by, shard, appended }) => `${by} relays from s${shard}: ${entriesText(appended)}`,
  fired: ({ by, shard, epoch, timers }) =>
    `${by} fires s${shard} epoch ${epoch}: ${timers.map(({ address, name, version }) => `${address} ${name} v${version}`).join(', ')}`,
  completed: ({ by, shard, epoch, effect, appended }) => `${by} completes s${shard} epoch ${epoch} ${effect}: ${entriesText(appended)}`,
  trimmed: ({ by, shard, before, dropped }) => `${by} trims s${shard} before ${before}, ${dropped} entries`,
  lease: ({ by, what, shard, epoch }) => `${by} ${what} s${shard} epoch ${epoch}`,
  refused: ({ by, what, shard, outcome }) => `${by} is refused: ${what} of s${shard}, ${outcome}`,
  recovered: ({ lost }) => `the bus is back without its last ${lost.length} changes`,
  wrote: ({ by, request, before, after }) =>
    `TARGET ${request.pool} ${before.requestedReplicas} to ${after.requestedReplicas} by ${by}, generation ${request.generation} after ${before.generation}`,
  target: ({ call, by, pool, outcome }) => `target ${call} of ${pool} for ${by}: ${outcome}`,
  node: ({ node, what }) => `NODE ${node} ${what}`,
  fault: ({ family, what }) => `FAULT ${family}: ${what}`,
  log: ({ node, level, text }) => `${node} ${level}: ${text}`,
  healed: () => 'HEALED: no faults from here on',
};

function describe<K extends Happening['kind']>(happening: Extract<Happening, { readonly kind: K }>): string {
  return (DESCRIPTIONS[happening.kind] as Describe<K>)(happening);
}

function commitText(commit: Extract<Happening, { readonly kind: 'committed' }>['commit']): string {
  const { effects, timersSet, deadLetters, parked, publishes, actors } = commit;
  const parts = [
    ...actors.filter(({ status }) => status.kind !== 'active').map(({ address, status }) => `${address} is ${status.kind}`),
    ...effects.map(({ id, executor, args }) => `${id} ${executor} ${JSON.stringify(args)}`),
    ...timersSet.map(({ address, name, version, dueAtMs }) => `timer ${address} ${name} v${version} due ${dueAtMs}`),
    ...deadLetters.map(({ entry, code }) => `dead letter ${entry.id} ${code}`),
    ...(parked.length > 0 ? [`${parked.length} parked`] : []),
    ...publishes.filter(({ topic }) => topic !== 'reports').map(({ topic }) => topic),
  ];
  return parts.length === 0 ? '' : ` [${parts.join('; ')}]`;
}

function entriesText(entries: readonly BusEntry[]): string {
  return entries.map(entryText).join(', ');
}

function entryText({ shard, id, to, body, contentType, origin }: BusEntry): string {
  const decoded = decodeMessage(body, contentType);
  const name = decoded.ok ? decoded.message.name : decoded.error.code;
  return `${name} to ${to} at s${shard}/${id}${origin === undefined ? '' : ` from s${origin.shard}#${origin.sequence}`}`;
}
