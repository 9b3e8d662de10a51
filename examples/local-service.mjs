/** A service that knows nothing of Forescale: it listens on $PORT, says when it is ready, and stops on SIGTERM. */
import { createServer } from 'node:http';

const { PORT = '3000', FORESCALE_REPLICA = 'alone' } = process.env;

const server = createServer((request, response) => {
  if (request.url === '/healthz') {
    response.end('ok\n');
    return;
  }
  // Stands for a query that takes 20 ms.
  setTimeout(() => response.end(`answered by ${FORESCALE_REPLICA}\n`), 20);
});

server.listen(Number(PORT), '127.0.0.1');
// The load balancer has drained this replica before: nothing is in flight any more.
process.on('SIGTERM', () => server.close(() => process.exit(0)));
