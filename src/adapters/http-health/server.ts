import { createServer, type Server } from 'node:http';

/** Whether a node is to be restarted, and whether it does its part. */
export interface Health {
  readonly live: boolean;
  readonly ready: boolean;
  /** Why it is not ready, or not alive. */
  readonly reason: string | null;
}

export interface HealthServer {
  /** Where it listens. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * `GET /healthz` and `GET /readyz` for whoever watches over the process: 200 or 503, with the reason. It tells nothing else, so
 * it may be open to the network. Rejects when it cannot listen.
 */
export async function serveHealth(host: string, port: number, look: () => Health): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const isKnown = path === '/healthz' || path === '/readyz';
    const health = look();
    const isWell = path === '/healthz' ? health.live : health.live && health.ready;
    const status = isKnown ? (isWell ? 200 : 503) : 404;
    const body = isKnown ? { ok: isWell, reason: isWell ? null : health.reason } : { error: 'GET /healthz or /readyz' };
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(body)}\n`);
  });
  server.requestTimeout = 5_000;
  server.headersTimeout = 5_000;
  server.maxConnections = 100;
  const taken = await listen(server, host, port);
  return {
    address: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : port);
    });
  });
}
