import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/parse.ts';

const read = (bridges: string) => parseConfig(`pools: { web: { capacity: { requestsPerSecond: 1 } } }\nbridges:\n${bridges}`, 'f.yaml');

test('config: a bridge gets its defaults, and control messages are not among them', () => {
  const parsed = read('  - { url: "amqp://rabbit", in: { from: q }, out: { to: x } }');
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.settings.bridges, [
    {
      name: 'bridge',
      url: 'amqp://rabbit',
      in: { from: 'q', dead: 'q.dead', accept: ['observation', 'state-report'] },
      out: { to: 'x', topics: ['reports', 'plans', 'actions'] },
    },
  ]);
});

test('config: a bridge with a password, without a direction, or with the name of another is refused, the password never shown', () => {
  const parsed = read('  - { url: "amqp://ada:s3cret@rabbit" }\n  - { url: "kafka://k", in: { from: q } }');
  assert.ok(!parsed.ok);
  const { message } = parsed.error;
  assert.match(message, /f\.yaml:3:\d+ bridges\[0\]\.url: wanted no password in it/);
  assert.match(message, /bridges\[0\]: wanted `in`, `out` or both, found neither/);
  assert.match(message, /bridges\[1\]\.name: wanted a name of its own/);
  assert.ok(!message.includes('s3cret'));
});

test('config: a bridge to something else than RabbitMQ or Kafka is refused', () => {
  const parsed = read('  - { url: "nats://n", in: { from: q } }');
  assert.ok(!parsed.ok && /bridges\[0\]\.url/.test(parsed.error.message));
});
