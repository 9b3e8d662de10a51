/** Kafka over TLS, with passwords and with certificates, on a real broker. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { openKafkaQueue } from '../../../src/adapters/kafka/queue.ts';
import { parseKafkaUrl } from '../../../src/adapters/kafka/url.ts';
import { createPinoLog } from '../../../src/adapters/pino/log.ts';
import { sleep } from '../../../src/ports/clock.ts';
import type { Queue } from '../../../src/ports/queue.ts';
import { InputError } from '../../../src/problems.ts';
import { clock, log, observation } from '../../bridge/world.ts';
import { makeCertificates, noOpenssl, type Certificates } from '../../serve/certificates.ts';
import { freePort } from '../redis/server.ts';
import { noKafka, startKafka, type KafkaServer } from './server.ts';
import { until } from '../../until.ts';

const PASSWORD = 's3cret-of-the-bridge';
const skip = noKafka === undefined ? noOpenssl : `SKIPPED: ${noKafka}`;
if (skip !== false) console.log(`Kafka over TLS is NOT tested here: ${skip}.`);

const LOGIN = 'org.apache.kafka.common.security';

describe('Kafka over TLS', { skip }, () => {
  let certificates: Certificates;
  let server: KafkaServer;
  const ports = { LOGIN: 0, MUTUAL: 0 };
  const opened: Queue[] = [];

  before(
    async () => {
      certificates = makeCertificates(['ada']);
      writeFileSync(certificates.file('keystore.pem'), certificates.pem('server.key') + certificates.pem('server.crt'));
      ports.LOGIN = await freePort();
      ports.MUTUAL = await freePort();
      const tls = (listener: string) => [
        `listener.name.${listener}.ssl.keystore.type=PEM`,
        `listener.name.${listener}.ssl.keystore.location=${certificates.file('keystore.pem')}`,
        `listener.name.${listener}.ssl.truststore.type=PEM`,
        `listener.name.${listener}.ssl.truststore.location=${certificates.file('ca.crt')}`,
      ];
      server = await startKafka(undefined, {
        ports,
        protocols: { LOGIN: 'SASL_SSL', MUTUAL: 'SSL' },
        properties: [
          ...tls('login'),
          ...tls('mutual'),
          'listener.name.mutual.ssl.client.auth=required',
          'listener.name.login.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
          `listener.name.login.plain.sasl.jaas.config=${LOGIN}.plain.PlainLoginModule required user_bridge="${PASSWORD}";`,
          `listener.name.login.scram-sha-256.sasl.jaas.config=${LOGIN}.scram.ScramLoginModule required;`,
          `listener.name.login.scram-sha-512.sasl.jaas.config=${LOGIN}.scram.ScramLoginModule required;`,
        ],
        format: ['256', '512'].flatMap((bits) => ['--add-scram', `SCRAM-SHA-${bits}=[name=bridge,password=${PASSWORD}]`]),
      });
    },
    { timeout: 180_000 },
  );
  after(async () => {
    for (const queue of opened) await queue.close();
    await server.dispose();
    certificates.remove();
  });

  const open = async (
    port: number,
    query: string,
    environment: Readonly<Record<string, string>> = {},
    said = log,
    group = 'secure',
  ): Promise<Queue> => {
    const settings = parseKafkaUrl(`kafkas://127.0.0.1:${port}?group=${group}&${query}`, 'url', environment);
    const queue = await openKafkaQueue({ settings, clock, log: said, name: group });
    opened.push(queue);
    return queue;
  };
  const ca = () => `ca=${certificates.file('ca.crt')}`;
  const own = (name: string) => `cert=${certificates.file(`${name}.crt`)}&key=${certificates.file(`${name}.key`)}`;
  const login = (password = PASSWORD) => ({ FORESCALE_KAFKA_USERNAME: 'bridge', FORESCALE_KAFKA_PASSWORD: password });
  const carries = async (queue: Queue, name: string): Promise<void> => {
    const got: string[] = [];
    const stop = new AbortController();
    await queue.send({ kind: 'queue', name }, [observation('one', 1)]);
    const reading = queue.receive(name, async (batch) => void got.push(...batch.map(({ key }) => key)), stop.signal);
    await until(() => got.length > 0, 'it came back');
    stop.abort();
    await reading;
    assert.equal(got.length, 1);
  };

  for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'])
    test(`kafka: SASL ${mechanism} over TLS, with a name and a password of the environment`, { timeout: 60_000 }, async () => {
      await carries(await open(ports.LOGIN, `${ca()}&sasl=${mechanism}`, login(), log, mechanism), `with-${mechanism}`);
    });

  test('kafka: who we are is in our certificate', { timeout: 60_000 }, async () => {
    await carries(await open(ports.MUTUAL, `${ca()}&${own('ada')}`, {}, log, 'ada'), 'with-certificate');
  });

  test(
    'kafka: a wrong password and a server of an unknown authority are told at once, without the password',
    { timeout: 60_000 },
    async () => {
      const lines: string[] = [];
      const said = createPinoLog({ level: 'debug', destination: { write: (line) => lines.push(line) } });
      const cases = [
        [`${ca()}&sasl=plain`, login('wr0ng-secret'), /SASL|authentication/i],
        [`${ca()}&sasl=scram-sha-512`, login('wr0ng-secret'), /SASL|authentication/i],
        ['sasl=plain', login(), /self-signed|unable to verify|certificate/i],
        [`ca=${certificates.file('stranger.crt')}&sasl=plain`, login(), /self-signed|unable to verify|certificate/i],
      ] as const;
      for (const [query, environment, why] of cases) {
        await assert.rejects(open(ports.LOGIN, query, environment, said), (error) => {
          assert.ok(error instanceof InputError, String(error));
          assert.match(error.message, why);
          lines.push(error.message);
          return true;
        });
      }
      for (const secret of [PASSWORD, 'wr0ng-secret']) assert.ok(!lines.join('').includes(secret), secret);
    },
  );

  test('kafka: a certificate of another authority, or none, is not let in', { timeout: 60_000 }, async () => {
    for (const query of [`${ca()}&${own('thief')}`, ca()]) {
      // Whether the reason arrives before the connection is cut is up to the network: it is told, or waited for, and never let in.
      const queue = await open(ports.MUTUAL, query).catch((error: unknown) => {
        assert.ok(error instanceof InputError, String(error));
        return undefined;
      });
      await sleep(clock, 500);
      assert.notEqual(queue?.isConnected, true);
    }
  });
});
