import { connect } from 'node:net';
import { createSystemClock } from '../adapters/system/clock.ts';
import { withoutPassword, type Environment } from '../adapters/server-url.ts';
import type { KubernetesAround, Surroundings } from '../init/surroundings.ts';

/** Nobody waits long for what is not there. */
const LOOK_MS = 2_000;
const DEPLOYMENTS_MAX = 100;

/** Asks whether somebody is there, in the usual places and where the environment says. Never throws. */
export async function lookAround(environment: Environment): Promise<Surroundings> {
  const [kubernetes, prometheus, redis] = await Promise.all([
    findKubernetes(environment).catch(() => undefined),
    findPrometheus(environment['PROMETHEUS_URL']),
    findRedis(environment['FORESCALE_BUS']),
  ]);
  return { kubernetes, prometheus, redis };
}

async function findPrometheus(given: string | undefined): Promise<string | undefined> {
  const places = given === undefined ? ['http://127.0.0.1:9090', 'http://prometheus:9090'] : [given.replace(/\/$/, '')];
  for (const place of places) {
    try {
      const response = await fetch(`${place}/api/v1/status/buildinfo`, { signal: AbortSignal.timeout(LOOK_MS) });
      const body = (await response.json()) as { readonly status?: unknown };
      if (response.ok && body.status === 'success') return place;
    } catch {
      // Nobody there, or somebody else.
    }
  }
  return undefined;
}

async function findRedis(given: string | undefined): Promise<string | undefined> {
  if (given !== undefined && given !== 'memory') return withoutPassword(given);
  for (const host of ['127.0.0.1', 'redis']) if (await answersPing(host)) return `redis://${host}:6379`;
  return undefined;
}

function answersPing(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 6_379 }, () => socket.write('PING\r\n'));
    const end = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(LOOK_MS, () => end(false));
    // One that wants a password is there as well.
    socket.once('data', (data) => end(/^(\+PONG|-NOAUTH)/.test(data.toString())));
    socket.once('error', () => end(false));
  });
}

/** The context that kubectl would use, and the Deployments of its namespace if they may be listed. Throws when there is none. */
async function findKubernetes(environment: Environment): Promise<KubernetesAround> {
  const [{ openConnection }, { createKubernetesClient }, { listAt, textAt }] = await Promise.all([
    import('../adapters/kubernetes/open-connection.ts'),
    import('../adapters/kubernetes/client.ts'),
    import('../adapters/kubernetes/json.ts'),
  ]);
  const clock = createSystemClock();
  const connection = openConnection({}, clock, environment);
  const client = createKubernetesClient(connection, clock, LOOK_MS);
  try {
    const path = `/apis/apps/v1/namespaces/${connection.namespace}/deployments?limit=${DEPLOYMENTS_MAX}`;
    const listed = await client.send({ method: 'GET', path, intent: 'read' });
    const names = listed.ok ? listAt(listed.value, 'items').flatMap((item) => textAt(item, 'metadata', 'name') ?? []) : [];
    return { server: connection.server.host, namespace: connection.namespace, deployments: names };
  } finally {
    await client.close();
  }
}
