import assert from 'node:assert/strict';
import { createServer, connect } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readRows } from '../../../src/adapters/docker/container.ts';
import type { DockerTarget } from '../../../src/adapters/docker/target.ts';
import type { TargetState } from '../../../src/ports/target.ts';
import { ask } from '../local/support.ts';
import { coresOf, noEngine, startEngine, type Engine } from './support.ts';
import { until } from '../../until.ts';

const options = noEngine === undefined ? { timeout: 120_000 } : { skip: noEngine };

async function open(t: TestContext): Promise<Engine> {
  const engine = await startEngine();
  t.after(() => engine.close());
  return engine;
}

async function stateOf(target: DockerTarget): Promise<TargetState> {
  const read = await target.get('web');
  return read.ok ? read.value : assert.fail(`${read.error.code}: ${read.error.message}`);
}

const ready = (target: DockerTarget, count: number): Promise<void> =>
  until(async () => (await stateOf(target)).readyReplicas === count, `${count} ready`, 60_000);

const write = { pool: 'web', replicas: 2, expectedReplicas: 1, generation: 2 };
const idOf = (engine: Engine, name: string): string => engine.podman('inspect', '--format', '{{.Id}}', name).trim();

test('docker: what somebody else runs is never touched, not even under our names', options, async (t) => {
  const engine = await open(t);
  const theirs = { Image: engine.settings().image, Cmd: ['x'], Labels: { 'forescale.pool': 'other', 'forescale.replica': '1' } };
  for (const name of ['forescale.web.1', 'shop-db']) assert.ok((await engine.api.create(name, theirs)).ok);
  const target = engine.target();
  await ready(target, 1);
  assert.ok((await target.scale({ ...write, replicas: 3 })).ok);
  await ready(target, 3);
  assert.ok((await target.scale({ ...write, replicas: 1, expectedReplicas: 3, generation: 4 })).ok);
  await until(() => !engine.names().includes('forescale.web.3'), 'two are gone', 30_000);
  await until(() => engine.names().length === 4, 'what is left', 30_000);
  assert.deepEqual(engine.names(), ['forescale.web.1', 'forescale.web.2', 'forescale.web.write.2', 'shop-db']);
});

test('docker: another size is given to what runs, without a restart', options, async (t) => {
  const engine = await open(t);
  const small = engine.target({ size: { cpus: 0.3, memoryBytes: 96 * 2 ** 20 } });
  await ready(small, 1);
  await small.close();
  const id = idOf(engine, 'forescale.web.1');
  const pid = engine.podman('inspect', '--format', '{{.State.Pid}}', id).trim();
  assert.equal(coresOf(pid), 0.3);
  const large = engine.target({ size: { cpus: 0.8, memoryBytes: 160 * 2 ** 20 } });
  await stateOf(large);
  await until(() => coresOf(pid) === 0.8, 'it has more cores', 30_000);
  assert.equal(idOf(engine, 'forescale.web.1'), id);
  assert.equal((await stateOf(large)).requestedReplicas, 1);
});

test(
  'docker: a size comes with a write, stands after a restart and with later counts, and until the config says another',
  options,
  async (t) => {
    const engine = await open(t);
    const size = { cpus: 0.3, memoryBytes: 96 * 2 ** 20 };
    const first = engine.target({ size });
    await ready(first, 1);
    assert.deepEqual((await stateOf(first)).size, { cpuMillicores: 300, memoryBytes: size.memoryBytes });
    const pid = engine.podman('inspect', '--format', '{{.State.Pid}}', idOf(engine, 'forescale.web.1')).trim();
    const larger = { cpuMillicores: 600, memoryBytes: 128 * 2 ** 20 };
    const written = await first.scale({ pool: 'web', replicas: 1, expectedReplicas: 1, generation: 2, size: larger });
    assert.deepEqual(written.ok && [written.value.size, written.value.resizedReplicas], [larger, 0]);
    await until(() => coresOf(pid) === 0.6, 'it has more cores', 30_000);
    assert.equal((await stateOf(first)).resizedReplicas, 1);
    await first.close();
    const again = engine.target({ size });
    assert.deepEqual((await stateOf(again)).size, larger);
    assert.ok((await again.scale({ pool: 'web', replicas: 2, expectedReplicas: 1, generation: 4 })).ok);
    await ready(again, 2);
    const state = await stateOf(again);
    assert.deepEqual([state.size, state.resizedReplicas], [larger, 2]);
    await again.close();
    const changed = engine.target({ size: { cpus: 0.4, memoryBytes: 96 * 2 ** 20 } });
    assert.equal((await stateOf(changed)).size?.cpuMillicores, 400);
  },
);

