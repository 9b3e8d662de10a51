import { strict as assert } from 'node:assert';
import { createServer, type RequestListener, type Server } from 'node:http';
import { test } from 'node:test';
import { createBalancer, type Balancer, type BalancerOptions } from '../../../src/adapters/local/balancer.ts';
import { createManualClock } from '../manual-clock.ts';
import { ask, clock } from './support.ts';
import { until } from '../../until.ts';

interface World {
  readonly url: string;
  readonly balancer: Balancer;
  readonly serve: (id: string, listener: RequestListener) => Promise<Server>;
}

async function withBalancer(options: Partial<BalancerOptions>, body: (world: World) => Promise<void>): Promise<void> {
  const balancer = createBalancer({ clock, waitMs: 200, ...options });
  const servers: Server[] = [];
  const { url } = await balancer.listen();
  try {
    await body({
      url,
      balancer,
      async serve(id, listener) {
        const server = createServer(listener);
        servers.push(server);
        await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
        balancer.add(id, portOf(server));
        return server;
      },
    });
  } finally {
    await balancer.close(100);
    for (const server of servers) server.closeAllConnections();
    for (const server of servers) server.close();
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const named =
  (name: string): RequestListener =>
  (_request, response) =>
    void response.end(name);

test('balancer: equal replicas take turns, a busy one is passed over', async () => {
  await withBalancer({}, async ({ url, serve }) => {
    await serve('a', named('a'));
    await serve('b', named('b'));
    const seen: string[] = [];
    for (let i = 0; i < 6; i++) seen.push((await ask(url)).body);
    assert.equal(seen.filter((name) => name === 'a').length, 3);
  });
  await withBalancer({}, async ({ url, serve, balancer }) => {
    const held: (() => void)[] = [];
    await serve('slow', (_request, response) => void held.push(() => response.end('slow')));
    const first = ask(url);
    await until(() => held.length === 1, 'the slow one is at work');
    await serve('fast', named('fast'));
    for (let i = 0; i < 4; i++) assert.equal((await ask(url)).body, 'fast');
    assert.deepEqual(
      balancer.backends().map(({ inFlight }) => inFlight),
      [1, 0],
    );
    held[0]?.();
    assert.equal((await first).body, 'slow');
  });
});

test('balancer: a drained replica ends what it has, gets nothing new and is called idle once', async () => {
  await withBalancer({}, async ({ url, serve, balancer }) => {
    let finish: (() => void) | undefined;
    await serve('a', (_request, response) => {
      finish = () => response.end('a');
    });
    const last = ask(url);
    await until(() => finish !== undefined, 'it arrived');
    await serve('b', named('b'));
    let idle = 0;
    balancer.drain('a', () => {
      idle += 1;
    });
    for (let i = 0; i < 4; i++) assert.equal((await ask(url)).body, 'b');
    assert.equal(idle, 0);
    finish?.();
    assert.equal((await last).body, 'a');
    await until(() => idle > 0, 'it is idle');
    balancer.drain('b', () => {
      idle += 1;
    });
    assert.equal(idle, 2, 'an idle one is idle at once');
  });
});

test('balancer: headers of one connection stay there, repeats and bodies pass through', async () => {
  await withBalancer({}, async ({ url, serve }) => {
    await serve('a', (request, response) => {
      response.setHeader('set-cookie', ['one=1', 'two=2']);
      response.setHeader('x-saw', JSON.stringify(request.headers));
      response.statusCode = 201;
      request.pipe(response);
    });
    const body = 'x'.repeat(300_000);
    const headers = { connection: 'x-private', 'x-private': 'mine', 'x-public': 'ours', 'transfer-encoding': 'chunked' };
    const answer = await ask(`${url}/path?query=1`, { method: 'POST', body, headers });
    assert.equal(answer.status, 201);
    assert.equal(answer.body, body);
    assert.deepEqual(answer.headers['set-cookie'], ['one=1', 'two=2']);
    const saw = String(answer.headers['x-saw']);
    assert.match(saw, /"x-public":"ours"/);
    assert.doesNotMatch(saw, /x-private":"mine/);
    assert.match(saw, /"x-forwarded-for":"127.0.0.1"/);
  });
});

test('balancer: a request with a body goes on to another replica only if nothing was sent', async () => {
  await withBalancer({}, async ({ url, serve, balancer }) => {
    const gone = await serve('gone', named('gone'));
    await serve('there', (request, response) => void request.pipe(response));
    await new Promise<void>((resolve) => void gone.close(() => resolve()));
    for (let i = 0; i < 4; i++) assert.equal((await ask(url, { method: 'POST', body: 'paid' })).body, 'paid');
    assert.ok(balancer.counts().retried >= 1);
    assert.equal(balancer.counts().refused, 0);
  });
});

test('balancer: tries are bounded and end as 502', async () => {
  await withBalancer({}, async ({ url, serve, balancer }) => {
    let tries = 0;
    const breaking: RequestListener = (request) => {
      tries += 1;
      request.socket.destroy();
    };
    for (const id of ['a', 'b', 'c', 'd']) await serve(id, breaking);
    assert.equal((await ask(url)).status, 502);
    assert.equal(tries, 3);
    assert.equal(balancer.counts().retried, 2);
  });
});

test('balancer: a silent replica is given up with 504', async () => {
  await withBalancer({ upstreamTimeoutMs: 100 }, async ({ url, serve }) => {
    await serve('silent', () => {});
    assert.equal((await ask(url, { method: 'POST' })).status, 504);
  });
});

test('balancer: an answer that breaks off is cut, not passed on as whole', async () => {
  await withBalancer({}, async ({ url, serve, balancer }) => {
    await serve('a', (request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => request.socket.destroy());
    });
    await assert.rejects(ask(url));
    await until(() => balancer.counts().inFlight === 0, 'it is over');
    assert.equal(balancer.counts().broken, 1);
  });
});

test('balancer: more than may wait are refused at once', async () => {
  await withBalancer({ waitMs: 60_000, waitingMax: 2 }, async ({ url, serve, balancer }) => {
    const waiting = [ask(url), ask(url)];
    await until(() => balancer.counts().waiting === 2, 'two wait');
    assert.equal((await ask(url)).status, 503);
    await serve('a', named('a'));
    for (const answer of await Promise.all(waiting)) assert.equal(answer.body, 'a');
  });
});

test('balancer: closing lets requests in flight finish', async () => {
  await withBalancer({}, async ({ url, serve, balancer }) => {
    let finish: (() => void) | undefined;
    await serve('a', (_request, response) => {
      finish = () => response.end('done');
    });
    const last = ask(url);
    await until(() => finish !== undefined, 'it arrived');
    const closed = balancer.close(5_000);
    finish?.();
    assert.equal((await last).body, 'done');
    await closed;
  });
});

test('balancer: a new replica takes part in a growing share of choices, one that is alone serves all the same', async () => {
  const time = createManualClock();
  await withBalancer({ clock: time, slowStartMs: 10_000 }, async ({ url, serve }) => {
    await serve('old', named('old'));
    assert.equal((await ask(url)).body, 'old');
    await time.advance(10_000);
    await serve('new', named('new'));
    const shareOfNew = async (): Promise<number> => {
      let count = 0;
      for (let i = 0; i < 40; i += 1) if ((await ask(url)).body === 'new') count += 1;
      return count;
    };
    const first = await shareOfNew();
    await time.advance(5_000);
    const half = await shareOfNew();
    await time.advance(5_000);
    const whole = await shareOfNew();
    assert.ok(first >= 1 && first < half && half < whole, [first, half, whole].join());
    assert.equal(whole, 20);
  });
});
