/** A network between a client and a server that can be cut: at once, as by a router that resets, or in silence, as by a cable. */
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface Cut {
  readonly port: number;
  /** Ends every connection, and takes none until `heal`. */
  reset(): void;
  /** Nothing passes any more, and nobody is told. */
  silence(): void;
  heal(): void;
  close(): Promise<void>;
}

export async function startCut(serverPort: number): Promise<Cut> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const far = connect(serverPort, '127.0.0.1');
    const pair = [client, far] as const;
    pairs.add(pair);
    for (const [one, other] of [pair, [far, client] as const]) {
      one.on('data', (data) => void other.write(data));
      one.on('error', () => {});
      one.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const end = (): void => {
    for (const [client, far] of pairs) {
      client.destroy();
      far.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    reset() {
      isCut = true;
      end();
    },
    silence() {
      isCut = true;
      for (const sockets of pairs) for (const socket of sockets) socket.removeAllListeners('data').resume();
    },
    heal() {
      isCut = false;
      // What was silenced stays so: a client finds out by itself.
    },
    close() {
      end();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
