/** What `up` needs of a cluster that is none: the bundled API server and a service that tells its load. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import type { Rule, User } from '../../../sim/kubernetes/access-rules.ts';
import { ApiServer } from '../../../sim/kubernetes/api-server.ts';
import { runWorkloads } from '../../../sim/kubernetes/workload-controller.ts';

/** An API server with its workload controller, in real time, for a user `token` with these rules. */
export function startApi(rules: readonly Rule[]) {
  const clock = createSystemClock();
  const user: User = { name: 'forescale', rules };
  const api = new ApiServer({ clock, tokens: new Map([['token', user]]) });
  const stop = runWorkloads({ store: api.store, clock, readyMs: 100 });
  return {
    api,
    async close(): Promise<void> {
      stop();
      await api.close();
    },
  };
}

/** A service that tells its load: about five requests a second. */
export async function startService(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const clock = createSystemClock();
  const startMs = clock.monotonicMs();
  const server = createServer((_request, response) => {
    response.end(`# TYPE requests_total counter\nrequests_total ${Math.floor((clock.monotonicMs() - startMs) / 200)}\n`);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function kubeconfig(folder: string, url: URL): string {
  const file = join(folder, 'kubeconfig');
  const config = {
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server: url.href } }],
    users: [{ name: 'u', user: { token: 'token' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace: 'default' } }],
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}
