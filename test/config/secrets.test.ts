/** A secret where none belongs is refused, and the refusal does not repeat it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/parse.ts';

const SECRET = 'hunter2-of-ada';
const ADDRESS = `ada:${SECRET}@host`;
const BESIDE = 'pools: { web: { capacity: { requestsPerSecond: 1 } } }\n';
const target = (text: string): string => `pools: { web: { capacity: { requestsPerSecond: 1 }, target: ${text} } }`;

const WRONG: Readonly<Record<string, string>> = {
  'a password at the top': `${BESIDE}password: ${SECRET}`,
  'a bus with a password': `${BESIDE}bus: "redis://:${SECRET}@redis:6379"`,
  'a token of the inspector': `${BESIDE}inspector: { token: ${SECRET} }`,
  'a token of what is served': `${BESIDE}serve: { recommender: { token: ${SECRET} } }`,
  'a header of traces': `${BESIDE}tracing: { headers: { authorization: ${SECRET} } }`,
  'a collector with a password': `${BESIDE}tracing: { endpoint: "http://${ADDRESS}" }`,
  'a collector of another scheme': `${BESIDE}tracing: { endpoint: "ftp://${ADDRESS}" }`,
  'an endpoint with a password': `${BESIDE}sources: [{ pool: web, scrape: { urls: ["http://${ADDRESS}"], requests: { metric: r } } }]`,
  'an endpoint of another scheme': `${BESIDE}sources: [{ pool: web, scrape: { urls: ["ftp://${ADDRESS}"], requests: { metric: r } } }]`,
  'a token of Prometheus': `${BESIDE}sources: [{ pool: web, query: { url: "http://p", requests: r, token: ${SECRET} } }]`,
  'a bridge with a password': `${BESIDE}bridges: [{ url: "amqp://${ADDRESS}", in: { from: q } }]`,
  'a bridge of another scheme': `${BESIDE}bridges: [{ url: "nats://${ADDRESS}", in: { from: q } }]`,
  'a webhook with a password': target(`{ kind: webhook, url: "https://${ADDRESS}/hook" }`),
  'a secret in the place of its name': target(`{ kind: webhook, url: "https://host/hook", secretEnv: "${SECRET}" }`),
  'a token in the place of its name': target(`{ kind: webhook, url: "https://host/hook", tokenEnv: "${SECRET}" }`),
  'an engine with a password': target(`{ kind: docker, image: a, containerPort: 80, engine: "tcp://${ADDRESS}" }`),
  'a key of AWS': target(`{ kind: aws, group: a, secretAccessKey: ${SECRET} }`),
  'an endpoint of AWS with a password': target(`{ kind: aws, group: a, endpoint: "http://${ADDRESS}" }`),
};

for (const [what, text] of Object.entries(WRONG))
  test(`config: ${what} is refused, and not repeated`, () => {
    const parsed = parseConfig(text, 'f.yaml');
    assert.ok(!parsed.ok);
    assert.match(parsed.error.message, /^f\.yaml:\d+:\d+ /);
    assert.ok(!`${parsed.error.stack} ${JSON.stringify(parsed.error.problems)}`.includes(SECRET), parsed.error.message);
  });
