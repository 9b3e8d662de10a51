import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { Observation } from '../../src/protocol/observation.ts';
import { createRecorder, recordRequests, type RequestRecording } from '../../src/producer/index.ts';

/** A server on a free port that records into one open interval, with a clock that the test moves. */
async function start(t: TestContext, options: Partial<RequestRecording>, listener?: RequestListener) {
  const time = { nowMs: 10_000 };
  const clock = { nowMs: () => time.nowMs, monotonicMs: () => time.nowMs, setTimer: () => ({ cancel: () => {} }) };
  const told: Observation[] = [];
  const recorder = createRecorder({ pool: 'shop', producer: 'web-1', intervalMs: 1_000, emit: (one) => told.push(one) });
  const hook = recordRequests({ recorder, clock, ...options });
  const ended: Promise<unknown>[] = [];
  const answer: RequestListener = (_incoming, response) => {
    time.nowMs += 40;
    response.end('hello');
  };
  const server = createServer((incoming, response) => {
    // After the hook's own listener, hence after the work was recorded.
    hook(incoming, response, () => {
      ended.push(once(response, 'close'));
      (listener ?? answer)(incoming, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return {
    recorder,
    port,
    async observation(): Promise<Observation> {
      await Promise.all(ended);
      recorder.flush(11_000);
      const [first] = told;
      assert.ok(first);
      return first;
    },
  };
}

async function ask(port: number, path: string, options: object = {}, body = ''): Promise<number> {
  const outgoing = request({ port, host: '127.0.0.1', path, ...options });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [
    { statusCode: number; resume(): { once(event: string, done: () => void): void } },
  ];
  await new Promise<void>((resolve) => answer.resume().once('end', resolve));
  return answer.statusCode;
}

test('http: a request is counted at its arrival, with its work and bytes at its end', async (t) => {
  const { port, observation } = await start(t, { cpuSecondsOf: (_request, tookMs) => tookMs / 2_000 });
  await ask(port, '/cart/7?x=1', { method: 'POST', headers: { 'x-forescale-source': 'alice', connection: 'close' } }, 'b'.repeat(1_000));
  const { byType, bySource } = await observation();
  assert.deepEqual(Object.keys(byType), ['POST:/cart']);
  const load = byType['POST:/cart'];
  assert.ok(load);
  assert.deepEqual([load.requests, load.cpuSeconds, load.memoryBytes], [1, 0.02, load.networkBytes]);
  // Heads and bodies of both.
  assert.ok(load.networkBytes > 1_100 && load.networkBytes < 2_000, String(load.networkBytes));
  assert.equal(bySource.top[0]?.source, 'alice');
});

test('http: bytes are counted once on a connection that is kept', async (t) => {
  const { port, observation } = await start(t, {});
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  for (let i = 0; i < 5; i += 1) await ask(port, '/', { agent, method: 'PUT' }, 'b'.repeat(10_000));
  const { load } = await observation();
  assert.equal(load.requests, 5);
  assert.ok(load.networkBytes > 50_000 && load.networkBytes < 53_000, String(load.networkBytes));
});

test('http: on a connection that is kept each request counts for its own type and source, in whatever turns they come', async (t) => {
  const { port, observation } = await start(t, {});
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  for (const [path, source] of ['/a alice', '/a alice', '/a bob', '/b bob', '/a alice', '/b '].map((one) => one.split(' ')))
    await ask(port, path ?? '', { agent, headers: source === '' ? {} : { 'x-forescale-source': source } });
  const { byType, bySource, load } = await observation();
  assert.deepEqual([load.requests, byType['GET:/a']?.requests, byType['GET:/b']?.requests], [6, 4, 2]);
  assert.deepEqual(Object.fromEntries(bySource.top.map(({ source, requests }) => [source, requests])), {
    alice: 3,
    bob: 2,
    '127.0.0.1': 1,
  });
});

test('http: a request shows as load while it is still unanswered, and the source is the remote address by default', async (t) => {
  const arrived: ServerResponse[] = [];
  const { port, recorder, observation } = await start(t, {}, (_incoming, response) => arrived.push(response));
  const asked = ask(port, '/slow');
  while (arrived.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(recorder.counts.recorded, 1);
  arrived[0]?.end();
  assert.equal(await asked, 200);
  assert.equal((await observation()).bySource.top[0]?.source, '127.0.0.1');
});

test('http: functions of the user that throw are told and never reach the request', async (t) => {
  for (const broken of ['typeOf', 'sourceOf', 'cpuSecondsOf', 'memoryBytesOf'] as const) {
    const errors: unknown[] = [];
    const fail = (): never => {
      throw new Error(broken);
    };
    const onError = (error: unknown): void => {
      errors.push(error);
      throw new Error('and this one too');
    };
    const { port } = await start(t, { [broken]: fail, onError });
    assert.equal(await ask(port, '/', { headers: { connection: 'close' } }), 200, broken);
    while (errors.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal((errors[0] as Error).message, broken);
  }
});

test('http: health checks are no load, unless they are wanted', async (t) => {
  const checkers = ['kube-probe/1.36', 'ELB-HealthChecker/2.0', 'GoogleHC/1.0', 'forescale-health-check'];
  const askAll = async (port: number): Promise<void> => {
    for (const agent of [...checkers, 'curl/8.5']) await ask(port, '/', { headers: { 'User-Agent': agent, connection: 'close' } });
    await ask(port, '/');
  };
  const { port, recorder } = await start(t, {});
  await askAll(port);
  assert.equal(recorder.counts.recorded, 2);
  const wanted = await start(t, { ignore: () => false });
  await askAll(wanted.port);
  assert.equal(wanted.recorder.counts.recorded, 6);
});

test('http: works without next, as a plain listener', async (t) => {
  const time = { nowMs: () => 10_000, monotonicMs: () => 0, setTimer: () => ({ cancel: () => {} }) };
  const recorder = createRecorder({ pool: 'shop', producer: 'web-1', emit: () => {} });
  const hook = recordRequests({ recorder, clock: time });
  const server = createServer((incoming, response) => {
    hook(incoming, response);
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  assert.equal(await ask((server.address() as AddressInfo).port, '/', { headers: { connection: 'close' } }), 200);
  assert.equal(recorder.counts.recorded, 1);
});

test('http: bytes count for the type that they were of, in the interval in which they passed, on a connection that is kept', async (t) => {
  const server = await start(t, {}, (incoming, response) => {
    response.end(incoming.url === '/big' ? 'b'.repeat(50_000) : 'hello');
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  for (const path of ['/big', '/big', '/small', '/big', '/small', '/small']) await ask(server.port, path, { agent });
  const { byType } = await server.observation();
  const [big = 0, small = 0] = ['GET:/big', 'GET:/small'].map((type) => byType[type]?.networkBytes);
  assert.deepEqual([byType['GET:/big']?.requests, byType['GET:/small']?.requests], [3, 3]);
  assert.ok(big > 150_000 && big < 152_500, String(big));
  assert.ok(small > 300 && small < 2_500, String(small));
  // What passed since belongs to the next interval.
  await ask(server.port, '/small', { agent });
  assert.equal((await server.observation()).byType['GET:/small']?.networkBytes, small);
});

test('http: a request leaves no listener behind where one type comes on a connection, and none without an end', async (t) => {
  let listeners = 0;
  const server = await start(t, {}, (_incoming, response) => {
    listeners = response.listenerCount('close');
    response.end('hello');
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  await ask(server.port, '/a', { agent });
  // The test's own.
  assert.equal(listeners, 1);
  await ask(server.port, '/a', { agent });
  assert.equal(listeners, 1);
  await ask(server.port, '/b', { agent });
  assert.equal(listeners, 2);
});

test('http: a request without a connection and raw headers is counted with its source, its bytes are not', () => {
  const time = { nowMs: () => 10_000, monotonicMs: () => 0, setTimer: () => ({ cancel: () => {} }) };
  const told: Observation[] = [];
  const recorder = createRecorder({ pool: 'shop', producer: 'web-1', emit: (one) => told.push(one) });
  const hook = recordRequests({ recorder, clock: time });
  const incoming = {
    method: 'GET',
    url: '/a',
    headers: { 'x-forescale-source': 'alice' },
    socket: new EventEmitter(),
  } as unknown as IncomingMessage;
  hook(incoming, new EventEmitter() as unknown as ServerResponse);
  recorder.close(20_000);
  assert.equal(recorder.counts.badSizes, 0);
  assert.deepEqual(told[0]?.load, { requests: 1, cpuSeconds: 0, memoryBytes: 0, networkBytes: 0 });
  assert.deepEqual(told[0]?.bySource.top, [{ source: 'alice', requests: 1 }]);
});
