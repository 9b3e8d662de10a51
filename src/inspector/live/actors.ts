import type { Clock, TimerHandle } from '../../ports/clock.ts';
import { kindOf } from '../../protocol/address.ts';
import type { ChartState } from '../../runtime/chart.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { ActorInside, ActorOutline } from '../../runtime/shard-view.ts';
import type { Delivered } from '../../runtime/tap.ts';
import type { ActorDetail, ActorRow, MessageRow, OwnActors } from '../api/actors.ts';
import { traceOf } from './outline.ts';
import { MESSAGE_LIMITS, SNAPSHOT_LIMITS, toPlain } from './plain.ts';

const ACTORS_SHOWN = 20_000;
/** Actors whose last messages are kept, and messages of each. */
const HEARD_ACTORS_MAX = 500;
const HEARD_MESSAGES = 24;
/** Actors that somebody looked at: theirs are kept first. */
const LOOKED_AT_MAX = 50;
/** Messages are noted for so long after somebody looked from another node, milliseconds. */
const AFAR_MS = 10_000;

interface Heard {
  readonly row: Omit<MessageRow, 'data' | 'bytes' | 'active'>;
  readonly active: () => readonly string[];
  /** Held as it was decoded; made plain only when somebody looks. */
  readonly data: unknown;
  readonly bytes: number;
}

/** The actors of this node. What they take is noted only while somebody looks. */
export class ActorFeed {
  readonly #node: string;
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #heard = new Map<string, Heard[]>();
  readonly #lookedAt = new Set<string>();
  #listeningSinceMs: number | null = null;
  #stopListening: (() => void) | undefined;
  #isWatched = false;
  #afarUntilMs = Number.NEGATIVE_INFINITY;
  #afarEnd: TimerHandle | undefined;

  constructor(node: string, runtime: Runtime, clock: Clock) {
    this.#node = node;
    this.#runtime = runtime;
    this.#clock = clock;
  }

  listen(isWatched: boolean): void {
    this.#isWatched = isWatched;
    this.#update();
  }

  #update(): void {
    const isWanted = this.#isWatched || this.#clock.monotonicMs() < this.#afarUntilMs;
    if (isWanted === (this.#listeningSinceMs !== null)) return;
    this.#listeningSinceMs = isWanted ? this.#clock.nowMs() : null;
    this.#heard.clear();
    this.#lookedAt.clear();
    this.#stopListening?.();
    this.#stopListening = isWanted ? this.#runtime.listen((delivered) => this.#hear(delivered)) : undefined;
  }

  list(): OwnActors {
    const outlines = this.#runtime.outline();
    const actors = outlines.slice(0, ACTORS_SHOWN).map((outline) => rowOf(outline, this.#node));
    return { node: this.#node, actors, leftOut: outlines.length - actors.length };
  }

  /** For somebody who looks from another node, who asks again and again. */
  detailFromAfar(address: string): ActorDetail | undefined {
    this.#afarUntilMs = this.#clock.monotonicMs() + AFAR_MS;
    this.#afarEnd?.cancel();
    this.#afarEnd = this.#clock.setTimer(AFAR_MS + 1, () => this.#update());
    this.#update();
    return this.detail(address);
  }

  detail(address: string): ActorDetail | undefined {
    const inside = this.#runtime.inside(address);
    if (inside === undefined) return undefined;
    if (this.#lookedAt.size < LOOKED_AT_MAX) this.#lookedAt.add(address);
    const chart: ChartState | null = this.#runtime.behaviors.get(kindOf(address))?.chart?.root ?? null;
    const heard = this.#heard.get(address) ?? [];
    return {
      row: rowOfInside(inside, this.#node),
      described: toPlain(inside.state ?? null, SNAPSHOT_LIMITS),
      snapshot: toPlain(inside.snapshot ?? null, SNAPSHOT_LIMITS),
      takenAtMs: this.#clock.nowMs(),
      messages: heard.map(shownOf).reverse(),
      listeningSinceMs: this.#listeningSinceMs,
      chart,
      notReady: null,
    };
  }

  #hear({ address, entry, message, outcome, active }: Delivered): void {
    let heard = this.#heard.get(address);
    if (heard === undefined) {
      if (this.#heard.size >= HEARD_ACTORS_MAX) this.#forgetOldest();
      this.#heard.set(address, (heard = []));
    }
    if (heard.length >= HEARD_MESSAGES) heard.shift();
    const { id, name, source, traceparent, data } = message;
    const row = { atMs: entry.atMs, id, name, source, outcome, trace: traceOf(traceparent) };
    heard.push({ row, active, data, bytes: entry.body.byteLength });
  }

  #forgetOldest(): void {
    for (const oldest of this.#heard.keys()) {
      if (this.#lookedAt.has(oldest)) continue;
      this.#heard.delete(oldest);
      return;
    }
  }
}

function shownOf({ row, active, data, bytes }: Heard): MessageRow {
  return { ...row, bytes, active: [...active()], data: toPlain(data, MESSAGE_LIMITS) };
}

function rowOf(outline: ActorOutline, node: string): ActorRow {
  const { address, shard, status, isInMemory, active, waiting, parked, handled, failures } = outline;
  return {
    address,
    node,
    kind: kindOf(address),
    shard,
    status: status.kind,
    statusReason: status.kind === 'active' ? null : status.reason,
    inMemory: isInMemory,
    active: [...active],
    waiting,
    parked,
    handled,
    failures,
  };
}

function rowOfInside(inside: ActorInside, node: string): ActorRow {
  const { handled, failures } = inside.counters;
  return rowOf({ ...inside, isInMemory: inside.state !== undefined, handled, failures }, node);
}
