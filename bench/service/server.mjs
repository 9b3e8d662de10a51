/** A bare Fastify server, with a hook that does nothing or with the SDK if asked. Tells its parent its port; on a message, the CPU time that it used and what it counted. */
import Fastify from 'fastify';

const app = Fastify();
let producer;
if (process.argv[2] === 'sdk') {
  const { createProducer } = await import('../../dist/src/sdk.js');
  producer = createProducer({ pool: 'bench', bus: { append: () => Promise.resolve() }, intervalMs: 1_000 });
  producer.fastify(app);
}
if (process.argv[2] === 'hook') app.addHook('onRequest', (_request, _reply, done) => done());
app.get('/items/:id', () => ({ hello: 'world' }));
await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ port: app.server.address().port });
process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit(0));
