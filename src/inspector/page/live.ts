import { useEffect, useRef, useState } from 'preact/hooks';
import { getJson, ApiError } from './api.ts';

export type Link = 'connecting' | 'open' | 'lost';

/** How the page stands with its node; shown in the header. */
export interface Connection {
  readonly state: Link;
  /** Updates that this page was too slow for, since it was opened. */
  readonly skipped: number;
  readonly viewers: number;
  /** Clock of the node minus ours, milliseconds. */
  readonly offsetMs: number;
  /** By how much it changed at once while this page was open, milliseconds. */
  readonly jumpedMs: number;
  /** Rises each time that the node is there again: what was read before may be of another life. */
  readonly life: number;
}

interface Beat {
  readonly nowMs: number;
  readonly viewers: number;
  readonly skipped: number;
}

type Listener = (connection: Connection) => void;

/** Clocks drift and answers are late by less than this, milliseconds. */
const JUMP_MS = 30_000;
const RETRY_MS = 2_000;
/** A page that is hidden for so long is told nothing until it is seen again, milliseconds. */
const SLEEP_AFTER_MS = 30_000;
let connection: Connection = { state: 'connecting', skipped: 0, viewers: 0, offsetMs: 0, jumpedMs: 0, life: 0 };
const listeners = new Set<Listener>();

function change(part: Partial<Connection>): void {
  connection = { ...connection, ...part };
  for (const listener of listeners) listener(connection);
}

export function useConnection(): Connection {
  const [now, setNow] = useState(connection);
  useEffect(() => {
    listeners.add(setNow);
    setNow(connection);
    return () => void listeners.delete(setNow);
  }, []);
  return now;
}

/** Time by the node's clock. */
export function nodeNowMs(): number {
  return Date.now() + connection.offsetMs;
}

/** The node's clock is known from its first answer on. */
export function noteNodeClock(nowMs: number): void {
  change({ offsetMs: nowMs - Date.now() });
}

/**
 * Listens to the node. `query` says what for; a change of it listens anew. Calls `on` for each event. When the node goes, it
 * is looked for until it is back.
 */
export function useEvents(query: string | undefined, on: (event: string, data: unknown) => void): void {
  const handler = useRef(on);
  handler.current = on;
  useEffect(() => {
    if (query === undefined) return undefined;
    return listen(query, (event, data) => handler.current(event, data));
  }, [query]);
}

function listen(query: string, on: (event: string, data: unknown) => void): () => void {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  let isAsleep = false;
  const open = (): void => {
    source = new EventSource(`/api/v1/events?${query}`);
    source.addEventListener('open', () => change({ state: 'open', ...(connection.state === 'lost' ? { life: connection.life + 1 } : {}) }));
    source.addEventListener('error', () => {
      source?.close();
      if (isOver) return;
      change({ state: 'lost' });
      // It may only want its token again, which an answer tells and a stream does not.
      getJson('/api/v1/about').catch(() => {});
      retry = setTimeout(open, RETRY_MS);
    });
    for (const name of ['pools', 'pool', 'beat']) {
      source.addEventListener(name, ({ data }: MessageEvent<string>) => {
        const value: unknown = JSON.parse(data);
        if (name === 'beat') takeBeat(value as Beat);
        else on(name, value);
      });
    }
  };
  // Nobody sees it: the node need not tell it anything.
  let sleep: ReturnType<typeof setTimeout> | undefined;
  const onVisibility = (): void => {
    clearTimeout(sleep);
    if (document.hidden) {
      sleep = setTimeout(() => {
        isAsleep = true;
        clearTimeout(retry);
        source?.close();
      }, SLEEP_AFTER_MS);
    } else if (isAsleep) {
      isAsleep = false;
      change({ state: 'lost' });
      open();
    }
  };
  document.addEventListener('visibilitychange', onVisibility);
  open();
  return () => {
    isOver = true;
    document.removeEventListener('visibilitychange', onVisibility);
    clearTimeout(sleep);
    clearTimeout(retry);
    source?.close();
  };
}

function takeBeat({ nowMs, viewers, skipped }: Beat): void {
  const offsetMs = nowMs - Date.now();
  const jumpMs = offsetMs - connection.offsetMs;
  const jumpedMs = connection.jumpedMs + (Math.abs(jumpMs) > JUMP_MS ? jumpMs : 0);
  change({ offsetMs, jumpedMs, viewers, skipped: connection.skipped + skipped });
}

/** Somebody has read it. */
export function forgetJump(): void {
  change({ jumpedMs: 0 });
}

export interface Resource<T> {
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  readonly reload: () => void;
}

/** Something of the API; read again when `path` changes, when the node is back, and every `everyMs`. */
export function useResource<T>(path: string | undefined, everyMs?: number): Resource<T> {
  const { life, state } = useConnection();
  const [kept, setKept] = useState<{ readonly path: string | undefined; readonly data?: T; readonly error?: ApiError }>({
    path: undefined,
  });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (path === undefined) return undefined;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      try {
        const data = await getJson<T>(path, abort.signal);
        setKept({ path, data });
      } catch (error) {
        if (abort.signal.aborted) return;
        // What was read last stays visible while the node is away.
        if (error instanceof ApiError)
          setKept((before) => ({ ...(before.path === path && error.status === 0 ? before : { path }), error }));
        else throw error;
      }
      if (everyMs !== undefined && !abort.signal.aborted) timer = setTimeout(() => void readIfSeen(), everyMs);
    };
    const readIfSeen = (): Promise<void> => {
      if (!document.hidden) return read();
      timer = setTimeout(() => void readIfSeen(), everyMs);
      return Promise.resolve();
    };
    void read();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [path, life, round, everyMs]);
  const isCurrent = kept.path === path;
  // While the node is away its silence is said in the header; the rest of the page keeps what it knows.
  const isExcused = state === 'lost' && kept.data !== undefined;
  return {
    data: isCurrent ? kept.data : undefined,
    error: isCurrent && !isExcused ? kept.error : undefined,
    reload: () => setRound((before) => before + 1),
  };
}
