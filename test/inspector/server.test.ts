/** The inspector's server: a real node in virtual time, real HTTP. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { Compile } from 'typebox/compile';
import type { PlanInputs } from '../../src/planning/inputs.ts';
import type { PoolDetail, PoolNews } from '../../src/inspector/api/pools.ts';
import type { EventStream } from '../../src/inspector/server/event-stream.ts';
import type { Subscription } from '../../src/inspector/server/hub.ts';
import type { ServerCounts, Source } from '../../src/inspector/source.ts';
import { createInspector } from '../../src/inspector/inspector.ts';
import { openApiDocument } from '../../src/inspector/api/openapi.ts';
import { InputError } from '../../src/problems.ts';
import { pseAddress, shardOf } from '../../src/protocol/address.ts';
import { silentLog } from '../../src/ports/log.ts';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { inspected, type Inspected } from './fixtures.ts';

const TOKEN = 'a-token-of-enough-characters';
let calm: Inspected;

before(async () => {
  calm = await inspected();
  await calm.pass(40);
});
after(() => calm.close());

async function lastDecision(on: Inspected): Promise<string> {
  const { body } = await on.get('/api/v1/pools/web/decisions?limit=1');
  const [first] = body['decisions'] as { id: string }[];
  return first?.id ?? '';
}

test('inspector server: every answer is what its schema says', async () => {
  const id = encodeURIComponent(await lastDecision(calm));
  const example: Readonly<Record<string, string>> = {
    '/api/v1/pools/{pool}': '/api/v1/pools/web',
    '/api/v1/pools/{pool}/forecast': '/api/v1/pools/web/forecast',
    '/api/v1/pools/{pool}/decisions': '/api/v1/pools/web/decisions',
    '/api/v1/decision': `/api/v1/decision?id=${id}`,
    '/api/v1/replay': `/api/v1/replay?id=${id}`,
    '/api/v1/actor': '/api/v1/actor?address=pla:web',
  };
  for (const route of calm.source.routes.filter(({ method }) => method === 'GET')) {
    const { status, body } = await calm.get(example[route.path] ?? route.path);
    assert.equal(status, 200, route.path);
    const [first] = Compile(route.response).Errors(body);
    assert.equal(first, undefined, `${route.path} ${JSON.stringify(first)}`);
  }
});

test('inspector server: the forecast of a pool is its last report; of one that does not exist 404, before the first 503', async () => {
  const { body } = await calm.get('/api/v1/pools/web/forecast');
  assert.deepEqual([body['pool'], body['producer'], body['ready']], ['web', null, true]);
  assert.equal((await calm.get('/api/v1/pools/nobody/forecast')).status, 404);
  const fresh = await inspected();
  assert.equal((await fresh.get('/api/v1/pools/web/forecast')).status, 503);
  await fresh.close();
});

test('inspector server: its document names every route, and none that there is not', async () => {
  const { body } = await calm.get('/api/v1/openapi.json');
  const paths = Object.keys(body['paths'] as object).sort();
  assert.deepEqual(paths, [...calm.source.routes.map(({ path }) => path), '/api/v1/about', '/api/v1/openapi.json'].sort());
  const again = openApiDocument(calm.source.routes, '1.2.3');
  assert.deepEqual(
    JSON.parse(JSON.stringify((again['paths'] as Record<string, unknown>)['/api/v1/pools'])),
    (body['paths'] as Record<string, unknown>)['/api/v1/pools'],
  );
});

test('inspector server: what a pool did is there, newest decision last, and each can be replayed to the same plan', async () => {
  const { body } = await calm.get('/api/v1/pools/web');
  const points = body['points'] as { atMs: number; load: number | null; bands: number[][] | null }[];
  assert.ok(points.length >= 38, `${points.length} points`);
  assert.ok(points.some(({ bands }) => bands !== null && bands.length === 3 && bands.every((band) => band.length === 5)));
  const decisions = body['decisions'] as { id: string; atMs: number }[];
  assert.ok(decisions.every(({ atMs }, i) => i === 0 || atMs >= (decisions[i - 1]?.atMs ?? 0)));
  for (const { id } of decisions.slice(-5)) {
    const replayed = await calm.get(`/api/v1/replay?id=${encodeURIComponent(id)}`);
    assert.equal(replayed.body['same'], true, id);
    assert.ok((replayed.body['compared'] as number) > 10);
  }
});

test('inspector server: what is skimmed of reports and decisions is what they say when they are decoded', async () => {
  const { body } = await calm.get('/api/v1/pools/web');
  const { points, decisions, experts } = body as unknown as PoolDetail;
  const reports = (await calm.world.published('reports', 'state-report')).filter(({ producer }) => producer === null);
  for (const point of points) {
    const report = reports.find(({ originMs }) => originMs === point.atMs);
    const resource = report?.resources.find((one) => one.resource === 'requests');
    assert.ok(report !== undefined && resource !== undefined);
    const { confidence, coverage, current, skill } = resource;
    assert.deepEqual([point.load, point.confidence, point.coverage, point.skill], [current, confidence, coverage.measured, skill]);
    for (const [i, weight] of point.weights.entries()) assert.equal(weight, report.model.weights[experts[i] ?? ''] ?? 0);
    const answers = resource.forecasts.filter(({ kind }) => kind === 'point');
    const median = report.levels.indexOf(0.5);
    const medians = answers.map(({ quantiles }) => Number(quantiles[median]?.toPrecision(5)));
    assert.deepEqual(point.bands?.map((band) => band[2]) ?? [], medians);
  }
  const published = await calm.world.published('decisions', 'decision');
  assert.equal(decisions.length, published.length);
  for (const [i, { plan, inputs, action }] of published.entries()) {
    const { target } = inputs as PlanInputs;
    const { id, to, requested, ready, action: carried } = decisions[i] ?? {};
    assert.deepEqual([id, to, requested, ready, carried], [plan.id, plan.replicas, target.requestedReplicas, target.readyReplicas, action]);
  }
});

test('inspector server: a page is told what is new since it last was, and two that show the same are told the same', async () => {
  const node = await inspected();
  try {
    await node.pass(5);
    const { cursor } = (await node.get('/api/v1/pools/web')).body as unknown as PoolDetail;
    const query = { pool: 'web', pools: '1', points: `${cursor.points}`, decisions: `${cursor.decisions}`, actions: `${cursor.actions}` };
    const [one, two] = [node.source.subscribe(query), node.source.subscribe(query)];
    assert.deepEqual(told(one).names, ['pools'], 'each pool once, and nothing new of the one that is shown');
    told(two);
    await node.pass(2);
    await node.source.refresh();
    const first = told(one);
    assert.deepEqual(first.names, ['pools', 'pool']);
    assert.deepEqual(told(two), first);
    const news = JSON.parse(first.texts[1] ?? '') as PoolNews;
    assert.equal(news.points.length, news.cursor.points - cursor.points);
    assert.equal(news.row.pool, 'web');
    assert.deepEqual(told(one).names, []);
  } finally {
    await node.close();
  }
});

/** What a page would be given now. */
function told(subscription: Subscription): { readonly names: string[]; readonly texts: string[] } {
  const names: string[] = [];
  const texts: string[] = [];
  const sendText = (name: string, text: string): void => {
    names.push(name);
    texts.push(text);
  };
  subscription.tell({ sendText } as EventStream);
  return { names, texts };
}

