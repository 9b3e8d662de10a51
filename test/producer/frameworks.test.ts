/** The middlewares under the real frameworks, over real HTTP. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { serve } from '@hono/node-server';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { createMemoryBus } from '../../src/adapters/memory/bus.ts';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { sleep } from '../../src/ports/clock.ts';
import { silentLog } from '../../src/ports/log.ts';
import { decodeMessage } from '../../src/protocol/codec.ts';
import type { Observation } from '../../src/protocol/observation.ts';
import { createProducer, type Producer, type ProducerOptions } from '../../src/sdk.ts';

interface Service {
  readonly producer: Producer;
  /** What the analyzer of the total was told, after the producer was closed. */
  told(): Promise<readonly Observation[]>;
}

function service(t: TestContext, given: Partial<ProducerOptions> = {}): Service {
  const bus = createMemoryBus({ clock: createSystemClock() });
  const producer = createProducer({ pool: 'web', producer: 'one', bus, intervalMs: 3_600_000, ...given });
  t.after(() => producer.close());
  return {
    producer,
    async told() {
      await producer.close();
      const shards = Array.from({ length: 64 }, (_, shard) => ({ shard, after: '0-0' }));
      const entries = (await bus.readAfter(shards, 100, 0)).flatMap((one) => one.entries).filter(({ to }) => to === 'pla:web');
      return entries.map(({ body, contentType }) => {
        const decoded = decodeMessage(body, contentType);
        assert.ok(decoded.ok && decoded.message.name === 'observation');
        return decoded.message.data;
      });
    },
  };
}

async function listen(t: TestContext, server: Server): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Each starts a service with the routes /items/:id, which answers, and /fail, which throws. */
const FRAMEWORKS: Readonly<Record<string, (t: TestContext, producer: Producer) => Promise<string>>> = {
  'node:http': (t, producer) => {
    const hook = producer.middleware();
    return listen(
      t,
      createServer((request, response) => {
        hook(request, response);
        response.statusCode = request.url === '/fail' ? 500 : 200;
        response.end('an item');
      }),
    );
  },
  express: (t, producer) => {
    const app = express();
    app.use(producer.middleware());
    app.get('/items/:id', (_request, response) => response.send('an item'));
    app.get('/fail', () => {
      throw new Error('oh');
    });
    const onError = (
      _error: unknown,
      _request: unknown,
      response: { status(code: number): { send(text: string): void } },
      _next: unknown,
    ) => response.status(500).send('oh');
    app.use(onError);
    return listen(t, createServer(app));
  },
  fastify: async (t, producer) => {
    const app = Fastify();
    producer.fastify(app);
    app.get('/items/:id', () => 'an item');
    app.get('/fail', () => {
      throw new Error('oh');
    });
    t.after(() => app.close());
    return app.listen({ port: 0, host: '127.0.0.1' });
  },
  koa: (t, producer) => {
    const app = new Koa();
    app.silent = true;
    app.use(producer.koa());
    app.use((context) => {
      if (context.path === '/fail') throw new Error('oh');
      context.body = 'an item';
    });
    return listen(t, createServer(app.callback()));
  },
  hono: async (t, producer) => {
    const app = new Hono();
    app.use(producer.hono());
    app.get('/items/:id', (context) => context.text('an item'));
    app.get('/fail', () => {
      throw new Error('oh');
    });
    app.onError((_error, context) => context.text('oh', 500));
    return new Promise((resolve) => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(`http://127.0.0.1:${port}`));
      t.after(() => void server.close());
    });
  },
};

for (const [name, start] of Object.entries(FRAMEWORKS)) {
  test(`middleware: ${name} counts every request once, also those that fail, with their bytes`, async (t) => {
    const { producer, told } = service(t);
    const url = await start(t, producer);
    for (let i = 0; i < 5; i += 1) assert.equal(await (await fetch(`${url}/items/${i}`)).text(), 'an item');
    assert.equal((await fetch(`${url}/fail`)).status, 500);
    const [observation, ...more] = await told();
    assert.deepEqual(more, []);
    assert.equal(observation?.load.requests, 6);
    assert.ok((observation?.load.networkBytes ?? 0) > 6 * 50, `${observation?.load.networkBytes} bytes`);
    assert.equal(observation?.final, true);
    const items = name === 'fastify' ? 'GET:/items/:id' : 'GET:/items';
    assert.equal(observation?.byType[items]?.requests, 5, Object.keys(observation?.byType ?? {}).join());
    assert.ok((observation?.process?.memoryBytes ?? 0) > 1e6);
  });

  test(`middleware: ${name} goes on when a function of the user's throws`, async (t) => {
    const errors: unknown[] = [];
    const broken = {
      sourceOf: () => {
        throw new Error('whose source?');
      },
      onError: (error: unknown) => {
        errors.push(error);
        throw new Error('and who tells of errors has one');
      },
    };
    const { producer, told } = service(t);
    const url = await start(t, {
      ...producer,
      middleware: () => producer.middleware(broken),
      fastify: (app) => producer.fastify(app, broken),
      koa: () => producer.koa(broken),
      hono: () => producer.hono(broken),
    });
    assert.equal(await (await fetch(`${url}/items/1`)).text(), 'an item');
    assert.equal(errors.length, 1);
    assert.equal((await told())[0]?.load.requests, 0);
  });
}

