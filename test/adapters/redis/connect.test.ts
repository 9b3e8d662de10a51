/** Which servers are taken, over which ways, as which user. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Redis } from 'ioredis';
import { createRedisPeers } from '../../../src/adapters/redis/peers.ts';
import { judgeServer, toServerFacts } from '../../../src/adapters/redis/server-facts.ts';
import { silentLog } from '../../../src/ports/log.ts';
import { silentMeter } from '../../../src/ports/meter.ts';
import { InputError } from '../../../src/problems.ts';
import { A, B, acquire, commitOf, entry, labels } from '../../contracts/bus/harness.ts';
import { clock, openBus } from './open.ts';
import { freePort, noServer, startServer } from './server.ts';
import { until } from '../../until.ts';

const skip = noServer ?? false;

async function refusal(url: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const error: unknown = await openBus(url, { environment, connectMs: 4_000 }).then(
    (bus) => bus.close(),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof InputError, `refused: ${String(error)}`);
  return error.message;
}

test('redis server: what it is set to is judged', () => {
  const info = (lines: Readonly<Record<string, string | number>>) =>
    toServerFacts(
      Object.entries({ redis_version: '7.0.15', role: 'master', aof_enabled: 1, maxmemory: 0, maxmemory_policy: 'noeviction', ...lines })
        .map(([name, value]) => `${name}:${value}`)
        .join('\r\n'),
    );
  const judged = (lines: Readonly<Record<string, string | number>>, isVolatileAllowed = false) =>
    judgeServer(info(lines), isVolatileAllowed).map(({ severity, setting }) => `${severity} ${setting}`);
  assert.deepEqual(judged({}), []);
  assert.deepEqual(judged({ redis_version: '6.2.14' }), ['refuse version']);
  assert.deepEqual(judged({ redis_version: '10.0.1' }), []);
  assert.deepEqual(judged({ role: 'slave' }), ['refuse role']);
  assert.deepEqual(judged({ aof_enabled: 0 }), ['refuse appendonly']);
  assert.deepEqual(judged({ aof_enabled: 0 }, true), ['warn appendonly']);
  assert.deepEqual(judged({ maxmemory: 1e9, maxmemory_policy: 'allkeys-lru' }), ['refuse maxmemory-policy']);
  assert.deepEqual(judged({ maxmemory: 0, maxmemory_policy: 'allkeys-lru' }), ['warn maxmemory-policy']);
  assert.deepEqual(judged({ maxmemory: 1e9, maxmemory_policy: 'volatile-ttl' }), ['warn maxmemory-policy']);
  assert.deepEqual(judged({ aof_last_write_status: 'err' }), ['warn append-only file']);
  assert.deepEqual(judged({ maxmemory: 100, used_memory: 95 }), ['warn memory']);
});

test('redis server: one that forgets is refused, unless it is allowed to', { skip }, async (context) => {
  const server = await startServer({ isVolatile: true });
  context.after(() => server.dispose());
  assert.match(await refusal(server.url), /Redis appendonly: wanted yes.*found no/);
  await (await openBus(`${server.url}?volatile=allow`)).close();
});

test('redis server: one that is not there is an error that says so, and nothing goes on in the background', { skip }, async () => {
  await assert.rejects(openBus(`redis://127.0.0.1:${await freePort()}`, { connectMs: 300 }), /Redis cannot be reached: .*ECONNREFUSED/);
});

test('redis server: a wrong password is refused at once and told nowhere', { skip }, async (context) => {
  const server = await startServer({ args: ['--requirepass', 'right-one'] });
  context.after(() => server.dispose());
  const message = await refusal(server.url, { FORESCALE_REDIS_PASSWORD: 'wrong-one' });
  assert.match(message, /WRONGPASS/);
  assert.doesNotMatch(message, /wrong-one/);
  assert.match(await refusal(server.url), /NOAUTH/);
  await (await openBus(server.url, { environment: { FORESCALE_REDIS_PASSWORD: 'right-one' } })).close();
});

/** The rule that docs/redis.md gives to people. */
function documentedRule(): readonly string[] {
  const page = readFileSync(new URL('../../../docs/redis.md', import.meta.url), 'utf8');
  const rule = /ACL SETUSER forescale ((?:[^`\n]|\\\n)+)/.exec(page)?.[1] ?? assert.fail('no rule in docs/redis.md');
  return rule.replaceAll('\\\n', ' ').trim().split(/\s+/);
}

test('redis server: the documented least-privilege user does everything, and one without scripts is refused', { skip }, async (context) => {
  const server = await startServer();
  context.after(() => server.dispose());
  const admin = new Redis({ port: server.port, host: '127.0.0.1' });
  context.after(() => admin.disconnect());
  const rule = documentedRule();
  await admin.acl('SETUSER', 'forescale', ...rule.map((word) => word.replace(/^>.*/, '>secret')));
  await admin.acl('SETUSER', 'scriptless', ...rule.map((word) => word.replace(/^>.*/, '>secret')), '-eval', '-evalsha');
  const environment = { FORESCALE_REDIS_PASSWORD: 'secret' };
  const url = `redis://forescale@127.0.0.1:${server.port}?prefix=forescale`;
  const bus = await openBus(url, { environment });
  context.after(() => bus.close());
  const peers = createRedisPeers({ link: bus.link, prefix: 'forescale', name: 'n1', clock, log: silentLog, others: () => [] });
  context.after(() => peers.close());
  peers.answer((question) => question);
  await until(async () => (await peers.ask('n1', 'x')).ok, 'it may ask and be asked');
  const epoch = await acquire(bus, A, 'n1');
  await bus.append([entry(A, 'a'), entry(B, 'b')]);
  const status = { kind: 'active' as const };
  const publishes = [{ topic: 'plans', contentType: 'application/json' as const, body: Buffer.from('p'), atMs: 1 }];
  const dead = { ...entry(A, 'dead'), id: '1-1' };
  const everything = {
    actors: [{ address: 'probe:a', status, snapshot: Buffer.from('s') }],
    timersSet: [{ address: 'probe:a', name: 't', version: 1, dueAtMs: 5 }],
    effects: [{ id: 'e', address: 'probe:a', executor: 'x', args: null, notAfterMs: 5 }],
    sends: [entry(A, 'own'), entry(B, 'other')],
    publishes,
    deadLetters: [{ entry: dead, code: 'c', reason: 'r', atMs: 1 }],
    parked: [{ ...dead, to: 'probe:a' }],
    origins: { 7: 9 },
  };
  assert.equal(await bus.commit(commitOf(A, epoch, everything)), 'committed');
  assert.equal(await bus.commit(commitOf(A, epoch, { actors: [{ address: 'probe:a', status, snapshot: null }] })), 'committed');
  assert.equal(await bus.relay(A, epoch), 1);
  assert.equal((await bus.readTopic('plans', '0-0', 1)).length, 1);
  const [letter] = await bus.readDeadLetters(A, '0-0', 1);
  assert.equal(await bus.replayDeadLetter(A, letter?.id ?? ''), true);
  await bus.putBlob('h', Buffer.from('w'));
  assert.equal((await bus.loadShard(A, epoch)) === 'fenced', false);
  assert.equal(await bus.trim(A, epoch, '0-0'), 0);
  assert.deepEqual((await labels(bus, B)).length, 2);
  const foreign = await openBus(url.replace('prefix=forescale', 'prefix=other'), { environment });
  context.after(() => foreign.close());
  await assert.rejects(foreign.readLeases(), /NOPERM/, 'keys of others are out of reach');
  assert.match(await refusal(url.replace('forescale@', 'scriptless@'), environment), /scripts among them, found NOPERM/);
});

/** A certificate authority and a certificate for localhost, made by openssl. */
function makeCertificates(context: TestContext): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-tls-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'san'), 'subjectAltName=IP:127.0.0.1');
  const run = (...args: string[]): boolean => spawnSync('openssl', args, { cwd: folder }).status === 0;
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  const isMade =
    run('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=test authority') &&
    run('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=redis') &&
    run(
      'x509',
      '-req',
      '-in',
      'server.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      'server.crt',
      '-extfile',
      'san',
    );
  return isMade ? folder : undefined;
}

