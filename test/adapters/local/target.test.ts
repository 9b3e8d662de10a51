import { strict as assert } from 'node:assert';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { createLocalTarget, type LocalTarget } from '../../../src/adapters/local/target.ts';
import { createRandom } from '../../../src/adapters/system/random.ts';
import { silentLog } from '../../../src/ports/log.ts';
import { ask, clock, isAlive, localTarget, poolSettings, processesWith, scaleTo, untilReady } from './support.ts';
import { until } from '../../until.ts';

async function withTarget(target: LocalTarget, body: (url: string, target: LocalTarget) => Promise<void>): Promise<void> {
  await target.start();
  try {
    await body(target.url('web') ?? '', target);
  } finally {
    await target.stop();
  }
}

test('local target: scaling down under load loses no request', async () => {
  await withTarget(localTarget(poolSettings({ initialReplicas: 4 })), async (url, target) => {
    await untilReady(target, 'web', 4);
    const stop = new AbortController();
    let asked = 0;
    const failures: string[] = [];
    const client = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        asked += 1;
        const answer = await ask(`${url}/work?ms=20`, { method: 'POST' }).catch((error: unknown) => String(error));
        if (typeof answer === 'string' || answer.status !== 200) failures.push(JSON.stringify(answer));
      }
    };
    const clients = Array.from({ length: 12 }, client);
    for (const replicas of [1, 3, 2, 4, 1]) {
      await scaleTo(target, 'web', replicas);
      // By requests and not by time: a busy machine makes fewer of them in the same time.
      const enough = asked + 50;
      await until(() => asked >= enough, '50 more requests', 60_000);
    }
    await until(() => target.replicas('web').length === 1, 'three of four gone', 60_000);
    stop.abort();
    await Promise.all(clients);
    assert.deepEqual(failures, []);
    assert.equal(target.counts('web')?.refused, 0);
  });
});

test('local target: a draining replica is taken back instead of starting another', async () => {
  await withTarget(localTarget(poolSettings({ initialReplicas: 2 })), async (url, target) => {
    await untilReady(target, 'web', 2);
    const pids = target.replicas('web').map(({ pid }) => pid);
    const slow = [ask(`${url}/?ms=800`), ask(`${url}/?ms=800`)];
    await until(() => target.replicas('web').every(({ inFlight }) => inFlight === 1), 'both at work');
    await scaleTo(target, 'web', 1);
    assert.deepEqual(
      target
        .replicas('web')
        .map(({ phase }) => phase)
        .sort(),
      ['draining', 'ready'],
    );
    await scaleTo(target, 'web', 2);
    assert.deepEqual(
      target.replicas('web').map(({ phase }) => phase),
      ['ready', 'ready'],
    );
    assert.deepEqual(
      target.replicas('web').map(({ pid }) => pid),
      pids,
    );
    for (const answer of await Promise.all(slow)) assert.equal(answer.status, 200);
  });
});

test('local target: a replica that crashes is replaced, and requests that may be repeated do not see it', async () => {
  await withTarget(localTarget(poolSettings({ initialReplicas: 2 })), async (url, target) => {
    await untilReady(target, 'web', 2);
    const waiting = [ask(`${url}/?ms=300`), ask(`${url}/?ms=300`)];
    const victim = target.replicas('web')[0]?.pid ?? 0;
    await until(() => target.replicas('web').every(({ inFlight }) => inFlight > 0), 'both at work');
    process.kill(victim, 'SIGKILL');
    for (const answer of await Promise.all(waiting)) assert.equal(answer.status, 200);
    await until(() => target.replicas('web').length === 1, 'the crash was noticed', 1_000);
    const state = await target.get('web');
    assert.match(state.ok ? (state.value.pendingReason ?? '') : '', /web-1 was ended by SIGKILL; it is tried again shortly/);
    await untilReady(target, 'web', 2);
    assert.ok(target.replicas('web').every(({ pid }) => pid !== victim));
  });
});

test('local target: killing only the keeper takes its command and what that started along', async () => {
  const mark = `helper-${process.pid}-keeper`;
  await withTarget(localTarget(poolSettings({ env: { HELPER: mark } })), async (_url, target) => {
    await untilReady(target, 'web', 1);
    const [helper] = processesWith(mark);
    assert.ok(helper !== undefined, 'the helper runs');
    process.kill(target.replicas('web')[0]?.pid ?? 0, 'SIGKILL');
    await until(() => !isAlive(helper), 'the helper is gone', 2_000);
  });
});