test('middleware: fastify knows routes and methods that take turns, and what meets no route', async (t) => {
  const { producer, told } = service(t);
  const app = Fastify();
  producer.fastify(app);
  app.route({ method: ['GET', 'POST'], url: '/items/:id', handler: () => 'an item' });
  app.get('/carts/:id', () => 'a cart');
  t.after(() => app.close());
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const asked: readonly (readonly [string, string])[] = [
    ['GET', '/items/1'],
    ['POST', '/items/2'],
    ['GET', '/carts/1'],
    ['GET', '/items/3'],
    ['GET', '/nowhere'],
  ];
  for (const [method, path] of [...asked, ...asked]) await (await fetch(`${url}${path}`, { method })).text();
  const [observation] = await told();
  const counts = Object.entries(observation?.byType ?? {}).map(([type, { requests }]) => `${type} ${requests}`);
  assert.deepEqual(counts.toSorted(), ['GET:/carts/:id 2', 'GET:/items/:id 4', 'GET:unmatched 2', 'POST:/items/:id 2']);
});

test('middleware: a Fastify that keeps its routes elsewhere is asked each time', async (t) => {
  const { producer, told } = service(t);
  type Hook = Parameters<Parameters<typeof producer.fastify>[0]['addHook']>[1];
  const hooks: Hook[] = [];
  producer.fastify({ addHook: (_name, hook) => hooks.push(hook) });
  const server = createServer((raw, response) => {
    const request = { raw, method: raw.method ?? '', routeOptions: { url: raw.url } };
    hooks[0]?.(request, { raw: response }, () => response.end('well'));
  });
  const url = await listen(t, server);
  for (const path of ['/a', '/b', '/a']) await (await fetch(`${url}${path}`)).text();
  const [observation] = await told();
  assert.deepEqual([observation?.byType['GET:/a']?.requests, observation?.byType['GET:/b']?.requests], [2, 1]);
});

test('sdk: sources leave the process under pseudonyms, the same for the same source and secret', async (t) => {
  const namesOf = async (sources?: ProducerOptions['sources']): Promise<string[]> => {
    const { producer, told } = service(t, sources === undefined ? {} : { sources });
    for (const source of ['ada', 'ada', 'bob']) producer.recorder.record(Date.now(), 0, 0, 0, source, 'call');
    return (await told()).flatMap(({ bySource }) => bySource.top.map(({ source }) => source));
  };
  const byDefault = await namesOf();
  assert.ok(byDefault.length === 2 && byDefault.every((name) => /^[0-9a-f]{16}$/.test(name)), byDefault.join());
  assert.deepEqual(await namesOf(), byDefault);
  assert.notDeepEqual(await namesOf({ secret: 'another' }), byDefault);
  assert.deepEqual(await namesOf('plain'), ['ada', 'bob']);
});

test('sdk: a bus that is not there neither throws nor keeps the service from closing', async (t) => {
  const { producer } = service(t, { bus: 'redis://127.0.0.1:1' });
  producer.recorder.record(Date.now(), 0, 0, 0, 'ada', 'call');
  await producer.close();
  await producer.close();
});

test('sdk: with an analyzer of its own only the total is told, reports go to the engine, and a config that does not fit is said in the log', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-edge-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, 'forescale.yaml');
  writeFileSync(config, 'pools: { web: { interval: 100ms, horizons: [500ms], capacity: { requestsPerSecond: 10 } } }\n');
  const told: string[] = [];
  const bus: ProducerOptions['bus'] = { append: (entries) => Promise.resolve(void told.push(...entries.map(({ to }) => to))) };
  const errors: unknown[] = [];
  const log = { ...silentLog, error: (fields: Readonly<Record<string, unknown>>) => void errors.push(fields['error']) };
  const producer = createProducer({ pool: 'web', producer: 'one', bus, intervalMs: 100, edge: { config }, log });
  const started = Date.now();
  while (producer.forecast === undefined && Date.now() - started < 20_000) {
    producer.recorder.record(Date.now(), 0, 0, 0, 'ada', 'call');
    await sleep(createSystemClock(), 20);
  }
  assert.equal(producer.forecast?.producer, 'one');
  await producer.close();
  assert.ok(told.includes('pla:web') && told.includes('pse:web') && !told.includes('pla:web/one'), [...new Set(told)].join());
  assert.deepEqual(errors, []);
  const other = createProducer({ pool: 'web', producer: 'two', bus, intervalMs: 200, edge: { config }, log });
  await other.close();
  assert.match(String(errors[0]), /interval: wanted 200 ms/);
});
