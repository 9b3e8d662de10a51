import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { SHARD_COUNT } from '../../protocol/address.ts';
import { decodeMessage } from '../../protocol/codec.ts';
import { START, type Bus, type Lease, type StoredDeadLetter } from '../../ports/bus.ts';
import type { Clock, TimerHandle } from '../../ports/clock.ts';
import type { StoreServer } from '../../ports/store.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Cluster, DeadLetterRow, NodeRow, ShardRow, Takeover } from '../api/cluster.ts';
import { MESSAGE_LIMITS, toPlain } from './plain.ts';
import { Ring } from './ring.ts';

const TAKEOVERS_MAX = 500;
const LETTERS_OF_SHARD = 50;
const LETTERS_MAX = 500;
const BYTES_SHOWN = 400;
/** Round trips that are kept: two minutes of them. */
const ROUND_TRIPS = 60;
/** The event loop is measured for so long after somebody looked from another node, milliseconds. */
const AFAR_MS = 10_000;
/** Of a node that does not answer. */
const UNKNOWN = { actors: null, pendingEffects: null, eventLoopDelayMs: null, memoryBytes: null, upMs: null };

export interface ClusterOptions {
  readonly node: string;
  readonly bus: Bus;
  /** undefined: the streams are in this process. */
  readonly servers: (() => Promise<readonly StoreServer[]>) | undefined;
  readonly clock: Clock;
  readonly runtime: Runtime;
  readonly startedAtMs: number;
}

interface Letters {
  readonly letters: DeadLetterRow[];
  readonly isMore: boolean;
}

/** Nodes, shards and what nobody could take. */
export class ClusterFeed {
  readonly #options: ClusterOptions;
  readonly #takeovers = new Ring<Takeover>(TAKEOVERS_MAX);
  readonly #roundTripsMs = new Ring<number>(ROUND_TRIPS);
  #seen: readonly Lease[] = [];
  #letters: Letters = { letters: [], isMore: false };
  /** Why the bus could not be read last. */
  #failing: string | null = null;
  /** As they were when they last answered. */
  #servers: readonly StoreServer[] = [];
  #delay: IntervalHistogram | undefined;
  #isWatched = false;
  #afarUntilMs = Number.NEGATIVE_INFINITY;
  #afarEnd: TimerHandle | undefined;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  /** The event loop is measured only while somebody looks. */
  listen(isWatched: boolean): void {
    this.#isWatched = isWatched;
    this.#measure();
  }

  /** Of this node, for somebody who looks from another one, who asks again and again. */
  ownFromAfar(): NodeRow {
    const { clock } = this.#options;
    this.#afarUntilMs = clock.monotonicMs() + AFAR_MS;
    this.#afarEnd?.cancel();
    this.#afarEnd = clock.setTimer(AFAR_MS + 1, () => this.#measure());
    this.#measure();
    return this.#own(this.#options.runtime.shards.length);
  }