test('inspector server: a decision says what would have changed it', async () => {
  const { body } = await calm.get(`/api/v1/decision?id=${encodeURIComponent(await lastDecision(calm))}`);
  const whatIf = body['whatIf'] as { condition: string; replicas: number }[];
  const { replicas } = (body['decision'] as { plan: { replicas: number } }).plan;
  assert.ok(whatIf.length > 0);
  assert.ok(whatIf.every((one) => one.replicas !== replicas));
});

test('inspector server: what is not there is said, with what to do', async () => {
  for (const [path, status, code] of [
    ['/api/v1/pools/none', 404, 'unknown-pool'],
    ['/api/v1/pools/%ff', 404, 'unknown-path'],
    ['/api/v1/decision?id=web/999999', 404, 'unknown-decision'],
    ['/api/v1/decision', 400, 'bad-query'],
    ['/api/v1/actor?address=pla:none', 404, 'unknown-actor'],
    ['/api/v1/nothing', 404, 'unknown-path'],
    ['/api/v1/control', 405, 'wrong-method'],
  ] as const) {
    const got = await calm.get(path);
    assert.equal(got.status, status, path);
    assert.equal((got.body['error'] as { code: string }).code, code, path);
  }
  assert.equal((await calm.get('/../../package.json')).status, 404);
  assert.equal((await calm.get('/assets/..%2f..%2fpackage.json')).status, 404);
});

