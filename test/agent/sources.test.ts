/** Sources on real sockets and files; the wall clock is the test's, so nothing here depends on how fast the machine is. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createAccessLogSource } from '../../src/agent/access-log-source.ts';
import { createAgent } from '../../src/agent/index.ts';
import { createOtlpSource } from '../../src/agent/otlp/source.ts';
import { createQuerySource } from '../../src/agent/query-source.ts';
import { createScrapeSource } from '../../src/agent/scrape-source.ts';
import type { Source } from '../../src/agent/source.ts';
import { createStatsdSource } from '../../src/agent/statsd-source.ts';
import { createMemoryBus } from '../../src/adapters/memory/bus.ts';
import { createPrometheusMeter } from '../../src/adapters/prometheus/meter.ts';
import type { SourceSettings } from '../../src/config/source-settings.ts';
import { silentLog } from '../../src/ports/log.ts';
import { createSetClock, createWorld } from './world.ts';
import { until } from '../until.ts';

const START_MS = 1_700_000_040_000;
const INTERVAL_MS = 10_000;
const web = (kind: SourceSettings['kind']): SourceSettings => ({ pool: 'web', intervalMs: INTERVAL_MS, latenessMs: 0, kind });
const signals = { requests: { metric: 'req_total', match: {} }, cpu: { metric: 'cpu_total', match: {} } };
const folder = mkdtempSync(join(tmpdir(), 'forescale-agent-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Closed at the end of the test, passed or not: what goes on would keep the whole run from ending. */
async function serve(t: TestContext, listener: RequestListener): Promise<{ readonly url: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url };
}

async function start(t: TestContext, source: Source): Promise<void> {
  t.after(() => source.stop());
  await source.start();
}

test('scrape: counters become observations, over a restart of the service and one that is away for a while', async (t) => {
  let page: string | undefined = 'req_total{path="/a"} 100\ncpu_total 5\n';
  let asked = 0;
  const server = await serve(t, (_request, response) => {
    asked += 1;
    response.statusCode = page === undefined ? 503 : 200;
    response.end(page ?? 'starting');
  });
  const clock = createSetClock(START_MS);
  const world = createWorld(clock);
  const settings = { name: 'scrape', urls: [`${server.url}/metrics`], everyMs: INTERVAL_MS, typeLabel: 'path', ...signals } as const;
  const source = createScrapeSource(web(settings), settings, world.context);
  await start(t, source);
  const turn = async (text: string | undefined, ms = INTERVAL_MS): Promise<void> => {
    // The reading under way may have begun before the clock was set: two more are certain to have seen it.
    page = text;
    clock.ms += ms;
    const before = asked;
    await until(() => asked >= before + 2, 'another reading');
  };
  await until(() => asked >= 2, 'a reading');
  await turn('req_total{path="/a"} 150\nreq_total{path="/b"} 30\ncpu_total 6\n');
  // Started anew: 20 since then.
  await turn('req_total{path="/a"} 20\nreq_total{path="/b"} 30\ncpu_total 1\n');
  await turn(undefined, 10 * INTERVAL_MS);
  await turn('req_total{path="/a"} 900\nreq_total{path="/b"} 90\ncpu_total 9\n');
  await turn('req_total{path="/a"} 910\nreq_total{path="/b"} 90\ncpu_total 9.5\n');
  await source.stop();
  const told = world.observations.map(({ intervalStartMs, load }) => [
    (intervalStartMs - START_MS) / INTERVAL_MS,
    Math.round(load.requests),
    load.cpuSeconds,
  ]);
  assert.deepEqual(told.slice(0, 2), [
    [0, 80, 1],
    [1, 20, 1],
  ]);
  assert.deepEqual(told.at(-1), [13, 10, 0.5], 'what it counted while it was away is not told as if it were now');
  assert.ok(
    told.every(([i = 0]) => i < 2 || i >= 12),
    JSON.stringify(told),
  );
  assert.deepEqual(Object.keys(world.observations[0]?.byType ?? {}), ['/a', '/b']);
  assert.equal(world.observations[0]?.producer, new URL(server.url).host);
  assert.ok(world.counted('forescale_agent_refused_total{source="scrape",reason="unreachable"}') >= 1);
});