test('docker: of two nodes that write from the same count one does, and the other is told what there is', options, async (t) => {
  const engine = await open(t);
  const nodes = [engine.target(), engine.target()];
  for (let round = 0; round < 5; round += 1) {
    const [from, generation] = [1 + (round % 2), 2 + 2 * round];
    const results = await Promise.all(
      nodes.map((node, i) => node.scale({ pool: 'web', replicas: 3 - from, expectedReplicas: from, generation: generation + i })),
    );
    const lost = results.filter((result) => !result.ok);
    assert.equal(lost.length, 1, JSON.stringify(results));
    for (const { error } of lost) {
      assert.match(error.code, /^(conflict|superseded)$/);
      assert.equal(error.state?.requestedReplicas, 3 - from);
    }
  }
});

test('docker: a request that is on its way is finished before its replica ends', options, async (t) => {
  const engine = await open(t);
  const settings = engine.settings();
  const target = engine.target(settings);
  await ready(target, 1);
  assert.ok((await target.scale(write)).ok);
  await ready(target, 2);
  const port = engine.podman('inspect', '--format', '{{index .Config.Labels "forescale.port"}}', 'forescale.web.2').trim();
  const answer = ask(`http://127.0.0.1:${port}/?ms=1500`);
  assert.ok((await target.scale({ ...write, replicas: 1, expectedReplicas: 2, generation: 4 })).ok);
  assert.deepEqual(await answer.then(({ status, body }) => [status, body]), [200, 'web-2']);
  await until(() => !engine.names().includes('forescale.web.2'), 'it is gone', 30_000);
});

test('docker: a container that crashed is replaced, and why is told', options, async (t) => {
  const engine = await open(t);
  const target = engine.target();
  await ready(target, 1);
  const id = idOf(engine, 'forescale.web.1');
  engine.podman('kill', '--signal', 'KILL', id);
  await until(async () => /forescale\.web\.1: Exited \(137\)/.test((await stateOf(target)).pendingReason ?? ''), 'it is told', 30_000);
  await ready(target, 1);
  assert.notEqual(idOf(engine, 'forescale.web.1'), id);
});

test('docker: an image that is not there will not come by waiting', options, async (t) => {
  const engine = await open(t);
  const target = engine.target({ image: 'localhost/nowhere:1' });
  await until(async () => /nowhere:1/.test((await stateOf(target)).stuckReason ?? ''), 'it is told', 30_000);
  const refused = await target.scale(write);
  assert.equal(refused.ok ? 'ok' : refused.error.code, 'not-found');
});

test('docker: a write whose answer was lost has an unknown outcome, and its repetition is superseded', options, async (t) => {
  const engine = await open(t);
  let cutsAnswers = false;
  const socket = join(engine.socket, '..', 'cut.sock');
  const proxy = createServer((client) => {
    const upstream = connect(engine.socket);
    client.pipe(upstream);
    let isWrite = false;
    client.on('data', (chunk: Buffer) => {
      isWrite = chunk.toString('latin1').startsWith('POST') && chunk.includes('.write.');
    });
    upstream.on('data', (chunk: Buffer) => {
      if (isWrite && cutsAnswers) client.destroy();
      else client.write(chunk);
    });
    for (const side of [client, upstream])
      side.on('error', () => {
        client.destroy();
        upstream.destroy();
      });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => void proxy.listen(socket, resolve));
  t.after(() => proxy.close());
  const target = engine.target({ engine: { path: socket } });
  await ready(target, 1);
  cutsAnswers = true;
  const lost = await target.scale(write);
  assert.equal(lost.ok ? 'ok' : lost.error.code, 'unknown-outcome');
  cutsAnswers = false;
  const { requestedReplicas, generation } = await stateOf(target);
  assert.deepEqual([requestedReplicas, generation], [2, 2]);
  const again = await target.scale(write);
  assert.equal(again.ok ? 'ok' : again.error.code, 'superseded');
  await target.close();
});

test('docker: an engine that is not there is unavailable, by read and by write', options, async (t) => {
  const engine = await open(t);
  const target = engine.target({ engine: { path: join(engine.socket, '..', 'nobody.sock') } });
  for (const result of [await target.get('web'), await target.scale(write)]) {
    assert.equal(result.ok ? 'ok' : result.error.code, 'unavailable');
    assert.match(result.ok ? '' : result.error.message, /container engine at .*nobody\.sock: it could not be reached \(ENOENT\)/);
  }
});

test('container: rows that are none, and labels of others, are passed over', () => {
  const labels = { 'forescale.pool': 'web', 'forescale.replica': '2', 'forescale.port': '3' };
  const { replicas, writes } = readRows(
    [
      null,
      7,
      {},
      { Id: 'a' },
      { Id: 'b', Labels: { ...labels, 'forescale.pool': 'shop' } },
      { Id: 'c', Labels: { ...labels, 'forescale.replica': '-1' } },
      { Id: 'd', Labels: labels, State: 'running', Names: ['/n'] },
    ],
    'web',
  );
  assert.deepEqual(
    replicas.map(({ id, name, ordinal, port, state }) => [id, name, ordinal, port, state]),
    [['d', 'n', 2, 3, 'running']],
  );
  assert.deepEqual(writes, []);
});
