/**
 * A node among others: tells of itself with every beat, sees who lives, and from that which shards it should hold. Who lives is
 * judged as leases are: by beats that go on, on the own monotonic clock.
 */
import type { Lease } from '../ports/bus.ts';
import { sleep, type Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { MemberNote, Members } from '../ports/members.ts';
import { SHARD_COUNT } from '../protocol/address.ts';
import { Placement } from './placement.ts';
import { RUNTIME_DEFAULTS, type RuntimeSettings } from './settings.ts';
import { messageOf } from './snapshot.ts';

/** What a node cannot know by itself here. */
export type OwnNote = Omit<MemberNote, 'beat' | 'isLeaving'>;

export interface MembershipOptions {
  readonly name: string;
  readonly members: Members;
  readonly clock: Clock;
  readonly log: Log;
  /** Asked at every beat. */
  readonly describe: () => OwnNote;
  readonly settings?: Partial<Pick<RuntimeSettings, 'beatMs' | 'leaseMs'>>;
}

interface Seen {
  readonly note: MemberNote;
  /** Monotonic time and beat when it was seen first, or first again. */
  readonly first: { readonly atMs: number; readonly beat: number };
  /** Monotonic time of the latest change of its beat. */
  readonly changedMs: number;
  /** Whether its beat was ever seen to change. */
  readonly hasBeaten: boolean;
}

/** Shards that a node hands over at the most within a round, so that only a part of them stands still at a time. */
const MOVED_SHARE = 0.25;
/** Length of a round, in beats. */
const ROUND_BEATS = 4;
/**
 * A node that was there at the first look and has not beaten since is taken for dead after this many beats. One that lives may be
 * seen to beat at the second look after the first only: it beats just after one looks. For as long a node may be silent that shards
 * are handed to: after that it may be dead, and what it was given would be nobody's until all others know.
 */
const DOUBT_BEATS = 2.5;
/**
 * A node is trusted with shards of others when it has beaten for this many beats: then it knows who is dead, or it would leave to a
 * dead node what was handed over to it.
 */
export const SETTLED_BEATS = 3;
/**
 * A shard that is nobody's, and whose owner has only just come, is left to that one for this many beats. It may not know yet who is
 * dead; where it does, it has taken the shard by then, and nothing moves twice.
 */
const GRACE_BEATS = 0.3;
/** The note of a node that is silent for this many leases is removed. */
const FORGET_LEASES = 20;

/** A beat that was long under way may arrive after later ones, and must not take back what they said: that a node leaves, say. */
function isNews(note: MemberNote, known: MemberNote): boolean {
  return note.beat > known.beat || (note.beat < known.beat && note.startedAtMs !== known.startedAtMs);
}

export class Membership {
  readonly #options: MembershipOptions;
  readonly #beatMs: number;
  readonly #leaseMs: number;
  readonly #seen = new Map<string, Seen>();
  readonly #placements = { owners: new Placement(), heirs: new Placement(), elders: new Placement() };
  /** Owner by shard, from the latest look. */
  #owners: readonly string[] = [];
  /** Who takes a shard that its owner does not take: who would be the owner without those that have only just come. */
  #heirs: readonly string[] = [];
  /**
   * Who takes the shard of a dead node: who would be the owner without those that have not watched the leases for as long as one
   * lasts. They would have to, from their beginning on.
   */
  #elders: readonly string[] = [];
  /** Names of the nodes that live and stay. */
  #staying: ReadonlySet<string> = new Set();
  /** Since when shards that this node is the heir of are nobody's, monotonic milliseconds, and in which epoch, by shard. */
  readonly #free = new Map<number, { readonly epoch: number; readonly sinceMs: number }>();
  /** When this node took shards that were a dead one's, monotonic milliseconds, by shard. */
  readonly #inherited = new Map<number, number>();
  #beat = 0;
  /** When the notes were read last, monotonic milliseconds. */
  #lookedMs = Number.NEGATIVE_INFINITY;
  #isLeaving = false;
  #roundEndMs = 0;
  #movedInRound = 0;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#beatMs = options.settings?.beatMs ?? RUNTIME_DEFAULTS.beatMs;
    this.#leaseMs = options.settings?.leaseMs ?? RUNTIME_DEFAULTS.leaseMs;
  }

  /** Nodes that live, this one included, by name. */
  get living(): readonly MemberNote[] {
    const nowMs = this.#options.clock.monotonicMs();
    return [...this.#seen.values()]
      .filter((seen) => this.#lives(seen, nowMs))
      .map(({ note }) => note)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** How many shards this node should hold. */
  get wanted(): number {
    return this.#owners.filter((owner) => owner === this.#options.name).length;
  }

  /** Tells once and looks once. Rejects when the bus does. */
  async tell(): Promise<void> {
    const { members, describe } = this.#options;
    this.#beat += 1;
    this.#take(await members.beat({ ...describe(), beat: this.#beat, isLeaving: this.#isLeaving }));
  }

  /** Tells at every beat until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      await sleep(clock, this.#beatMs, signal);
      if (signal.aborted) return;
      try {
        await this.tell();
      } catch (error) {
        log.debug({ error: messageOf(error) }, 'the other nodes could not be told');
        this.#place();
      }
    }
  }

  /** Says that it goes, and gives the others the time to learn it: they look out for its shards then. */
  async leave(): Promise<void> {
    const { clock, log } = this.#options;
    this.#isLeaving = true;
    try {
      await this.tell();
      if (this.living.length > 1) await sleep(clock, 1.5 * this.#beatMs);
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'the other nodes could not be told; they take over when the beats stand still');
    }
  }

  /** After everything was handed over. */
  async forget(): Promise<void> {
    const { members, log, name } = this.#options;
    try {
      await members.remove(name);
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'the own note could not be removed; others do it');
    }
  }

  /** The hook of the leases. What it holds, a node keeps until it may hand it over. */
  readonly isWanted = (shard: number, leases: readonly Lease[]): boolean => {
    const { name, clock } = this.#options;
    const owner = this.#owners[shard];
    const lease = leases[shard];
    if (owner === name) return true;
    const nowMs = clock.monotonicMs();
    if (lease === undefined) return false;
    if (lease.owner !== name) {
      const isFree = lease.owner === '';
      const isWanted =
        !this.#staying.has(lease.owner) && (isFree ? this.#heirs : this.#elders)[shard] === name && this.#isLeft(lease, nowMs);
      if (isWanted && !isFree) this.#inherited.set(shard, nowMs);
      return isWanted;
    }
    // Whoever leaves hands over when the others have learned it, not at its next beat.
    if (this.#isLeaving) return true;
    if (owner === undefined || !this.#isSettled(owner, nowMs) || this.#isSilent(owner, nowMs)) return true;
    // Others may take its owner of before for alive for as long as a lease lasts, and would leave it to that one.
    if (nowMs - (this.#inherited.get(shard) ?? Number.NEGATIVE_INFINITY) < this.#leaseMs) return true;
    return !this.#mayMove(nowMs);
  };

  /** Whether a shard that should be its own, or was to be before another joined, is another's still, or one of a dead node will soon be nobody's. */
  readonly isUrgent = (leases: readonly Lease[]): boolean => {
    const { name } = this.#options;
    return this.#owners.some((owner, shard) => {
      const holder = leases[shard]?.owner ?? '';
      if (holder === name) return false;
      return owner === name || this.#heirs[shard] === name || (this.#elders[shard] === name && !this.#staying.has(holder));
    });
  };

  /** Whether a shard that this node is the heir of was left to its owner for a while. */
  #isLeft({ shard, epoch }: Lease, nowMs: number): boolean {
    const known = this.#free.get(shard);
    if (known?.epoch === epoch) return nowMs - known.sinceMs >= GRACE_BEATS * this.#beatMs;
    this.#free.set(shard, { epoch, sinceMs: nowMs });
    return false;
  }

  #mayMove(nowMs: number): boolean {
    if (nowMs >= this.#roundEndMs) {
      this.#roundEndMs = nowMs + ROUND_BEATS * this.#beatMs;
      this.#movedInRound = 0;
    }
    if (this.#movedInRound >= MOVED_SHARE * SHARD_COUNT) return false;
    this.#movedInRound += 1;
    return true;
  }

  #take(notes: readonly MemberNote[]): void {
    const { clock, name } = this.#options;
    const nowMs = clock.monotonicMs();
    // Whoever beat while this node was cut off may have died since: it is as at the first look, or the dead would live on here for a
    // lease while all others have placed their shards anew.
    const hasBeaten = nowMs - this.#lookedMs <= DOUBT_BEATS * this.#beatMs;
    this.#lookedMs = nowMs;
    const present = new Set<string>();
    for (const note of notes) {
      present.add(note.name);
      const before = this.#seen.get(note.name);
      // On the first look nobody is known to be dead: to take shards from the living would be worse than to wait for the dead.
      if (before === undefined)
        this.#seen.set(note.name, { note, first: { atMs: nowMs, beat: note.beat }, changedMs: nowMs, hasBeaten: false });
      else if (isNews(note, before.note))
        this.#seen.set(note.name, { note, first: this.#first(before, note, nowMs), changedMs: nowMs, hasBeaten });
      else if (note.name !== name && nowMs - before.changedMs > FORGET_LEASES * this.#leaseMs) void this.#remove(note.name);
    }
    for (const known of this.#seen.keys()) if (!present.has(known)) this.#seen.delete(known);
    this.#place();
  }

  /** A node that was dead for a while is new again. */
  #first(before: Seen, { beat }: MemberNote, nowMs: number): Seen['first'] {
    return this.#lives(before, nowMs) ? before.first : { atMs: nowMs, beat };
  }

  /** Time alone would not do: one beat that was long under way makes a dead node look alive for a while. One may not be seen yet. */
  #isSettled(name: string, nowMs: number): boolean {
    const seen = this.#seen.get(name);
    if (seen === undefined || nowMs - seen.first.atMs < SETTLED_BEATS * this.#beatMs) return false;
    return seen.note.beat - seen.first.beat >= SETTLED_BEATS - 1;
  }

  #isSilent(name: string, nowMs: number): boolean {
    const changedMs = this.#seen.get(name)?.changedMs ?? Number.NEGATIVE_INFINITY;
    return nowMs - changedMs >= DOUBT_BEATS * this.#beatMs;
  }

  #hasWatched(name: string, nowMs: number): boolean {
    const sinceMs = this.#seen.get(name)?.first.atMs ?? nowMs;
    return nowMs - sinceMs >= this.#leaseMs + this.#beatMs;
  }

  #lives({ note, changedMs, hasBeaten }: Seen, nowMs: number): boolean {
    const silentMs = nowMs - changedMs;
    return note.name === this.#options.name || silentMs < (hasBeaten ? this.#leaseMs : DOUBT_BEATS * this.#beatMs);
  }

  #place(): void {
    const { clock, name: own } = this.#options;
    const nowMs = clock.monotonicMs();
    // Until the others have learned that this node leaves, they hand shards over to it: it goes on taking what is its own.
    const staying = this.living.filter(({ isLeaving, name }) => !isLeaving || name === own);
    const settled = staying.filter(({ name }) => this.#isSettled(name, nowMs));
    this.#staying = new Set(staying.map(({ name }) => name));
    this.#owners = this.#placements.owners.of(staying);
    // Where none is new, or all are, as at the start of a cluster, nobody knows better than the owner.
    this.#heirs = settled.length === staying.length ? [] : this.#placements.heirs.of(settled);
    const elders = settled.filter(({ name }) => this.#hasWatched(name, nowMs));
    this.#elders = elders.length === staying.length ? [] : this.#placements.elders.of(elders);
  }

  async #remove(name: string): Promise<void> {
    try {
      await this.#options.members.remove(name);
    } catch (error) {
      this.#options.log.debug({ member: name, error: messageOf(error) }, 'the note of a node that is gone could not be removed');
    }
  }
}
