import type { About } from './api/about.ts';
import type { Route } from '../adapters/http/route.ts';
import type { Subscription } from './server/hub.ts';

/** What a page looks at: a running node, or a run that was written down. The server knows nothing else of either. */
export interface Source {
  readonly routes: readonly Route[];
  about(): Pick<About, 'kind' | 'title' | 'startedAtMs' | 'nowMs' | 'mayAct'>;
  /** Brings what listeners are told up to date. */
  refresh(): Promise<void>;
  /** Somebody looks, or nobody any more. */
  watched(isWatched: boolean): void;
  /** What one browser is told; `query` as it asked. */
  subscribe(query: Readonly<Record<string, string>>): Subscription;
  /** Counters of the server, for those who ask the source. */
  noteServer(counts: ServerCounts): void;
}

export interface ServerCounts {
  readonly viewers: () => number;
  readonly dropped: () => number;
}

/** Whether a node is to be sent work: whoever knows says so. */
export interface Health {
  /** False: restart it. */
  readonly live: boolean;
  /** False: it does not act now. */
  readonly ready: boolean;
  readonly reason: string | null;
}