  #measure(): void {
    const isWanted = this.#isWatched || this.#options.clock.monotonicMs() < this.#afarUntilMs;
    if (isWanted === (this.#delay !== undefined)) return;
    this.#delay?.disable();
    this.#delay = isWanted ? monitorEventLoopDelay({ resolution: 20 }) : undefined;
    this.#delay?.enable();
  }

  /** Looks who holds what, and notes what changed hands. */
  async look(): Promise<void> {
    const { bus, clock } = this.#options;
    const beganMs = clock.monotonicMs();
    const leases = await bus.readLeases();
    this.#roundTripsMs.push(clock.monotonicMs() - beganMs);
    const atMs = clock.nowMs();
    for (const lease of leases) {
      const before = this.#seen.find(({ shard }) => shard === lease.shard);
      if (before !== undefined && (before.owner !== lease.owner || before.epoch !== lease.epoch))
        this.#takeovers.push({ atMs, shard: lease.shard, from: before.owner, to: lease.owner, epoch: lease.epoch });
    }
    this.#seen = leases;
  }

  /** `others`: what other nodes tell of themselves, by name. */
  async state(
    others: ReadonlyMap<string, NodeRow>,
  ): Promise<Pick<Cluster, 'nodes' | 'shards' | 'takeovers' | 'deadLetters' | 'deadLettersMore' | 'quarantined' | 'store'>> {
    await this.#tryLook();
    const { letters, isMore } = this.#letters;
    return {
      store: await this.#store(),
      nodes: this.#nodes(others),
      shards: this.#shards(),
      takeovers: [...this.#takeovers.items].reverse(),
      deadLetters: letters,
      deadLettersMore: isMore,
      quarantined: this.#options.runtime
        .outline()
        .flatMap(({ address, status, parked }) =>
          status.kind === 'active' ? [] : [{ address, reason: `${status.kind}: ${status.reason}`, parked }],
        )
        .slice(0, LETTERS_MAX),
    };
  }

  /** While the bus is away, what was read last stays, and why it is the last is said. */
  async #tryLook(): Promise<void> {
    try {
      await this.look();
      this.#letters = await this.#readLetters();
      this.#failing = null;
    } catch (error) {
      this.#failing = error instanceof Error ? error.message : String(error);
    }
  }

  async #store(): Promise<Cluster['store']> {
    const { servers } = this.#options;
    const sorted = this.#roundTripsMs.items.toSorted((a, b) => a - b);
    if (this.#failing === null) this.#servers = (await servers?.().catch(() => undefined)) ?? this.#servers;
    return {
      kind: servers === undefined ? 'memory' : 'redis',
      roundTripMs: sorted[sorted.length >> 1] ?? null,
      roundTripMostMs: sorted.at(-1) ?? null,
      failing: this.#failing,
      servers: this.#servers.map((server) => ({ ...server, findings: [...server.findings] })),
    };
  }

  #nodes(others: ReadonlyMap<string, NodeRow>): NodeRow[] {
    const { node } = this.#options;
    const held = new Map<string, number>([[node, 0]]);
    for (const { owner } of this.#seen) if (owner !== '') held.set(owner, (held.get(owner) ?? 0) + 1);
    for (const name of others.keys()) if (!held.has(name)) held.set(name, 0);
    return [...held].map(([name, shards]) => {
      if (name === node) return this.#own(shards);
      return { ...(others.get(name) ?? UNKNOWN), node: name, isThis: false, shards };
    });
  }

  #own(shards: number): NodeRow {
    const { node, runtime, clock, startedAtMs } = this.#options;
    const delay = this.#delay?.percentile(99);
    return {
      node,
      isThis: true,
      shards,
      actors: runtime.describe().shards.reduce((sum, { actors }) => sum + actors, 0),
      pendingEffects: runtime.pendingEffects,
      eventLoopDelayMs: delay === undefined || delay === 0 ? null : Math.max(0, delay / 1e6 - 20),
      memoryBytes: process.memoryUsage.rss(),
      upMs: clock.nowMs() - startedAtMs,
    };
  }

  #shards(): ShardRow[] {
    const own = new Map(this.#options.runtime.describe().shards.map((view) => [view.shard, view]));
    return this.#seen.map(({ shard, owner, epoch, beat }) => {
      const view = own.get(shard);
      return {
        shard,
        owner,
        epoch,
        beat,
        actors: view?.actors ?? null,
        inMemory: view?.actorsInMemory ?? null,
        timers: view?.timers ?? null,
        backlog: view?.backlog ?? null,
        lagMs: view?.lagMs ?? null,
      };
    });
  }

  async #readLetters(): Promise<Letters> {
    const letters: DeadLetterRow[] = [];
    let isMore = false;
    for (let shard = 0; shard < SHARD_COUNT && letters.length < LETTERS_MAX; shard++) {
      const found = await this.#options.bus.readDeadLetters(shard, START, LETTERS_OF_SHARD);
      isMore ||= found.length === LETTERS_OF_SHARD;
      letters.push(...found.map((letter) => letterRow(shard, letter)));
    }
    return { letters: letters.sort((a, b) => b.atMs - a.atMs), isMore: isMore || letters.length >= LETTERS_MAX };
  }
}

function letterRow(shard: number, { id, entry, code, reason, atMs }: StoredDeadLetter): DeadLetterRow {
  const decoded = decodeMessage(entry.body, entry.contentType);
  return {
    shard,
    id,
    to: entry.to,
    code,
    reason,
    atMs,
    name: decoded.ok ? decoded.message.name : null,
    source: decoded.ok ? decoded.message.source : null,
    bytes: entry.body.byteLength,
    content: decoded.ok
      ? toPlain(decoded.message.data, MESSAGE_LIMITS)
      : Buffer.from(entry.body.subarray(0, BYTES_SHOWN)).toString('latin1'),
  };
}
