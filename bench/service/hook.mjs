/**
 * What the SDK adds to one request of a Fastify server: its hook, run by Fastify's own runner on a real request, and the end of
 * the answer. The least of many rounds, less an empty round. Prints nanoseconds of CPU.
 */
import { createRequire } from 'node:module';
import { Agent, get } from 'node:http';
import { createRecorder, recordFastify } from '../../dist/src/producer/index.js';
import { createSystemClock } from '../../dist/src/adapters/system/clock.js';

const require = createRequire(import.meta.url);
const { onRequestHookRunner } = require('fastify/lib/hooks.js');
const app = require('fastify')();
const hooks = [];
const recorder = createRecorder({ pool: 'bench', producer: 'one', intervalMs: 3_600_000, emit: () => {} });
recordFastify({ addHook: (_name, hook) => hooks.push(hook) }, { recorder, clock: createSystemClock() });
let kept;
app.get('/items/:id', (request, reply) => {
  kept ??= { request, response: reply.raw };
  return { hello: 'world' };
});
await app.listen({ port: 0, host: '127.0.0.1' });
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const ask = () =>
  new Promise((done) => get({ port: app.server.address().port, path: '/items/1', agent }, (answer) => answer.resume().on('end', done)));
for (let i = 0; i < 3; i += 1) await ask();

const REQUESTS = 1_000_000;
const { request, response } = kept;
let handled = 0;
const handle = () => (handled += 1);
const end = () => {
  response.emit('close');
  if (response.listenerCount('close') > 0) response.removeAllListeners('close');
};
const bare = () => {
  handle();
  end();
};
const reply = { raw: response, sent: false };
const recorded = () => {
  onRequestHookRunner(hooks, request, reply, handle);
  end();
};
function cpuNs(one) {
  const before = process.cpuUsage();
  for (let i = 0; i < REQUESTS; i += 1) one();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / REQUESTS;
}
const least = (one) => Math.min(...Array.from({ length: 12 }, () => cpuNs(one)));
const without = least(bare);
const withIt = least(recorded);
console.log(JSON.stringify({ ns: withIt - without, recorded: recorder.counts.recorded }));
process.exit(0);
