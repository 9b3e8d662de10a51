import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseKafkaUrl } from '../../src/adapters/kafka/url.ts';
import { parseRabbitUrl } from '../../src/adapters/rabbitmq/url.ts';
import { InputError } from '../../src/problems.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-urls-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const pem = (name: string): string => {
  writeFileSync(join(folder, name), name);
  return join(folder, name);
};

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof InputError);
    assert.ok(!error.message.includes('s3cret'), error.message);
    return error.problems.map(({ place, wanted, found }) => `${place}: ${wanted}, ${found}`);
  }
  return assert.fail('it was taken');
}

test('rabbit url: hosts, virtual host, TLS and credentials from the environment', () => {
  const url = `amqps://ada@a,[::1]:5699/shop%2Fone?ca=${pem('ca')}&cert=${pem('cert')}&key=${pem('key')}&auth=external&heartbeat=3&queue=q`;
  assert.deepEqual(parseRabbitUrl(url, 'url', { FORESCALE_RABBITMQ_PASSWORD: 's3cret' }), {
    hosts: [
      { host: 'a', port: 5_671 },
      { host: '::1', port: 5_699 },
    ],
    vhost: 'shop/one',
    tls: { ca: 'ca', cert: 'cert', key: 'key' },
    auth: 'external',
    credentials: { username: 'ada', password: 's3cret' },
    heartbeatSeconds: 3,
    queueType: 'quorum',
    queue: 'q',
  });
});

test('rabbit url: everything that is wrong is told at once, and never a password', () => {
  const found = problemsOf(() => parseRabbitUrl('amqp://ada:s3cret@a:0/?heartbeat=0&type=fast&ca=x&auth=external&odd=1', 'url', {}));
  assert.equal(found.length, 6, found.join('\n'));
  assert.equal(problemsOf(() => parseRabbitUrl('amqp://ada:s3cret@', 'url', {})).length, 1);
});

test('kafka url: brokers, TLS and SASL', () => {
  const url = `kafkas://ada@a,b:9100?sasl=scram-sha-512&ca=${pem('ca')}&group=g`;
  writeFileSync(join(folder, 'password'), 's3cret\n');
  assert.deepEqual(parseKafkaUrl(url, 'url', { FORESCALE_KAFKA_PASSWORD_FILE: join(folder, 'password') }), {
    brokers: [
      { host: 'a', port: 9_093 },
      { host: 'b', port: 9_100 },
    ],
    tls: { ca: 'ca' },
    sasl: { mechanism: 'scram-sha-512', username: 'ada', password: 's3cret' },
    group: 'g',
    queue: 'forescale.in',
  });
});

test('kafka url: everything that is wrong is told at once, and never a password', () => {
  const found = problemsOf(() => parseKafkaUrl('kafka://ada:s3cret@a:99999?sasl=md5&group=a/b&cert=x', 'url', {}));
  assert.equal(found.length, 4, found.join('\n'));
  assert.match(problemsOf(() => parseKafkaUrl('kafka://ada@a', 'url', {}))[0] ?? '', /no password/);
});
