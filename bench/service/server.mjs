/**
 * Three Fastify servers in one process: bare, with a hook that does nothing, with the SDK. One process, as two that are alike may differ
 * by a fifth for as long as they live. Tells its parent their ports; on a message, the CPU time that it used.
 */
import Fastify from 'fastify';
import { createProducer } from '../../dist/src/sdk.js';

const dress = {
  bare: () => {},
  hook: (app) => app.addHook('onRequest', (_request, _reply, done) => done()),
  sdk: (app) => createProducer({ pool: 'bench', bus: { append: () => Promise.resolve() }, intervalMs: 1_000 }).fastify(app),
};
const ports = {};
for (const [kind, put] of Object.entries(dress)) {
  const app = Fastify();
  put(app);
  app.get('/items/:id', () => ({ hello: 'world' }));
  await app.listen({ port: 0, host: '127.0.0.1' });
  ports[kind] = app.server.address().port;
}
process.send?.(ports);
process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit(0));