test('scrape: an endpoint that answers HTML, or is not there, tells nothing and is counted', async (t) => {
  const server = await serve(t, (_request, response) => response.end('<html><body>Welcome</body></html>\n'));
  const world = createWorld();
  const urls = [server.url, 'http://127.0.0.1:1/metrics'];
  const settings = { name: 'scrape', urls, everyMs: 1_000, ...signals } as const;
  const source = createScrapeSource(web(settings), settings, world.context);
  await start(t, source);
  await until(() => world.counted('forescale_agent_refused_total{source="scrape",reason="no-samples"}') >= 1, 'HTML is refused');
  await until(() => world.counted('forescale_agent_refused_total{source="scrape",reason="unreachable"}') >= 1, 'nothing there');
  await source.stop();
  assert.deepEqual(world.observations, []);
});

test('scrape: an endpoint that never answers is counted, and does not hold up the one that does', async (t) => {
  const slow = await serve(t, () => {});
  const quick = await serve(t, (_request, response) => response.end('req_total{path="/a"} 1\n'));
  const world = createWorld();
  const settings = { name: 'scrape', urls: [slow.url, quick.url], everyMs: 1_000, ...signals } as const;
  const source = createScrapeSource(web(settings), settings, world.context);
  await start(t, source);
  await until(() => world.counted('forescale_agent_samples_total{source="scrape"}') >= 2, 'the quick one is read again and again');
  await until(() => world.counted('forescale_agent_refused_total{source="scrape",reason="unreachable"}') >= 1, 'the slow one is given up');
  await source.stop();
});

test('scrape: an endpoint that lies costs what it says, never a number that is none', async (t) => {
  let reading = 0;
  const lies = ['NaN', '-5', '+Inf', '1e308', '-1e308', '0', '7', 'NaN', '12'];
  const server = await serve(t, (_request, response) => {
    reading += 1;
    response.end(`req_total{path="/a"} ${lies[reading % lies.length]}\ncpu_total ${lies[(reading + 3) % lies.length]}\n`);
  });
  const clock = createSetClock(START_MS + 10);
  const world = createWorld(clock);
  const settings = { name: 'scrape', urls: [server.url], everyMs: 1_000, ...signals } as const;
  const source = createScrapeSource(web(settings), settings, world.context);
  await start(t, source);
  for (let turn = 0; turn < 12; turn += 1) {
    const before = reading;
    clock.ms += INTERVAL_MS;
    await until(() => reading >= before + 2, 'another reading');
  }
  await source.stop();
  assert.ok(world.observations.length > 0, 'it goes on');
  for (const { load } of world.observations)
    for (const [name, value] of Object.entries(load)) assert.ok(Number.isFinite(value) && value >= 0, `${name} ${value}`);
});

test('query: history comes first, in order and once; then what is new; a failure leaves no gap', async (t) => {
  const queries: URLSearchParams[] = [];
  let isDown = false;
  const server = await serve(t, (request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://x');
    if (isDown) {
      response.writeHead(500).end('oh');
      return;
    }
    queries.push(searchParams);
    const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(searchParams.get(name)));
    const values: [number, string][] = [];
    // Every seventh value is missing at the server, too.
    for (let at = start ?? 0; at <= (end ?? 0); at += step ?? 1)
      if ((at / 10) % 7 !== 0) values.push([at, String(searchParams.get('query')?.startsWith('cpu') ? 0.5 : 3)]);
    response.end(JSON.stringify({ status: 'success', data: { result: [{ metric: {}, values }] } }));
  });
  const clock = createSetClock(START_MS + 3_000);
  const world = createWorld(clock);
  const settings = {
    name: 'query',
    url: server.url,
    requests: 'sum(rate(req_total[$interval]))',
    cpu: 'cpu',
    historyMs: 200_000,
    delayMs: 5_000,
  } as const;
  const source = createQuerySource(web(settings), settings, world.context);
  await start(t, source);
  const last = (): number => world.observations.at(-1)?.intervalStartMs ?? 0;
  await until(() => last() >= START_MS - 30_000, 'history');
  isDown = true;
  clock.ms += 4 * INTERVAL_MS;
  await until(() => world.counted('forescale_agent_refused_total{source="query",reason="unreachable"}') >= 1, 'a failure');
  isDown = false;
  await until(() => last() >= START_MS + 20_000, 'what was missed');
  await source.stop();
  const starts = world.observations.map(({ intervalStartMs }) => intervalStartMs);
  const wanted: number[] = [];
  for (let at = START_MS - 200_000; at <= START_MS + 20_000; at += INTERVAL_MS)
    if (((at + INTERVAL_MS) / 10_000) % 7 !== 0) wanted.push(at);
  assert.deepEqual(starts, wanted);
  const awaited = world.observations.filter(({ final }) => final !== true).map(({ intervalStartMs }) => intervalStartMs);
  assert.deepEqual(awaited, [START_MS - 20_000, START_MS + 20_000], 'of the past nobody waits for the next one');
  assert.deepEqual(world.observations[0]?.load, { requests: 30, cpuSeconds: 5, memoryBytes: 0, networkBytes: 0 });
  assert.equal(queries[0]?.get('query'), 'sum(rate(req_total[10s]))');
});