test('local target: a POST that a replica broke is not repeated', async () => {
  await withTarget(localTarget(poolSettings({ initialReplicas: 2 })), async (url, target) => {
    await untilReady(target, 'web', 2);
    const answer = await ask(`${url}/crash`, { method: 'POST', body: 'once' });
    assert.equal(answer.status, 502);
    assert.equal(target.counts('web')?.retried, 0);
  });
});

test('local target: a command that never gets ready backs off, says why, and stops with the pool', async () => {
  const settings = poolSettings({ program: { kind: 'command', command: ['/no/such/program'] } });
  const target = localTarget(settings);
  await withTarget(target, async () => {
    await until(async () => {
      const state = await target.get('web');
      return state.ok && /could not be started: spawn \/no\/such\/program ENOENT/.test(state.value.pendingReason ?? '');
    }, 'the reason is told');
  });
  assert.deepEqual(target.replicas('web'), []);
});

test('local target: a replica that does not answer its health check in time is stopped and counted as failed', async () => {
  const target = localTarget(poolSettings({ healthPath: '/crash-not-found', startTimeoutMs: 300, env: { START_MS: '60000' } }));
  await withTarget(target, async () => {
    await until(async () => {
      const state = await target.get('web');
      return state.ok && /did not answer 2xx on \/crash-not-found within 300 ms/.test(state.value.pendingReason ?? '');
    }, 'the reason is told');
  });
});

test('local target: a program that ignores SIGTERM is killed after the grace', async () => {
  const mark = `helper-${process.pid}-stubborn`;
  const target = localTarget(poolSettings({ env: { STUBBORN: '1', HELPER: mark } }));
  await target.start();
  await untilReady(target, 'web', 1);
  const startMs = clock.monotonicMs();
  await target.stop();
  assert.ok(clock.monotonicMs() - startMs < 4_500, 'stopped within the bound');
  assert.deepEqual(processesWith(mark).filter(isAlive), []);
});

test('local target: requests wait for the first replica and are answered', async () => {
  await withTarget(localTarget(poolSettings({ env: { START_MS: '300' } })), async (url) => {
    const answer = await ask(`${url}/`);
    assert.equal(answer.status, 200);
    assert.equal(answer.body, 'web-1');
  });
});

test('local target: without a ready replica a request is answered 503 after the wait', async () => {
  await withTarget(localTarget(poolSettings({ env: { START_MS: '60000' }, waitMs: 150 })), async (url) => {
    const answer = await ask(`${url}/`);
    assert.equal(answer.status, 503);
    assert.equal(answer.headers['retry-after'], '1');
  });
});

test('local target: two pools live side by side, and a taken port fails the start and leaves nothing', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => void taken.listen(0, '127.0.0.1', resolve));
  const address = taken.address();
  const listenPort = typeof address === 'object' && address !== null ? address.port : 0;
  const mark = `helper-${process.pid}-taken`;
  const target = createLocalTarget({
    pools: [poolSettings({ env: { HELPER: mark } }), poolSettings({ pool: 'other', listenPort })],
    clock,
    random: createRandom(1),
    log: silentLog,
  });
  await assert.rejects(target.start(), /EADDRINUSE/);
  assert.deepEqual(target.replicas('web'), []);
  assert.deepEqual(processesWith(mark).filter(isAlive), []);
  taken.close();
});

test('local target: a port that somebody else listens on is passed over', async () => {
  const settings = poolSettings({ portRange: { from: 20_900, to: 20_901 } });
  const other = createServer((_request, response) => void response.end('not ours'));
  await new Promise<void>((resolve) => void other.listen(20_900, '127.0.0.1', resolve));
  await withTarget(localTarget(settings), async (url, target) => {
    await untilReady(target, 'web', 1);
    assert.equal(target.replicas('web')[0]?.port, 20_901);
    assert.equal((await ask(`${url}/`)).body, 'web-1');
    await scaleTo(target, 'web', 2);
    await until(async () => {
      const state = await target.get('web');
      return state.ok && /web-2 found no free port from 20900 to 20901/.test(state.value.pendingReason ?? '');
    }, 'the reason is told');
  });
  other.close();
});
