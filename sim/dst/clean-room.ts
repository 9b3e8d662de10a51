/**
 * What the entries of one shard make of its actors when each is taken once and in order, with nothing else going on. No
 * batches, no commits, no owners: only the production code of a single actor.
 */
import { compareEntryIds, START, type BusEntry, type EntryId } from '../../src/ports/bus.ts';
import { kindOf, shardOf } from '../../src/protocol/address.ts';
import { decodeMessage } from '../../src/protocol/codec.ts';
import type { AnyMessage } from '../../src/protocol/message.ts';
import type { Behavior } from '../../src/runtime/behavior.ts';
import { Cell, NO_OUTPUTS } from '../../src/runtime/cell.ts';
import { isForRuntime } from '../../src/runtime/delivery.ts';
import { RUNTIME_DEFAULTS } from '../../src/runtime/settings.ts';

const { sourcesMax } = RUNTIME_DEFAULTS;

export class CleanRoom {
  readonly #behaviors: ReadonlyMap<string, Behavior>;
  #cells = new Map<string, Cell>();
  #origins = new Map<number, number>();
  #deadLetters: string[] = [];

  constructor(behaviors: readonly Behavior[]) {
    this.#behaviors = new Map(behaviors.map((behavior) => [behavior.kind, behavior]));
  }

  get addresses(): Iterable<string> {
    return this.#cells.keys();
  }

  /** Position and code of each. */
  get deadLetters(): readonly string[] {
    return this.#deadLetters;
  }

  /** Begins anew with the stream of a shard, up to its cursor. */
  take(stream: readonly BusEntry[], cursor: EntryId = START): void {
    this.#cells = new Map();
    this.#origins = new Map();
    this.#deadLetters = [];
    for (const entry of stream) if (compareEntryIds(entry.id, cursor) <= 0) this.#takeEntry(entry);
  }

  seal(address: string): Uint8Array {
    const cell = this.#cells.get(address);
    if (cell === undefined) throw new RangeError(`nobody is at ${address}`);
    return cell.seal();
  }

  /**
   * What an owner makes of an actor that is stored, as the present build writes it: of its snapshot, whatever version that has, and
   * of the entries since then, all that are left in the stream of its shard.
   */
  rebuild(address: string, snapshot: Uint8Array, since: readonly BusEntry[]): Uint8Array {
    const behavior = this.#behaviors.get(kindOf(address));
    if (behavior === undefined) throw new RangeError(`nothing is known of ${address}`);
    const thawed = Cell.thaw(address, behavior, snapshot, sourcesMax);
    if (!thawed.ok) throw new Error(thawed.reason);
    for (const entry of since) {
      const decoded = decodeMessage(entry.body, entry.contentType);
      if (entry.to !== address || !decoded.ok || isForRuntime(decoded.message, address)) continue;
      thawed.cell.deliver(decoded.message, entry.atMs, entry.replayed === true, NO_OUTPUTS);
    }
    return thawed.cell.seal();
  }

  #takeEntry(entry: BusEntry): void {
    const { origin, to } = entry;
    if (origin !== undefined) {
      if (origin.sequence <= (this.#origins.get(origin.shard) ?? 0)) return;
      this.#origins.set(origin.shard, origin.sequence);
    }
    const decoded = decodeMessage(entry.body, entry.contentType);
    if (!decoded.ok) return this.#bury(entry, decoded.error.code);
    if (isForRuntime(decoded.message, to)) return;
    const cell = this.#cells.get(to);
    if (cell !== undefined) this.#deliver(cell, entry, decoded.message);
    else this.#bringToLife(entry, decoded.message);
  }

  #bringToLife(entry: BusEntry, message: AnyMessage): void {
    const { to } = entry;
    if (message.name === 'timer-fired' || message.name === 'effect-result') return;
    const behavior = this.#behaviors.get(kindOf(to));
    if (behavior === undefined) return this.#bury(entry, 'unknown-kind');
    if (shardOf(to) !== entry.shard) return this.#bury(entry, 'misrouted');
    if (behavior.refuses(to) !== undefined) return this.#bury(entry, 'refused');
    const cell = Cell.start(to, behavior, entry.atMs, sourcesMax, message, NO_OUTPUTS);
    this.#cells.set(to, cell);
    this.#deliver(cell, entry, message);
  }

  #deliver(cell: Cell, entry: BusEntry, message: AnyMessage): void {
    try {
      if (cell.deliver(message, entry.atMs, entry.replayed === true, NO_OUTPUTS) === 'done') this.#cells.delete(cell.address);
    } catch {
      // A bug of the actor: the run has the same dead letter, and another invariant has it as a failure.
      this.#bury(entry, 'step-threw');
    }
  }

  #bury({ id }: BusEntry, code: string): void {
    this.#deadLetters.push(`${id} ${code}`);
  }
}
