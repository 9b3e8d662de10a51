import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseRedisUrl } from '../../../src/adapters/redis/url.ts';
import { withoutPassword } from '../../../src/adapters/server-url.ts';
import { InputError } from '../../../src/problems.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-url-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const parse = (url: string, environment: Readonly<Record<string, string>> = {}) => parseRedisUrl(url, '--bus', environment);

function refused(url: string, environment: Readonly<Record<string, string>> = {}): string {
  try {
    parse(url, environment);
  } catch (error) {
    assert.ok(error instanceof InputError);
    return error.message;
  }
  return assert.fail(`${url} was taken`);
}

test('redis url: one server, Sentinels, a cluster', () => {
  assert.deepEqual(parse('redis://localhost').server, { kind: 'standalone', at: { host: 'localhost', port: 6379 }, db: 0 });
  assert.deepEqual(parse('redis://[::1]:7000/3').server, { kind: 'standalone', at: { host: '::1', port: 7000 }, db: 3 });
  assert.deepEqual(parse('redis+sentinel://a,b:1000/main/2').server, {
    kind: 'sentinel',
    sentinels: [
      { host: 'a', port: 26_379 },
      { host: 'b', port: 1000 },
    ],
    name: 'main',
    db: 2,
  });
  assert.deepEqual(parse('redis+cluster://a,b').server, {
    kind: 'cluster',
    nodes: [
      { host: 'a', port: 6379 },
      { host: 'b', port: 6379 },
    ],
  });
});

test('redis url: defaults and options', () => {
  const plain = parse('redis://h');
  assert.deepEqual([plain.prefix, plain.replicasMin, plain.isVolatileAllowed, plain.tls], ['forescale', 0, false, undefined]);
  const set = parse(`rediss://h?prefix=a.b&replicas=2&volatile=allow&ca=${file('ca', 'CA')}&servername=redis.internal`);
  assert.deepEqual([set.prefix, set.replicasMin, set.isVolatileAllowed], ['a.b', 2, true]);
  assert.deepEqual(set.tls, { ca: 'CA', servername: 'redis.internal' });
});

test('redis url: passwords from the URL, the environment or a file, which counts most', () => {
  assert.deepEqual(parse('redis://u:p%40ss@h').credentials, { username: 'u', password: 'p@ss' });
  assert.deepEqual(parse('redis://u:a/b@c@h/1').credentials, { username: 'u', password: 'a/b@c' });
  assert.deepEqual(parse('redis://u:p@h', { FORESCALE_REDIS_PASSWORD: 'env' }).credentials, { username: 'u', password: 'env' });
  const path = file('password', 'from file\n');
  assert.deepEqual(parse('redis://h', { FORESCALE_REDIS_PASSWORD_FILE: path, FORESCALE_REDIS_USERNAME: 'w' }).credentials, {
    username: 'w',
    password: 'from file',
  });
  assert.deepEqual(parse('redis://h', { FORESCALE_REDIS_SENTINEL_PASSWORD: 's' }).sentinelCredentials, { password: 's' });
});

test('redis url: everything that is wrong is told at once, and no password', () => {
  for (const url of [
    'redis://',
    'redis:/h',
    'http://h',
    'redis+tcp://h',
    'redis://u:secret@',
    'redis://u:se?secret@h',
    'redis://u:a/secret@h:x',
  ])
    assert.doesNotMatch(refused(url), /secret/, url);
  assert.match(refused('redis://a,b'), /one host/);
  assert.match(refused('redis://h:99999'), /port from 1 to 65535/);
  assert.match(refused('redis://h/x'), /number of a database/);
  assert.match(refused('redis+sentinel://h'), /name that the Sentinels know/);
  assert.match(refused('redis+cluster://h/1'), /no database/);
  assert.match(refused('redis+cluster://h?replicas=1'), /not available with Redis Cluster/);
  assert.match(refused('redis://h?ca=x'), /a URL that begins with rediss/);
  assert.match(refused('rediss://h?ca=/nowhere/ca.pem'), /a file that can be read/);
  assert.match(refused('rediss://h?cert=/dev/null'), /both \?cert and \?key/);
  assert.match(refused('redis://h', { FORESCALE_REDIS_PASSWORD: 'secret', FORESCALE_REDIS_PASSWORD_FILE: '/dev/null' }), /either/);
  const many = refused('redis://u:secret@h?prefix=a%20b&replicas=x&volatile=yes&colour=red');
  for (const part of ['?prefix', '?replicas', '?volatile', '?colour']) assert.ok(many.includes(part), many);
  assert.doesNotMatch(many, /secret/);
  assert.equal(withoutPassword('rediss+sentinel://u:secret@h/m'), 'rediss+sentinel://…@h/m');
});
