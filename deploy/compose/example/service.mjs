/** An example service with the SDK, and its own clients: a load that comes and goes every three minutes. */
import { createServer, get } from 'node:http';
import { createProducer } from '/app/dist/src/sdk.js';

const port = Number(process.env.PORT ?? 8080);
const producer = createProducer({ pool: 'web', bus: process.env.FORESCALE_BUS ?? 'redis://redis:6379', intervalMs: 5_000 });
const record = producer.middleware();
const server = createServer((request, response) => {
  record(request, response);
  setTimeout(() => response.end('an item\n'), 20);
});
server.listen(port, '0.0.0.0');

const call = () => {
  get({ port, path: '/items' }, (response) => response.resume()).on('error', () => {});
  const perSecond = 30 + 25 * Math.sin((2 * Math.PI * Date.now()) / 180_000);
  setTimeout(call, 1_000 / perSecond);
};
call();

process.once('SIGTERM', () => void producer.close().then(() => process.exit(0)));
