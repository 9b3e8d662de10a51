/** RabbitMQ over TLS, with a password and with a certificate, on a real node. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { openRabbitQueue } from '../../../src/adapters/rabbitmq/queue.ts';
import { parseRabbitUrl } from '../../../src/adapters/rabbitmq/url.ts';
import { createPinoLog } from '../../../src/adapters/pino/log.ts';
import { sleep } from '../../../src/ports/clock.ts';
import type { Queue } from '../../../src/ports/queue.ts';
import { InputError } from '../../../src/problems.ts';
import { clock, log, observation } from '../../bridge/world.ts';
import { makeCertificates, noOpenssl, type Certificates } from '../../serve/certificates.ts';
import { freePort } from '../redis/server.ts';
import { noRabbit, startRabbit, type RabbitServer } from './server.ts';
import { until } from '../../until.ts';

const PASSWORD = 's3cret/with@signs';
const skip = noRabbit === undefined ? noOpenssl : `SKIPPED: ${noRabbit}`;
if (skip !== false) console.log(`RabbitMQ over TLS is NOT tested here: ${skip}.`);

/** As the server keeps a password: salt and SHA-256. */
function hashOf(password: string): string {
  const salt = randomBytes(4);
  return Buffer.concat([salt, createHash('sha256').update(salt).update(password).digest()]).toString('base64');
}

function definitions(): string {
  const permissions = { vhost: '/', configure: '.*', write: '.*', read: '.*' };
  return JSON.stringify({
    vhosts: [{ name: '/' }],
    users: [
      { name: 'bridge', password_hash: hashOf(PASSWORD), hashing_algorithm: 'rabbit_password_hashing_sha256', tags: '' },
      { name: 'ada', password_hash: '', hashing_algorithm: 'rabbit_password_hashing_sha256', tags: '' },
    ],
    permissions: ['bridge', 'ada'].map((user) => ({ user, ...permissions })),
  });
}

describe('RabbitMQ over TLS', { skip }, () => {
  let certificates: Certificates;
  let server: RabbitServer;
  let port: number;
  const opened: Queue[] = [];

  before(
    async () => {
      certificates = makeCertificates(['ada']);
      writeFileSync(certificates.file('definitions.json'), definitions());
      port = await freePort();
      server = await startRabbit(
        [
          `listeners.ssl.local = 127.0.0.1:${port}`,
          `ssl_options.cacertfile = ${certificates.file('ca.crt')}`,
          `ssl_options.certfile = ${certificates.file('server.crt')}`,
          `ssl_options.keyfile = ${certificates.file('server.key')}`,
          'ssl_options.verify = verify_peer',
          'ssl_options.fail_if_no_peer_cert = false',
          'auth_mechanisms.1 = PLAIN',
          'auth_mechanisms.2 = EXTERNAL',
          'ssl_cert_login_from = common_name',
          `load_definitions = ${certificates.file('definitions.json')}`,
        ],
        ['rabbitmq_auth_mechanism_ssl'],
      );
    },
    { timeout: 180_000 },
  );
  after(async () => {
    for (const queue of opened) await queue.close();
    await server.dispose();
    certificates.remove();
  });

  const open = async (query: string, environment: Readonly<Record<string, string>> = {}, said = log, user = ''): Promise<Queue> => {
    const settings = parseRabbitUrl(`amqps://${user}127.0.0.1:${port}?type=classic&${query}`, 'url', environment);
    const queue = await openRabbitQueue({ settings, clock, log: said, name: 'secure' });
    opened.push(queue);
    return queue;
  };
  const ca = () => `ca=${certificates.file('ca.crt')}`;
  const carries = async (queue: Queue, name: string): Promise<void> => {
    const got: string[] = [];
    const stop = new AbortController();
    const reading = queue.receive(name, async (batch) => void got.push(...batch.map(({ key }) => key)), stop.signal);
    await queue.send({ kind: 'queue', name }, [observation('one', 1)]);
    await until(() => got.length > 0, 'it came back');
    stop.abort();
    await reading;
    assert.equal(got.length, 1);
  };

  test('rabbitmq: a name and a password of the environment, over TLS', { timeout: 60_000 }, async () => {
    const queue = await open(ca(), { FORESCALE_RABBITMQ_USERNAME: 'bridge', FORESCALE_RABBITMQ_PASSWORD: PASSWORD });
    assert.ok(queue.isConnected);
    await carries(queue, 'with-password');
  });

  test('rabbitmq: who we are is in our certificate', { timeout: 60_000 }, async () => {
    const own = `cert=${certificates.file('ada.crt')}&key=${certificates.file('ada.key')}`;
    await carries(await open(`${ca()}&auth=external&${own}`), 'with-certificate');
  });

  test(
    'rabbitmq: a wrong password, a server of an unknown authority or of another name is told at once, without the password',
    { timeout: 60_000 },
    async () => {
      const lines: string[] = [];
      const said = createPinoLog({ level: 'debug', destination: { write: (line) => lines.push(line) } });
      const login = { FORESCALE_RABBITMQ_USERNAME: 'bridge' };
      const cases = [
        [ca(), { ...login, FORESCALE_RABBITMQ_PASSWORD: 'wr0ng-secret' }, /ACCESS.REFUSED/],
        ['', { ...login, FORESCALE_RABBITMQ_PASSWORD: PASSWORD }, /self-signed|unable to verify|certificate/i],
        [
          `ca=${certificates.file('stranger.crt')}`,
          { ...login, FORESCALE_RABBITMQ_PASSWORD: PASSWORD },
          /self-signed|unable to verify|certificate/i,
        ],
        [`${ca()}&servername=elsewhere.internal`, { ...login, FORESCALE_RABBITMQ_PASSWORD: PASSWORD }, /altnames/],
      ] as const;
      for (const [query, environment, why] of cases) {
        await assert.rejects(open(query, environment, said), (error) => {
          assert.ok(error instanceof InputError, String(error));
          assert.match(error.message, why);
          lines.push(error.message);
          return true;
        });
      }
      for (const secret of [PASSWORD, 'wr0ng-secret', encodeURIComponent(PASSWORD)]) assert.ok(!lines.join('').includes(secret));
    },
  );

  test('rabbitmq: a certificate of another authority is not let in', { timeout: 60_000 }, async () => {
    const own = `cert=${certificates.file('thief.crt')}&key=${certificates.file('thief.key')}`;
    // Whether the reason arrives before the connection is cut is up to the network: it is told, or waited for, and never let in.
    const queue = await open(`${ca()}&auth=external&${own}`).catch((error: unknown) => {
      assert.ok(error instanceof InputError && /unknown ca/.test(error.message), String(error));
      return undefined;
    });
    await sleep(clock, 500);
    assert.notEqual(queue?.isConnected, true);
  });

  test(
    'rabbitmq: plain text to the port for TLS gets nowhere, and is waited for as a server that is not there',
    { timeout: 60_000 },
    async () => {
      const settings = parseRabbitUrl(`amqp://127.0.0.1:${port}`, 'url', {});
      const queue = await openRabbitQueue({ settings, clock, log, name: 'plain' });
      opened.push(queue);
      assert.ok(!queue.isConnected);
    },
  );
});
