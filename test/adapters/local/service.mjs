/**
 * A small service as a user might have one: knows nothing of Forescale, listens on $PORT, stops on SIGTERM (unless told to
 * be stubborn). Kept in plain JavaScript, so that it starts fast.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const { PORT, START_MS = '0', FORESCALE_REPLICA = '', STUBBORN, HELPER } = process.env;
let isHealthy = true;

if (HELPER !== undefined) spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', HELPER], { stdio: 'ignore' });

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/healthz') response.writeHead(isHealthy ? 200 : 503).end();
  else if (pathname === '/crash') process.exit(7);
  else if (pathname === '/eat') eat(Number(searchParams.get('mib')), () => response.end(FORESCALE_REPLICA));
  else if (pathname === '/burn') {
    const endMs = performance.now() + Number(searchParams.get('ms'));
    while (performance.now() < endMs);
    response.end(String(process.cpuUsage().user / 1_000));
  } else if (pathname === '/sicken') {
    isHealthy = false;
    response.end();
  } else if (pathname === '/break') {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => process.exit(7));
  } else if (pathname === '/echo') {
    response.setHeader('x-replica', FORESCALE_REPLICA);
    response.setHeader('x-forwarded', request.headers['x-forwarded-for'] ?? '');
    response.setHeader('x-saw-connection-header', request.headers['x-hop'] ?? 'none');
    request.pipe(response);
  } else setTimeout(() => response.end(FORESCALE_REPLICA), Number(searchParams.get('ms') ?? 0));
});

setTimeout(() => server.listen(Number(PORT), '127.0.0.1'), Number(START_MS));
process.on('SIGTERM', () => {
  if (STUBBORN === undefined) server.close(() => process.exit(0));
});

/** Holds so many MiB for as long as it lives. */
const held = [];
function eat(mib, done) {
  for (let i = 0; i < mib; i += 1) held.push(Buffer.alloc(1024 * 1024, 1));
  done();
}
