import { Agent, type Dispatcher } from 'undici';
import type { Connection } from './connection.ts';
import type { Identity } from './credentials.ts';

/** Kept connections to one API server. */
export interface Connections {
  /** Those of an identity: a client certificate belongs to the connection. */
  of(identity: Identity): Dispatcher;
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 16;
const CONNECT_TIMEOUT_MS = 5_000;

export function createConnections({ ca, serverName, isUnverified }: Connection): Connections {
  let held: { readonly key: string; readonly agent: Agent } | undefined;
  const create = ({ clientCertificate, clientKey }: Identity): Agent =>
    new Agent({
      connections: CONNECTIONS_MAX,
      pipelining: 1,
      keepAliveTimeout: 30_000,
      // Requests are ended by our own clock; a watch is silent for as long as nothing happens.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        rejectUnauthorized: !isUnverified,
        ...(ca === undefined ? {} : { ca }),
        ...(clientCertificate === undefined ? {} : { cert: clientCertificate }),
        ...(clientKey === undefined ? {} : { key: clientKey }),
        ...(serverName === undefined ? {} : { servername: serverName }),
      },
    });
  return {
    of(identity) {
      const key = `${identity.clientCertificate ?? ''}\n${identity.clientKey ?? ''}`;
      if (held?.key !== key) {
        // What runs on the old connections goes on to its end.
        void held?.agent.close();
        held = { key, agent: create(identity) };
      }
      return held.agent;
    },
    async close() {
      await held?.agent.destroy();
    },
  };
}
