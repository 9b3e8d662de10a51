/** The bundled API server as a program of its own, so that its memory and time are not the node's. Told by messages of its parent. */
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { ALMIGHTY } from '../../sim/kubernetes/access-rules.ts';
import { ApiServer } from '../../sim/kubernetes/api-server.ts';
import { runWorkloads } from '../../sim/kubernetes/workload-controller.ts';

const clock = createSystemClock();
const server = new ApiServer({ clock, tokens: new Map([['bench', { name: 'forescale', rules: ALMIGHTY }]]) });
runWorkloads({ store: server.store, clock, readyMs: 1_000 });
for (let i = 0; i < Number(process.argv[2] ?? 1); i += 1) {
  const name = `web-${i}`;
  server.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 2, selector: { matchLabels: { app: name } } },
  });
}
const url = await server.listen();
process.on('message', () => process.send?.({ requests: server.requests.length }));
process.send?.({ url: url.href });