test('query: a Prometheus that answers HTML, an error, two series or nonsense is counted, and what it says later is told', async (t) => {
  const matrix = (values: unknown, more: readonly unknown[] = []) =>
    JSON.stringify({ status: 'success', data: { result: [{ metric: {}, values }, ...more] } });
  const lies = [
    '<html><body>Sign in</body></html>',
    '{"status":"error","error":"parse error"}',
    '{"status":"success","data":{"resultType":"matrix"}}',
    '[]',
    matrix([[START_MS / 1_000, '3']], [{ metric: {}, values: [] }]),
    matrix([1, 2]),
  ];
  let asked = 0;
  let truth: string | undefined;
  const server = await serve(t, (_request, response) => {
    asked += 1;
    response.end(truth ?? lies[asked % lies.length]);
  });
  const clock = createSetClock(START_MS + 6_000);
  const world = createWorld(clock);
  const settings = { name: 'query', url: server.url, requests: 'r', historyMs: 40_000, delayMs: 5_000 } as const;
  const source = createQuerySource(web(settings), settings, world.context);
  await start(t, source);
  await until(() => asked >= 2 * lies.length, 'all of them');
  assert.equal(world.observations.length, 0);
  assert.ok(world.counted('forescale_agent_refused_total{source="query",reason="bad-answer"}') >= lies.length);
  const at = (i: number): number => (START_MS - 30_000 + i * INTERVAL_MS) / 1_000;
  // Negative, no number, beyond all bounds, of another time: none of them is a load.
  truth = matrix([
    [at(0), '-3'],
    [at(1), 'NaN'],
    [at(2), '1e308'],
    [at(3), '4'],
    [at(0) + 1e6, '5'],
  ]);
  await until(() => world.observations.length > 0, 'the one value that can be');
  await source.stop();
  assert.deepEqual(
    world.observations.map(({ intervalStartMs, load }) => [intervalStartMs, load.requests]),
    [[START_MS - INTERVAL_MS, 40]],
  );
});

test('query: a Prometheus that never answers is given up when the source ends, and tells nothing', async (t) => {
  let asked = 0;
  const server = await serve(t, () => void (asked += 1));
  const world = createWorld(createSetClock(START_MS + 6_000));
  const settings = { name: 'query', url: server.url, requests: 'r', historyMs: 40_000, delayMs: 5_000 } as const;
  const source = createQuerySource(web(settings), settings, world.context);
  await start(t, source);
  await until(() => asked === 1, 'it is asked');
  await source.stop();
  assert.deepEqual([world.observations, asked], [[], 1]);
});

test('access log: of the lines that do not parse all are counted, and one a minute is said, cut short', async (t) => {
  const path = join(folder, 'hostile.log');
  writeFileSync(path, '');
  const clock = createSetClock(START_MS);
  const world = createWorld(clock);
  const said: string[] = [];
  const log = { ...silentLog, warn: (fields: Readonly<Record<string, unknown>>) => void said.push(String(fields['example'])) };
  const settings = { name: 'access-log', path, format: 'combined', producer: 'nginx' } as const;
  const source = createAccessLogSource(web(settings), settings, { ...world.context, log });
  await start(t, source);
  await new Promise((resolve) => setTimeout(resolve, 100));
  appendFileSync(path, `${'no line of a log '.repeat(30)}\n`.repeat(500));
  await until(() => world.counted('forescale_agent_refused_total{source="access-log",reason="bad-line"}') === 500, 'all are counted');
  await source.stop();
  assert.equal(said.length, 1);
  assert.ok((said[0]?.length ?? 0) <= 200);
  assert.deepEqual(world.observations, []);
});