test('inspector server: every answer forbids frames, inline scripts and anything from elsewhere', async () => {
  for (const path of ['/', '/api/v1/about', '/healthz', '/nothing']) {
    const { headers } = await calm.get(path);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/, path);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.ok(!policy.includes('unsafe'), path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }
});

/** fetch does not let a host header be set. */
function rawGet(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${url}/api/v1/pools`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

test('inspector server: a name that was bent onto this address is refused, and pages of other sites are', async () => {
  const { port } = new URL(calm.url);
  assert.equal(await rawGet(calm.url, { host: `evil.example:${port}` }), 421);
  assert.equal(await rawGet(calm.url, { host: `localhost:${port}` }), 200);
  assert.equal(await rawGet(calm.url, { host: `[::1]:${port}` }), 200);
  assert.equal(await rawGet(calm.url, { origin: 'http://evil.example' }), 403);
  assert.equal(await rawGet(calm.url, { origin: 'null' }), 403);
  assert.equal(await rawGet(calm.url, { 'sec-fetch-site': 'cross-site' }), 403);
  assert.equal(await rawGet(calm.url, { 'sec-fetch-site': 'same-origin', origin: calm.url }), 200);
});

test('inspector server: it only shows unless acting was enabled', async () => {
  const got = await calm.post('/api/v1/control', { pool: 'web', command: 'pause', by: 'ann', reason: 'test' });
  assert.equal(got.status, 403);
  assert.equal((got.body['error'] as { code: string }).code, 'read-only');
});

test('inspector server: a pause goes to the pool, shows in its next decision and stands in the audit; forms of other sites do not', async () => {
  const acting = await inspected({ mayAct: true });
  try {
    await acting.pass(5);
    const order = { pool: 'web', command: 'pause', by: 'ann', reason: 'a rollout' };
    assert.equal((await acting.post('/api/v1/control', order, { 'x-forescale': '' })).status, 403);
    assert.equal((await acting.post('/api/v1/control', order, { origin: 'http://evil.example' })).status, 403);
    assert.equal((await acting.post('/api/v1/control', 'pool=web', { 'content-type': 'application/x-www-form-urlencoded' })).status, 415);
    assert.equal((await acting.post('/api/v1/control', { ...order, command: 'destroy' })).status, 400);
    assert.equal((await acting.post('/api/v1/control', { ...order, pool: 'none' })).status, 404);
    assert.equal((await acting.post('/api/v1/control', { ...order, reason: 'x'.repeat(20_000) })).status, 413);
    assert.equal((await acting.post('/api/v1/control', order)).status, 200);
    await acting.pass(2);
    const { body } = await acting.get('/api/v1/pools');
    assert.equal((body['pools'] as { autonomy: string }[])[0]?.autonomy, 'paused');
    const cluster = await acting.get('/api/v1/cluster');
    assert.deepEqual(
      (cluster.body['audit'] as { what: string; by: string; reason: string }[]).map(({ what, by, reason }) => ({ what, by, reason })),
      [{ what: 'pause', by: 'ann', reason: 'a rollout' }],
    );
    const published = await acting.world.published('controls', 'control');
    assert.equal(published.length, 1);
  } finally {
    await acting.close();
  }
});

test('inspector server: a dead letter is shown with its content and reason, replayed once, and gone then', async () => {
  const acting = await inspected({ mayAct: true });
  try {
    const to = pseAddress('web');
    await acting.world.bus.append([
      { shard: shardOf(to), to, contentType: 'application/json', body: Buffer.from('<b>no JSON'), atMs: acting.world.kernel.clock.nowMs() },
    ]);
    await acting.pass(1);
    const { body } = await acting.get('/api/v1/cluster');
    const [letter] = body['deadLetters'] as { shard: number; id: string; code: string; content: string; to: string }[];
    assert.equal(letter?.to, to);
    assert.match(letter?.content ?? '', /<b>no JSON/);
    const order = { shard: letter?.shard, id: letter?.id, do: 'drop', by: 'ann', reason: 'it is no message' };
    assert.equal((await acting.post('/api/v1/dead-letter', { ...order, do: 'replay' })).status, 200);
    await acting.pass(1);
    const [again] = (await acting.get('/api/v1/cluster')).body['deadLetters'] as { id: string }[];
    assert.notEqual(again?.id, letter?.id);
    assert.equal((await acting.post('/api/v1/dead-letter', { ...order, id: again?.id })).status, 200);
    assert.equal((await acting.post('/api/v1/dead-letter', { ...order, id: again?.id })).status, 404);
    assert.deepEqual((await acting.get('/api/v1/cluster')).body['deadLetters'], []);
  } finally {
    await acting.close();
  }
});

test('inspector server: a node is drained by a person with a reason, another node is not', async () => {
  let drained = 0;
  const acting = await inspected({ mayAct: true, onDrain: () => (drained += 1) });
  try {
    const order = { node: 'n1', by: 'ann', reason: 'a new kernel' };
    assert.equal((await calm.post('/api/v1/drain', order)).status, 403);
    assert.equal((await acting.post('/api/v1/drain', { node: 'n1', by: 'ann' })).status, 400);
    assert.equal((await acting.post('/api/v1/drain', { ...order, node: 'n2' })).status, 404);
    await acting.world.kernel.runFor(1_000);
    assert.equal(drained, 0);
    assert.equal((await acting.post('/api/v1/drain', order)).status, 200);
    assert.equal(drained, 0, 'the answer goes out first');
    const [row] = (await acting.get('/api/v1/cluster')).body['audit'] as { what: string; by: string; reason: string }[];
    assert.deepEqual([row?.what, row?.by, row?.reason], ['drain n1', 'ann', 'a new kernel']);
    await acting.world.kernel.runFor(1_000);
    assert.equal(drained, 1);
  } finally {
    await acting.close();
  }
});

test('inspector server: with a token nothing of the node is told without it, and guessing is stopped', async () => {
  const closed = await inspected({ token: TOKEN });
  try {
    for (const path of ['/api/v1/about', '/api/v1/pools', '/metrics', '/api/v1/events'])
      assert.equal((await closed.get(path)).status, 401, path);
    assert.equal((await closed.get('/healthz')).status, 200);
    assert.equal((await closed.get('/api/v1/pools', { authorization: `Bearer ${TOKEN}` })).status, 200);
    const opened = await closed.post('/api/v1/session', { token: TOKEN });
    const cookie = opened.headers.get('set-cookie') ?? '';
    assert.match(cookie, /HttpOnly; SameSite=Strict/);
    assert.ok(!cookie.includes(TOKEN));
    assert.equal((await closed.get('/api/v1/pools', { cookie: cookie.split(';')[0] ?? '' })).status, 200);
    assert.equal((await closed.get('/api/v1/pools', { cookie: 'forescale_session=guess' })).status, 401);
    for (let i = 0; i < 10; i++) assert.equal((await closed.post('/api/v1/session', { token: `guess-${i}` })).status, 401);
    assert.equal((await closed.post('/api/v1/session', { token: TOKEN })).status, 429);
    assert.equal((await closed.get('/api/v1/pools', { authorization: `Bearer ${TOKEN}` })).status, 429);
  } finally {
    await closed.close();
  }
});

test('inspector server: it does not open to the network without a token', () => {
  const base = { source: calm.source, clock: createSystemClock(), log: silentLog, version: '1' };
  assert.throws(() => createInspector({ ...base, host: '0.0.0.0' }), InputError);
  assert.throws(() => createInspector({ ...base, token: 'short' }), InputError);
  assert.doesNotThrow(() => createInspector({ ...base, host: '0.0.0.0', token: TOKEN }));
});

test('inspector server: a browser that takes nothing is left out and counted, nothing is queued for it, and others get everything', async () => {
  const told = { slow: 0, quick: 0 };
  let counts: ServerCounts = { viewers: () => 0, dropped: () => 0 };
  // More than the system's buffers take, at every tick.
  const much = 'y'.repeat(8_000_000);
  const source: Source = {
    ...calm.source,
    refresh: async () => {},
    watched: () => {},
    noteServer: (given) => void (counts = given),
    subscribe: ({ who }) => ({
      tell(stream) {
        if (who === 'slow') {
          told.slow += 1;
          stream.send('much', much);
        } else {
          told.quick += 1;
          stream.send('little', told.quick);
        }
      },
    }),
  };
  const inspector = createInspector({ source, clock: createSystemClock(), log: silentLog, version: '1', port: 0 });
  const url = await inspector.start();
  const slow = connect(Number(new URL(url).port), '127.0.0.1');
  const page = new AbortController();
  try {
    slow.pause();
    slow.write('GET /api/v1/events?who=slow HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const response = await fetch(`${url}/api/v1/events?who=quick`, { signal: page.signal });
    let seen = '';
    for await (const part of response.body ?? []) {
      seen += Buffer.from(part as Uint8Array).toString('utf8');
      if (counts.dropped() >= 3) break;
    }
    assert.ok(told.slow <= 2, `it was given ${told.slow} times`);
    assert.ok(told.quick > told.slow);
    assert.match(seen, /event: little\ndata: 1\n\n/);
    assert.equal(counts.viewers(), 2);
  } finally {
    page.abort();
    slow.destroy();
    await inspector.stop();
  }
});

test('inspector server: actors are listened to only while a page is open', async () => {
  const watched = await inspected();
  const page = new AbortController();
  try {
    await watched.pass(2);
    const before = await watched.get('/api/v1/actor?address=pse:web');
    assert.equal(before.body['listeningSinceMs'], null);
    assert.deepEqual(before.body['messages'], []);
    await fetch(`${watched.url}/api/v1/events`, { signal: page.signal });
    await watched.pass(2);
    const during = await watched.get('/api/v1/actor?address=pse:web');
    assert.ok((during.body['messages'] as unknown[]).length > 2);
    assert.ok((during.body['messages'] as { active: string[] }[])[0]?.active.includes('planning'));
    page.abort();
    for (let wait = 0; wait < 100 && (await watched.get('/api/v1/actor?address=pse:web')).body['listeningSinceMs'] !== null; wait++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal((await watched.get('/api/v1/actor?address=pse:web')).body['listeningSinceMs'], null);
  } finally {
    page.abort();
    await watched.close();
  }
});

test('inspector server: the machine that is drawn is the machine that runs', async () => {
  const { body } = await calm.get('/api/v1/actor?address=pse:web');
  const chart = body['chart'] as { kind: string; children: { path: string; children: { path: string }[] }[] };
  assert.equal(chart.kind, 'parallel');
  const paths = chart.children.flatMap(({ path, children }) => [path, ...children.map((child) => child.path)]);
  assert.deepEqual(paths, ['planning', 'planning.watching', 'planning.assessing', 'action', 'action.none', 'action.underWay']);
  const { active } = body['row'] as { active: string[] };
  assert.ok(active.length > 0 && active.every((path) => paths.includes(path)));
});
