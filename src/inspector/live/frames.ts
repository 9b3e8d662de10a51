import type { Cursor } from '../api/pools.ts';
import type { EventStream } from '../server/event-stream.ts';
import type { Subscription } from '../server/hub.ts';
import type { PoolFeed } from './feed.ts';

interface Written {
  readonly of: string;
  readonly json: string;
}

interface NewsWritten extends Written {
  readonly cursor: Cursor;
}

/** What pages are told, as JSON that is written once, however many of them are told the same. */
export class Frames {
  readonly #feed: PoolFeed;
  readonly #rows = new Map<string, Written>();
  readonly #news = new Map<string, NewsWritten>();

  constructor(feed: PoolFeed) {
    this.#feed = feed;
  }

  /** Nobody looks any more. */
  clear(): void {
    this.#rows.clear();
    this.#news.clear();
  }

  /** `?pools=1`: rows of pools that changed. `?pool=web&points=..&decisions=..&actions=..`: what came for one pool since then. */
  subscribe(query: Readonly<Record<string, string>>): Subscription {
    const seen = new Map<string, number>();
    const { pool, pools } = query;
    const count = (name: string): number => Math.max(0, Number(query[name] ?? 0) || 0);
    let cursor: Cursor = { points: count('points'), decisions: count('decisions'), actions: count('actions') };
    return {
      tell: (stream) => {
        if (pools !== undefined) this.#tellRows(stream, seen);
        if (pool === undefined) return;
        const news = this.#newsOf(pool, cursor);
        if (news === undefined) return;
        ({ cursor } = news);
        stream.sendText('pool', news.json);
      },
    };
  }

  #tellRows(stream: EventStream, seen: Map<string, number>): void {
    const changed = this.#feed.changedSince(seen);
    if (changed.length === 0) return;
    const rows = changed.map(({ pool, revision }) => this.#rowOf(pool, `${revision}`));
    stream.sendText('pools', `{"pools":[${rows.join(',')}]}`);
  }

  #rowOf(pool: string, of: string): string {
    const known = this.#rows.get(pool);
    if (known?.of === of) return known.json;
    const json = JSON.stringify(this.#feed.row(pool));
    this.#rows.set(pool, { of, json });
    return json;
  }

  /** From the second frame on, pages that show the same pool stand at the same place. */
  #newsOf(pool: string, since: Cursor): NewsWritten | undefined {
    const now = this.#feed.cursor(pool);
    if (now === undefined || keyOf(now) === keyOf(since)) return undefined;
    const of = `${keyOf(since)} ${keyOf(now)}`;
    const known = this.#news.get(pool);
    if (known?.of === of) return known;
    const written = { of, json: JSON.stringify(this.#feed.news(pool, since)), cursor: now };
    this.#news.set(pool, written);
    return written;
  }
}

function keyOf({ points, decisions, actions }: Cursor): string {
  return `${points}/${decisions}/${actions}`;
}