test('statsd: packets become observations; a sender that falls silent is missing, not idle', async (t) => {
  const clock = createSetClock(START_MS);
  const world = createWorld(clock);
  const settings = { name: 'statsd', host: '127.0.0.1', port: 0, typeLabel: 'route', ...signals } as const;
  const source = createStatsdSource(web(settings), settings, world.context);
  await start(t, source);
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  const send = async (packet: string): Promise<void> => {
    const series = 'forescale_agent_samples_total{source="statsd"}';
    const before = world.counted(series);
    // UDP may lose even here: sent until one came, so amounts are not exact by the packet but by the count.
    await new Promise<void>((resolve, reject) =>
      socket.send(packet, source.port ?? 0, '127.0.0.1', (error) => (error === null ? resolve() : reject(error))),
    );
    await until(() => world.counted(series) > before, 'a packet');
  };
  await send('req_total:5|c|#route:/a\nnonsense\nlevel:3|g');
  clock.ms += INTERVAL_MS;
  await send('req_total:4|c|@0.5|#route:/a');
  clock.ms += INTERVAL_MS;
  await until(() => world.observations.length >= 2, 'two observations');
  clock.ms += INTERVAL_MS;
  await until(() => world.observations.length >= 3, 'an idle interval');
  clock.ms += 5 * INTERVAL_MS;
  await new Promise((resolve) => setTimeout(resolve, 100));
  await source.stop();
  assert.deepEqual(
    world.observations.slice(0, 3).map(({ intervalStartMs, load, producer }) => [intervalStartMs - START_MS, load.requests, producer]),
    [
      [0, 5, '127.0.0.1'],
      [INTERVAL_MS, 8, '127.0.0.1'],
      [2 * INTERVAL_MS, 0, '127.0.0.1'],
    ],
  );
  assert.ok(world.observations.every(({ intervalStartMs }) => intervalStartMs <= START_MS + 3 * INTERVAL_MS));
  assert.equal(world.counted('forescale_agent_refused_total{source="statsd",reason="bad-line"}'), 1);
});

test('otlp: exports in JSON and gzip become observations; what is no export is answered 400 and counted', async (t) => {
  const clock = createSetClock(START_MS);
  const world = createWorld(clock);
  const settings = { name: 'otlp', host: '127.0.0.1', port: 0, periodMs: 10_000, ...signals } as const;
  const source = createOtlpSource(web(settings), settings, world.context);
  await start(t, source);
  const url = `http://127.0.0.1:${source.port}/v1/metrics`;
  const body = (count: number): string => {
    const sum = { isMonotonic: true, aggregationTemporality: 2, dataPoints: [{ asInt: String(count) }] };
    const resource = { attributes: [{ key: 'service.instance.id', value: { stringValue: 'pod-7' } }] };
    return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name: 'req_total', sum }] }] }] });
  };
  const json = { 'content-type': 'application/json' };
  const post = async (content: string | Uint8Array, headers: Record<string, string> = json, to = url): Promise<number> =>
    (await fetch(to, { method: 'POST', body: content, headers })).status;
  assert.equal(await post(body(100)), 200);
  clock.ms += INTERVAL_MS;
  assert.equal(await post(gzipSync(body(170)), { ...json, 'content-encoding': 'gzip' }), 200);
  const [told] = world.observations;
  assert.deepEqual([told?.producer, told?.intervalStartMs, told?.load.requests], ['pod-7', START_MS, 70]);
  assert.equal(await post('{"resourceMetrics":'), 400);
  assert.equal(await post(body(1), { 'content-type': 'text/html' }), 400);
  assert.equal(await post(gzipSync(body(1)).subarray(0, 40), { ...json, 'content-encoding': 'gzip' }), 400);
  assert.equal(await post(gzipSync(Buffer.alloc(17 * 1024 * 1024)), { ...json, 'content-encoding': 'gzip' }), 400, 'a bomb');
  assert.equal(await post(Uint8Array.of(10, 200), { 'content-type': 'application/x-protobuf' }), 400);
  assert.equal(await post('{}', json, `http://127.0.0.1:${source.port}/v1/traces`), 404);
  assert.equal(world.counted('forescale_agent_refused_total{source="otlp",reason="bad-body"}'), 5);
  await source.stop();
});

