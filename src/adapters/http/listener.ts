import type { Server } from 'node:http';

/** A server that can be opened and closed. */
export interface Listener {
  /** Resolves with the port. Rejects when it cannot be had. */
  listen(host: string, port: number): Promise<number>;
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 256;

/** Bounds on how long a request may take to come, and on how many are served at once. */
export function bounded<S extends Server>(server: S): S {
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

export function listenerOf(server: Server): Listener {
  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          const address = server.address();
          resolve(typeof address === 'object' && address !== null ? address.port : port);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
