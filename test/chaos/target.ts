/** The target under chaos: a Deployment on the fake API server, over HTTP, which writes down every count that anybody sets. */
import { RECOMMENDED } from '../../sim/kubernetes/access-rules.ts';
import { ApiServer } from '../../sim/kubernetes/api-server.ts';
import { runWorkloads } from '../../sim/kubernetes/workload-controller.ts';
import { GENERATION_ANNOTATION } from '../../src/adapters/kubernetes/annotations.ts';
import { clock } from '../adapters/redis/open.ts';
import { POOL, TOKEN } from './names.ts';

export interface Write {
  readonly atMs: number;
  readonly generation: number;
  readonly replicas: number;
}

export interface ChaosTarget {
  readonly server: ApiServer;
  readonly port: number;
  /** Every change of the count or of the generation, in order. */
  readonly journal: readonly Write[];
  close(): Promise<void>;
}

const READY_MS = 1_500;

export async function startTarget(): Promise<ChaosTarget> {
  const server = new ApiServer({ clock, tokens: new Map([[TOKEN, { name: 'forescale', rules: RECOMMENDED }]]) });
  const stop = runWorkloads({ store: server.store, clock, readyMs: READY_MS });
  const journal: Write[] = [];
  let last = '';
  const metadata = { name: POOL };
  server.create({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 2, selector: { matchLabels: { app: POOL } } } });
  server.store.subscribe(({ kind, object }) => {
    if (!kind.isWorkload) return;
    const generation = Number(object.metadata.annotations?.[GENERATION_ANNOTATION] ?? 0);
    const replicas = Number(object.spec['replicas']);
    if (`${generation} ${replicas}` === last) return;
    last = `${generation} ${replicas}`;
    if (generation > 0) journal.push({ atMs: clock.nowMs(), generation, replicas });
  });
  const { port } = await server.listen();
  return {
    server,
    port: Number(port),
    journal,
    async close() {
      stop();
      await server.close();
    },
  };
}