test('access log: follows the file over rotation and truncation, from its end on', async (t) => {
  const path = join(folder, 'access.log');
  const clock = createSetClock(START_MS);
  const world = createWorld(clock);
  const line = (at: number, bytes = 10): string =>
    `10.0.0.${at % 9} - - [${new Date(START_MS + at).toISOString()}] "GET /a HTTP/1.1" 200 ${bytes}\n`;
  writeFileSync(path, line(0).repeat(50));
  const settings = { name: 'access-log', path, format: 'combined', producer: 'nginx' } as const;
  const source = createAccessLogSource(web(settings), settings, world.context);
  const samples = (): number => world.counted('forescale_agent_samples_total{source="access-log"}');
  await start(t, source);
  await new Promise((resolve) => setTimeout(resolve, 100));
  appendFileSync(path, line(1_000) + line(2_000).slice(0, 20));
  await until(() => samples() === 1, 'the first line');
  appendFileSync(path, `${line(2_000).slice(20)}what is this\n`);
  await until(() => samples() === 2, 'a line in two pieces');
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, line(3_000));
  writeFileSync(path, line(4_000));
  await until(() => samples() === 4, 'the end of the old file, and the new one');
  truncateSync(path, 0);
  await new Promise((resolve) => setTimeout(resolve, 100));
  appendFileSync(path, line(5_000));
  await until(() => samples() === 5, 'after it was cut to nothing');
  const check = line(5_500).replace('\n', ' "-" "kube-probe/1.36"\n');
  appendFileSync(path, `${'x'.repeat(100_000)}\n${check}${line(6_000)}`);
  await until(() => samples() === 6, 'after a line without end, and a health check, which is no load');
  clock.ms += 12_000;
  await until(() => world.observations.length >= 1, 'an observation');
  await source.stop();
  const [told] = world.observations;
  assert.deepEqual(
    [told?.producer, told?.load.requests, told?.load.networkBytes, Object.keys(told?.byType ?? {})],
    ['nginx', 6, 60, ['GET:/a']],
  );
  assert.equal(world.counted('forescale_agent_refused_total{source="access-log",reason="bad-line"}'), 1);
  assert.equal(world.counted('forescale_agent_refused_total{source="access-log",reason="long-line"}'), 1);
});

test('access log: a file that is not there is missing, and read from its beginning once it is', async (t) => {
  const path = join(folder, 'later.log');
  const clock = createSetClock(START_MS);
  const world = createWorld(clock);
  const settings = { name: 'access-log', path, format: 'json', producer: 'caddy' } as const;
  const source = createAccessLogSource(web(settings), settings, world.context);
  await start(t, source);
  await until(() => world.counted('forescale_agent_refused_total{source="access-log",reason="missing"}') >= 1, 'it is missed');
  clock.ms += 30_000;
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual(world.observations, []);
  writeFileSync(path, `{"time":${clock.ms / 1_000},"remote_addr":"a"}\n`);
  await until(() => world.counted('forescale_agent_samples_total{source="access-log"}') === 1, 'its first line');
  await source.stop();
});

test('agent: what its sources tell arrives at the analyzers of the producer and of the total', async (t) => {
  const clock = createSetClock(START_MS);
  const bus = createMemoryBus({ clock });
  const port = await freePort();
  const settings = web({ name: 'otlp', host: '127.0.0.1', port, periodMs: 10_000, ...signals });
  const agent = createAgent({ sources: [settings], bus, clock, log: silentLog, meter: createPrometheusMeter() });
  await start(t, agent);
  const taken = createAgent({ sources: [settings], bus, clock, log: silentLog, meter: createPrometheusMeter() });
  await assert.rejects(taken.start(), /EADDRINUSE/, 'the port is taken');
  const point = (count: number) => ({
    name: 'req_total',
    sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [{ asInt: count }] },
  });
  for (const count of [1, 8]) {
    const body = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [point(count)] }] }] });
    await fetch(`http://127.0.0.1:${port}/v1/metrics`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    clock.ms += INTERVAL_MS;
  }
  await agent.stop();
  const shards = Array.from({ length: 64 }, (_, shard) => ({ shard, after: '0-0' }));
  const entries = (await bus.readAfter(shards, 10, 0)).flatMap((one) => one.entries);
  assert.deepEqual(entries.map(({ to }) => to).toSorted(), ['pla:web', 'pla:web/otlp']);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return port;
}
