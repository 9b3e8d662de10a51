import { sleep, type Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import type { KubernetesClient } from './client.ts';
import { at, isObject, listAt, textAt, type JsonObject } from './json.ts';

export interface InformerOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Path of a collection. */
  readonly collection: string;
  /** A part of an object that is enough, so that a thousand of them stay small. It has to hold name and resourceVersion. */
  readonly prune: (object: JsonObject) => JsonObject;
  /** Keeps every object of the collection, from its start on. Default: those that are wanted. */
  readonly keepsAll?: boolean;
  /** Lists anew after this time, whatever the watch told, milliseconds. Default: never. */
  readonly resyncMs?: number;
  /** Called after a list and after every change that is kept. */
  readonly onChange?: () => void;
}

/**
 * Keeps named objects of one collection by a list and a watch, so that looking at them costs no request. One watch serves
 * all pools of a namespace and kind.
 */
export interface Informer {
  /** Objects under this name are kept from now on. */
  want(name: string): void;
  /** The object, if what is known of it is fresh: `missing` when it is not there. undefined: look at the server. */
  get(name: string): JsonObject | 'missing' | undefined;
  /** Takes an object that was read or written by another way, unless what is known is newer. */
  put(object: JsonObject): void;
  /** Whatever is known of it may be old: something was written, and the outcome is not known. */
  doubt(name: string): void;
  /** Begins to keep the whole collection. */
  start(): void;
  /** All objects that are kept; undefined until they were listed. What was known stands while the server is away. */
  all(): readonly JsonObject[] | undefined;
  stop(): Promise<void>;
}

const PAGE = 500;
/** The server ends a watch then, and we begin it anew: half-open connections do not live longer. */
const WATCH_MS = 240_000;
/** Servers send a bookmark about once a minute; after more silence than this, what is known counts as old. */
const FRESH_MS = 90_000;
const RESYNC_MIN_MS = 1_000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 30_000;

export function createInformer(options: InformerOptions): Informer {
  const { client, clock, random, log, collection, prune, keepsAll = false, resyncMs = Number.POSITIVE_INFINITY } = options;
  const onChange = options.onChange ?? (() => {});
  const objects = new Map<string, JsonObject>();
  const wanted = new Set<string>();
  const doubted = new Set<string>();
  const stopping = new AbortController();
  let version: string | undefined;
  let heardMs = Number.NEGATIVE_INFINITY;
  let listedMs = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;
  const isKept = (name: string): boolean => keepsAll || wanted.has(name);

  const keep = (object: JsonObject): void => {
    const name = nameOf(object);
    if (!isKept(name) || isOlder(object, objects.get(name))) return;
    objects.set(name, prune(object));
  };

  /** Everything anew. What is not in the list is gone. */
  const list = async (): Promise<boolean> => {
    const found = new Map<string, JsonObject>();
    // What is doubted from now on may be newer than the list.
    const settled = [...doubted];
    let next = '';
    let listed: string | undefined;
    do {
      const page = await client.send({ method: 'GET', path: `${collection}?limit=${PAGE}${next}`, intent: 'read' });
      if (!page.ok) {
        log.warn({ collection, reason: page.error.message }, 'objects could not be listed');
        return false;
      }
      for (const item of listAt(page.value, 'items')) if (isObject(item) && isKept(nameOf(item))) found.set(nameOf(item), item);
      listed = textAt(page.value, 'metadata', 'resourceVersion');
      const token = textAt(page.value, 'metadata', 'continue') ?? '';
      next = token === '' ? '' : `&continue=${encodeURIComponent(token)}`;
    } while (next !== '' && !stopping.signal.aborted);
    for (const name of objects.keys()) if (!found.has(name)) objects.delete(name);
    for (const object of found.values()) keep(object);
    for (const name of settled) doubted.delete(name);
    version = listed;
    heardMs = clock.monotonicMs();
    listedMs = heardMs;
    onChange();
    return true;
  };

  const take = (event: JsonObject): void => {
    heardMs = clock.monotonicMs();
    const type = textAt(event, 'type');
    const object = at(event, 'object');
    if (!isObject(object)) return;
    if (type === 'ERROR') {
      // 410: what happened since is not kept any more. Anything else is no better known.
      version = undefined;
      log.info({ collection, code: at(object, 'code'), reason: textAt(object, 'reason') }, 'a watch has to begin anew');
      return;
    }
    version = textAt(object, 'metadata', 'resourceVersion') ?? version;
    const name = nameOf(object);
    if (type === 'DELETED') objects.delete(name);
    else if (type === 'ADDED' || type === 'MODIFIED') keep(object);
    if (type !== 'BOOKMARK') onChange();
  };

  /** True if it ended as it should. */
  const watchOnce = async (): Promise<boolean> => {
    const abort = new AbortController();
    const cut = (): void => abort.abort();
    stopping.signal.addEventListener('abort', cut, { once: true });
    const watchMs = Math.min(WATCH_MS, Math.max(RESYNC_MIN_MS, listedMs + resyncMs - clock.monotonicMs()));
    const timer = clock.setTimer(watchMs + 30_000, cut);
    const path = `${collection}?watch=1&allowWatchBookmarks=true&timeoutSeconds=${Math.ceil(watchMs / 1_000)}&resourceVersion=${version ?? ''}`;
    const failed = await client.watch(path, take, abort.signal);
    timer.cancel();
    stopping.signal.removeEventListener('abort', cut);
    // A watch may be refused as too old, too.
    if (failed?.error.code === 'not-found') version = undefined;
    if (failed !== undefined) heardMs = Number.NEGATIVE_INFINITY;
    return failed === undefined;
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const beganMs = clock.monotonicMs();
      if (clock.monotonicMs() - listedMs >= resyncMs) version = undefined;
      const isWell = (version !== undefined || (await list())) && (await watchOnce());
      const isSteady = isWell && clock.monotonicMs() - beganMs >= RETRY_MIN_MS;
      failures = isSteady ? 0 : failures + 1;
      if (failures === 0) continue;
      const longestMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(failures - 1, 16));
      await sleep(clock, longestMs * (0.5 + random.next() / 2), stopping.signal);
    }
  };

  return {
    want(name) {
      if (wanted.has(name)) return;
      wanted.add(name);
      // What the watch has passed over is not in it any more.
      doubted.add(name);
      running ??= run();
    },
    get(name) {
      if (doubted.has(name) || version === undefined || clock.monotonicMs() - heardMs > FRESH_MS) return undefined;
      return objects.get(name) ?? 'missing';
    },
    put(object) {
      keep(object);
      doubted.delete(nameOf(object));
    },
    doubt: (name) => void doubted.add(name),
    start() {
      running ??= run();
    },
    all: () => (listedMs === Number.NEGATIVE_INFINITY ? undefined : [...objects.values()]),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function nameOf(object: JsonObject): string {
  return textAt(object, 'metadata', 'name') ?? '';
}

/** Versions of one object are compared as numbers, which they are on every server that we know; otherwise the later one counts. */
function isOlder(object: JsonObject, known: JsonObject | undefined): boolean {
  if (known === undefined || textAt(known, 'metadata', 'uid') !== textAt(object, 'metadata', 'uid')) return false;
  const [a, b] = [object, known].map((one) => textAt(one, 'metadata', 'resourceVersion') ?? '');
  if (a === undefined || b === undefined || !/^\d+$/.test(a) || !/^\d+$/.test(b)) return false;
  return BigInt(a) < BigInt(b);
}
