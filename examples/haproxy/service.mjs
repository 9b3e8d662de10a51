/**
 * A service that needs a while to start and works on one request at a time: what arrives faster than it works waits. It
 * waits for a timer in the place of working, so that the comparison measures scaling and not this machine's cores.
 */
import { createServer } from 'node:http';

const { PORT = '3000', START_MS = '8000', WORK_MS = '40' } = process.env;
let freeAtMs = 0;

const server = createServer((request, response) => {
  if (request.url === '/healthz') {
    response.end('ok\n');
    return;
  }
  const nowMs = performance.now();
  freeAtMs = Math.max(nowMs, freeAtMs) + Number(WORK_MS);
  setTimeout(() => response.end('done\n'), freeAtMs - nowMs);
});

setTimeout(() => server.listen(Number(PORT), '127.0.0.1'), Number(START_MS));
process.on('SIGTERM', () => {
  if (server.listening) server.close(() => process.exit(0));
  else process.exit(0);
});
