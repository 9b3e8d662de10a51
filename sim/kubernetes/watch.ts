import type { ServerResponse } from 'node:http';
import type { Clock } from '../../src/ports/clock.ts';
import { refusal } from './answers.ts';
import type { ObjectStore, StoreEvent } from './object-store.ts';
import type { ObjectPath } from './objects.ts';

const BOOKMARK_MS = 60_000;

/** Lines of what happens to a collection, until the time is over, the client leaves or the server ends it. */
export function serveWatch(
  store: ObjectStore,
  { kind, namespace }: ObjectPath,
  query: URLSearchParams,
  response: ServerResponse,
  clock: Clock,
  watches: Set<() => void>,
): void {
  const write = (type: string, object: unknown): void => void response.write(`${JSON.stringify({ type, object })}\n`);
  const tell = ({ type, object, kind: of }: StoreEvent): void => {
    if (of === kind && object.metadata.namespace === namespace) write(type, object);
  };
  response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
  const past = store.since(Number(query.get('resourceVersion') ?? store.version));
  if (past === undefined) {
    write('ERROR', refusal(410, 'Expired', 'too old resource version').body);
    response.end();
    return;
  }
  for (const event of past) tell(event);
  const bookmark = (): void => write('BOOKMARK', { kind: kind.kind, metadata: { resourceVersion: String(store.version) } });
  let timer = clock.setTimer(BOOKMARK_MS, beat);
  function beat(): void {
    bookmark();
    timer = clock.setTimer(BOOKMARK_MS, beat);
  }
  const unsubscribe = store.subscribe(tell);
  const end = (): void => {
    if (!watches.delete(end)) return;
    unsubscribe();
    timer.cancel();
    over.cancel();
    response.end();
  };
  watches.add(end);
  const over = clock.setTimer(Number(query.get('timeoutSeconds') ?? 3_600) * 1_000, () => {
    bookmark();
    end();
  });
  response.on('close', end);
}
