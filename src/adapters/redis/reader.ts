/** Reads the streams of shards. */
import type { ShardCursor, ShardEntries } from '../../ports/bus.ts';
import { sleep, type Clock } from '../../ports/clock.ts';
import { SOCKET_TIMEOUT_MS, type Arg, type Client } from './connections.ts';
import { toEntry } from './entry.ts';
import type { Keys } from './keys.ts';
import type { RedisLink } from './link.ts';
import { entriesOf, rowOf, textOf } from './reply.ts';

/** A read that blocks for longer would look like a dead connection. */
const BLOCK_MAX_MS = SOCKET_TIMEOUT_MS / 2;
/** Between looks at the streams of a cluster, milliseconds: no command can wait for streams in several slots. */
const POLL_MIN_MS = 2;
const POLL_MAX_MS = 32;

export class StreamReader {
  readonly #link: RedisLink;
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #closed: AbortSignal;

  constructor(link: RedisLink, keys: Keys, clock: Clock, closed: AbortSignal) {
    this.#link = link;
    this.#keys = keys;
    this.#clock = clock;
    this.#closed = closed;
  }

  /** What is there now. */
  async now(cursors: readonly ShardCursor[], limit: number): Promise<readonly ShardEntries[]> {
    if (cursors.length === 0) return [];
    const { commit } = this.#link.connections;
    if (!this.#link.isCluster) return this.#read(commit, cursors, limit);
    const found = await Promise.all(cursors.map((cursor) => this.#read(commit, [cursor], limit)));
    return found.flat();
  }

  /** What is there, or what comes within `waitMs`. */
  async wait(cursors: readonly ShardCursor[], limit: number, waitMs: number, signal: AbortSignal): Promise<readonly ShardEntries[]> {
    const endMs = this.#clock.monotonicMs() + waitMs;
    let pollMs = POLL_MIN_MS;
    for (;;) {
      const leftMs = Math.ceil(endMs - this.#clock.monotonicMs());
      if (signal.aborted) return [];
      const isPolling = this.#link.isCluster || leftMs <= 0;
      const found = isPolling ? await this.now(cursors, limit) : await this.#block(cursors, limit, Math.min(leftMs, BLOCK_MAX_MS), signal);
      if (found.length > 0 || leftMs <= 0) return found;
      if (!isPolling) continue;
      await sleep(this.#clock, Math.min(pollMs, leftMs), signal);
      pollMs = Math.min(POLL_MAX_MS, pollMs * 2);
    }
  }

  async #block(cursors: readonly ShardCursor[], limit: number, blockMs: number, signal: AbortSignal): Promise<readonly ShardEntries[]> {
    let isDone = false;
    const reading = this.#read(this.#link.connections.read, cursors, limit, blockMs).finally(() => {
      isDone = true;
    });
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        resolve([]);
        void this.#unblock(() => isDone);
      };
      signal.addEventListener('abort', stop, { once: true });
      // What an aborted read brings is read again by the next one, which begins at the same cursors.
      reading.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
  }

  /** Ends a read that nobody waits for, so that the next one need not queue behind it. It may not have reached Redis yet. */
  async #unblock(isDone: () => boolean): Promise<void> {
    while (!isDone() && !this.#closed.aborted) {
      const id = this.#link.readerId;
      if (id === undefined) return;
      try {
        await this.#link.connections.control.call('client', ['unblock', id]);
      } catch {
        // Then it ends by itself before long.
        return;
      }
    }
  }

  async #read(client: Client, cursors: readonly ShardCursor[], limit: number, blockMs?: number): Promise<readonly ShardEntries[]> {
    const shards = new Map(cursors.map(({ shard }) => [this.#keys.shard(shard).in, shard]));
    const args: Arg[] = ['COUNT', limit];
    if (blockMs !== undefined) args.push('BLOCK', blockMs);
    args.push('STREAMS', ...shards.keys(), ...cursors.map(({ after }) => after));
    const found: ShardEntries[] = [];
    for (const stream of rowOf(await client.callBuffer('xread', args))) {
      const [key, entries] = rowOf(stream) as readonly unknown[];
      const shard = shards.get(textOf(key));
      if (shard !== undefined)
        found.push({ shard, entries: entriesOf(entries).map(([id, fields]) => toEntry(shard, id.toString(), fields)) });
    }
    return found;
  }
}
