import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { createPrometheusMeter } from '../../src/adapters/prometheus/meter.ts';
import { createInspector, type Inspector, type InspectorOptions } from '../../src/inspector/inspector.ts';
import type { ActorList } from '../../src/inspector/api/actors.ts';
import type { PoolRow } from '../../src/inspector/api/pools.ts';
import { ok } from '../../src/adapters/http/route.ts';
import { createLiveSource } from '../../src/inspector/live/source.ts';
import type { Source } from '../../src/inspector/source.ts';
import type { ForescaleNode } from '../../src/node.ts';
import { silentLog } from '../../src/ports/log.ts';
import { fakeTarget, pool } from '../actors/fixtures.ts';
import { createWorld, type World } from '../node/world.ts';

export interface Inspected {
  readonly world: World;
  readonly node: ForescaleNode;
  readonly source: Source;
  readonly inspector: Inspector;
  readonly url: string;
  /** Lets intervals pass with a load that comes and goes, requests per second. */
  pass(intervals: number): Promise<void>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Got>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Got>;
  close(): Promise<void>;
}

export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export type InspectedOptions = Partial<InspectorOptions> & {
  readonly mayAct?: boolean;
  readonly poolName?: string;
  readonly onDrain?: () => void;
};

/** A real node in virtual time behind a real inspector on a free port. */
export async function inspected(options: InspectedOptions = {}): Promise<Inspected> {
  const { mayAct = false, poolName = 'web', onDrain = () => {}, ...given } = options;
  const settings = { ...pool(), pool: poolName };
  const target = fakeTarget(3);
  const world = createWorld(target, settings);
  const node = world.node('n1');
  await Promise.all([node.start(), world.kernel.runFor(1_000)]);
  const { clock } = world.kernel;
  const health = () => ({ live: true, ready: true, reason: null });
  const source = createLiveSource({
    node: 'n1',
    runtime: node.runtime,
    bus: world.bus,
    clock,
    log: silentLog,
    pools: [settings],
    mayAct,
    health,
    drain: onDrain,
  });
  const meter = createPrometheusMeter();
  const inspector = createInspector({
    source,
    clock: createSystemClock(),
    log: silentLog,
    version: '1.2.3',
    port: 0,
    metrics: () => meter.text(),
    ...given,
  });
  const url = await inspector.start();
  let passed = 0;
  return {
    world,
    node,
    source,
    inspector,
    url,
    async pass(intervals) {
      for (let i = 0; i < intervals; i++) {
        passed += 1;
        await world.interval(node, { p0: 220 + 180 * Math.sin(passed / 16), p1: 120 + 60 * Math.cos(passed / 16) });
      }
      await world.kernel.runFor(settings.intervalMs);
    },
    get: async (path, headers = {}) => toGot(await fetch(`${url}${path}`, { headers })),
    post: async (path, body, headers = {}) =>
      toGot(
        await fetch(`${url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-forescale': 'act', ...headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      ),
    async close() {
      await inspector.stop();
      await world.stop(node);
    },
  };
}

/** A source like that of a node, with 1,000 pools and the 10,000 actors that steer them. */
export async function crowded({ source, get }: Inspected, pools = 1_000, actors = 10_000): Promise<Source> {
  const [pool] = (await get('/api/v1/pools')).body['pools'] as PoolRow[];
  const list = (await get('/api/v1/actors')).body as unknown as ActorList;
  const ofPool = actors / pools;
  const rows = Array.from({ length: actors }, (_, i) => {
    const name = `pool-${Math.floor(i / ofPool)}`;
    const address = i % ofPool === 0 ? `pse:${name}` : i % ofPool === 1 ? `pla:${name}` : `pla:${name}/web-${(i % ofPool) - 2}`;
    return { ...list.actors.find(({ kind }) => kind === address.slice(0, 3)), address };
  });
  const answers: Readonly<Record<string, object>> = {
    '/api/v1/pools': { pools: Array.from({ length: pools }, (_, i) => ({ ...pool, pool: `pool-${i}` })) },
    '/api/v1/actors': { ...list, actors: rows },
  };
  return {
    ...source,
    routes: source.routes.map((route) => (answers[route.path] === undefined ? route : { ...route, handle: () => ok(answers[route.path]) })),
    refresh: async () => {},
    watched: () => {},
    subscribe: () => ({ tell: () => {} }),
    noteServer: () => {},
  };
}

async function toGot(response: Response): Promise<Got> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : { text }) as Record<string, unknown> };
}