test('redis server: over TLS, with the certificate checked', { skip }, async (context) => {
  const folder = makeCertificates(context);
  if (folder === undefined) return context.skip('openssl is not installed');
  const tlsPort = await freePort();
  const files = [
    '--tls-cert-file',
    join(folder, 'server.crt'),
    '--tls-key-file',
    join(folder, 'server.key'),
    '--tls-ca-cert-file',
    join(folder, 'ca.crt'),
  ];
  const server = await startServer({ args: ['--tls-port', String(tlsPort), ...files, '--tls-auth-clients', 'no'] });
  context.after(() => server.dispose());
  const url = `rediss://127.0.0.1:${tlsPort}`;
  const bus = await openBus(`${url}?ca=${join(folder, 'ca.crt')}`);
  context.after(() => bus.close());
  await bus.append([entry(A, 'a')]);
  assert.deepEqual(await labels(bus, A), ['a']);
  assert.match(await refusal(url), /self-signed|unable to verify|local issuer/);
});

test('redis server: found by a Sentinel, and again after a failover', { skip, timeout: 60_000 }, async (context) => {
  const master = await startServer();
  const replica = await startServer({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
  const folder = mkdtempSync(join(tmpdir(), 'forescale-sentinel-'));
  const config = join(folder, 'sentinel.conf');
  const lines = [
    `sentinel monitor main 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds main 500',
    'sentinel failover-timeout main 2000',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const sentinel = await startServer({ mode: 'sentinel', args: [config] });
  context.after(async () => {
    await Promise.all([master.dispose(), replica.dispose(), sentinel.dispose()]);
    rmSync(folder, { recursive: true, force: true });
  });
  let unconfirmed = 0;
  const meter = { ...silentMeter, count: () => void (unconfirmed += 1) };
  const bus = await openBus(`redis+sentinel://127.0.0.1:${sentinel.port}/main?replicas=1`, { meter });
  context.after(() => bus.close());
  const epoch = await acquire(bus, A, 'n1');
  const effects = [{ id: 'e', address: 'probe:a', executor: 'x', args: null, notAfterMs: 5 }];
  const admin = new Redis({ port: replica.port, host: '127.0.0.1' });
  context.after(() => admin.disconnect());
  await until(async () => (await admin.info('replication')).includes('master_link_status:up'), 'replicating');
  const look = new Redis({ port: sentinel.port, host: '127.0.0.1' });
  context.after(() => look.disconnect());
  await until(
    async () => String(await look.call('sentinel', ['replicas', 'main'])).includes(String(replica.port)),
    'the Sentinel knows the replica',
  );
  // On a busy machine the replica may be slower than a commit waits for it: that one may be lost, and was counted.
  await until(async () => {
    const before = unconfirmed;
    assert.equal(await bus.commit(commitOf(A, epoch, { effects })), 'committed');
    return unconfirmed === before;
  }, 'a commit that the replica confirmed');
  await master.kill();
  await until(
    () =>
      bus.append([entry(A, 'after')]).then(
        () => true,
        () => false,
      ),
    'writes on the new master',
    40_000,
  );
  const state = await bus.loadShard(A, epoch);
  assert.deepEqual(state === 'fenced' ? state : state.effects.map(({ id }) => id), ['e'], 'what a replica confirmed is there');
});
