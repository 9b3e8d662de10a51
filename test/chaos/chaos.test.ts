/** A minute of chaos on real parts, and that its judge is not blind. `npm run chaos -- --for 30m` does it for long. */
import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { test } from 'node:test';
import { noServer } from '../adapters/redis/server.ts';
import { faultsIn, runChaos } from './chaos.ts';
import { judgeWrites } from './judge.ts';
import { Proxy } from './proxy.ts';

/** Sends back what it is sent. A link that is cut ends one connection, not the test. */
function createEcho(): Server {
  return createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
}

test(
  'chaos: whatever happens to real parts, no message is lost or applied twice, and no action takes effect twice',
  {
    skip: noServer ?? false,
    timeout: 240_000,
  },
  async () => {
    const said: string[] = [];
    const order = { seed: 1, forMs: 30_000, nodes: 3, failover: 'normal', only: '' } as const;
    const { evidence } = await runChaos({ ...order, say: (line) => said.push(line) });
    assert.deepEqual(faultsIn(evidence), [], said.join('\n'));
    assert.ok(evidence.messages > 0 && evidence.writes > 0);
  },
);

test('chaos: a generation that comes again, an older one, and one that nobody decided are seen in the journal', () => {
  const decided = new Set(['2/5', '4/6', '6/7']);
  const write = (generation: number, replicas: number) => ({ atMs: 0, generation, replicas });
  assert.deepEqual(judgeWrites([write(2, 5), write(4, 6), write(5, 5), write(6, 7)], decided, []), {
    tookEffectTwice: 0,
    fromStaleOwners: 0,
  });
  assert.deepEqual(judgeWrites([write(2, 5), write(2, 5)], decided, []), { tookEffectTwice: 1, fromStaleOwners: 0 });
  assert.deepEqual(judgeWrites([write(4, 6), write(2, 5)], decided, []), { tookEffectTwice: 0, fromStaleOwners: 1 });
  assert.deepEqual(judgeWrites([write(2, 9)], decided, []), { tookEffectTwice: 0, fromStaleOwners: 1 });
});

test('chaos: a link that is held delivers everything in order when it is good again', async () => {
  const echo = createEcho();
  await new Promise<void>((resolve) => void echo.listen(0, '127.0.0.1', resolve));
  const proxy = await Proxy.to((echo.address() as AddressInfo).port);
  const client = connect({ port: proxy.port, host: '127.0.0.1' });
  const next = (): Promise<string> => new Promise((resolve) => client.once('data', (bytes) => resolve(bytes.toString())));
  try {
    client.write('a');
    assert.equal(await next(), 'a');
    proxy.set({ holdsReplies: true });
    client.write('b');
    let isHeld = true;
    const answer = next().then((text) => ({ text, isHeld }));
    // Another way through the same server shows that the answer would have been here by now.
    const probe = connect({ port: (echo.address() as AddressInfo).port, host: '127.0.0.1' });
    await new Promise((resolve) => {
      probe.once('data', resolve);
      probe.write('x');
    });
    probe.destroy();
    isHeld = false;
    proxy.set({ holdsReplies: false });
    assert.deepEqual(await answer, { text: 'b', isHeld: false });
  } finally {
    client.destroy();
    proxy.close();
    echo.close();
  }
});

test('chaos: what goes over a link that becomes quicker is not overtaken', async () => {
  const echo = createEcho();
  await new Promise<void>((resolve) => void echo.listen(0, '127.0.0.1', resolve));
  const proxy = await Proxy.to((echo.address() as AddressInfo).port);
  const client = connect({ port: proxy.port, host: '127.0.0.1' });
  let heard = '';
  const all = new Promise<void>((resolve) => {
    client.on('data', (bytes) => {
      heard += bytes.toString();
      if (heard.length === 2) resolve();
    });
  });
  try {
    proxy.set({ delayMs: 60 });
    client.write('a');
    // The server has it now, or it is on its way: what follows must stay behind it.
    setTimeout(() => {
      proxy.set({ delayMs: 0 });
      client.write('b');
    }, 20);
    await all;
    assert.equal(heard, 'ab');
  } finally {
    client.destroy();
    proxy.close();
    echo.close();
  }
});
