import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { parseStat, takesRequests } from '../../../src/adapters/haproxy/stat.ts';
import { ask, scaleTo, untilReady } from '../local/support.ts';
import { noHaproxy, startHaproxy, type Haproxy } from './support.ts';
import { pause, until } from '../../until.ts';

const options = noHaproxy === undefined ? { timeout: 60_000 } : { skip: noHaproxy };

async function open(t: TestContext): Promise<Haproxy> {
  const haproxy = await startHaproxy();
  t.after(() => haproxy.close());
  return haproxy;
}

/** Servers of the backend by HAProxy's own word. */
async function servers({ api }: Haproxy): Promise<Readonly<Record<string, string>>> {
  const rows = parseStat(await api.ask('show stat web 6 -1')).filter(({ name }) => name !== 'BACKEND');
  return Object.fromEntries(rows.map((row) => [row.name, takesRequests(row) ? 'takes' : row.status]));
}

test('haproxy: replicas become servers of its backend, and scaling loses no request', options, async (t) => {
  const haproxy = await open(t);
  const target = haproxy.target();
  await target.start();
  await untilReady(target, 'web', 1);
  const statuses = new Map<number | string, number>();
  const end = new AbortController();
  const client = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const status = await ask(`${haproxy.url}/?ms=20`).then(
        ({ status: code }) => code,
        (error: Error) => error.message,
      );
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const clients = Array.from({ length: 8 }, client);
  await scaleTo(target, 'web', 3);
  await untilReady(target, 'web', 3);
  assert.deepEqual(await servers(haproxy), { 'web-1': 'takes', 'web-2': 'takes', 'web-3': 'takes' });
  await pause(300);
  await scaleTo(target, 'web', 1);
  await until(async () => Object.keys(await servers(haproxy)).length === 1, 'two servers are removed');
  end.abort();
  await Promise.all(clients);
  assert.deepEqual([...statuses.keys()], [200]);
  assert.deepEqual(await servers(haproxy), { 'web-1': 'takes' });
});

test('haproxy: what a killed node left behind is removed, what others added stays', options, async (t) => {
  const haproxy = await open(t);
  for (const name of ['web-7', 'web-canary', 'other-1']) await haproxy.api.ask(`add server web/${name} 127.0.0.1:9`);
  const target = haproxy.target();
  await target.start();
  await untilReady(target, 'web', 1);
  assert.deepEqual(Object.keys(await servers(haproxy)).sort(), ['other-1', 'web-1', 'web-canary']);
  await target.stop();
  assert.deepEqual(Object.keys(await servers(haproxy)).sort(), ['other-1', 'web-canary']);
});

test('haproxy: servers that it forgot in a restart are added again, and meanwhile none counts as ready', options, async (t) => {
  const haproxy = await open(t);
  const target = haproxy.target({ initialReplicas: 2 });
  await target.start();
  await untilReady(target, 'web', 2);
  await haproxy.kill();
  const state = async () => {
    const read = await target.get('web');
    return read.ok ? read.value : assert.fail(read.error.message);
  };
  await until(async () => /HAProxy at .* could not be asked/.test((await state()).pendingReason ?? ''), 'its end is told');
  assert.equal((await state()).readyReplicas, 0);
  await haproxy.start();
  await until(async () => (await state()).readyReplicas === 2, 'both serve again');
  assert.equal((await ask(haproxy.url)).status, 200);
});

test('haproxy: a backend that is not there is said in a sentence, and nothing is started', options, async (t) => {
  const haproxy = await open(t);
  const target = haproxy.target({}, haproxy.balancer('shop'));
  await assert.rejects(target.start(), /HAProxy has no backend shop/);
  assert.deepEqual(target.replicas('web'), []);
});

test('haproxy: requests that arrived are counted, those that nobody served included', options, async (t) => {
  const haproxy = await open(t);
  const balancer = haproxy.balancer();
  assert.equal(await balancer.arrived(), 0);
  for (let i = 0; i < 3; i++) assert.equal((await ask(haproxy.url)).status, 503);
  assert.equal(await balancer.arrived(), 3);
  await haproxy.kill();
  assert.equal(await balancer.arrived(), undefined);
  await haproxy.start();
});

test('stat: broken text is no rows', () => {
  assert.deepEqual(parseStat(''), []);
  assert.deepEqual(parseStat('No such proxy.'), []);
  assert.deepEqual(parseStat('# pxname,svname,qcur,scur,stot,econ,status,\nweb,a'), []);
});
