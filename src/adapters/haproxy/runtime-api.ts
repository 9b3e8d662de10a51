import { connect } from 'node:net';
import type { Clock } from '../../ports/clock.ts';

/** Where the stats socket of HAProxy is: a path, or an address of the machine. */
export type SocketAddress = { readonly path: string } | { readonly host: string; readonly port: number };

export interface RuntimeApi {
  /** One command; the answer without blanks around it. Rejects with a sentence when there is none in time. */
  ask(command: string): Promise<string>;
}

const TIMEOUT_MS = 5_000;
/** `show stat` of some ten thousand servers. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/**
 * The runtime API, one command per connection and one connection at a time: commands about one server take effect in the
 * order in which they were given.
 */
export function createRuntimeApi(address: SocketAddress, clock: Clock): RuntimeApi {
  let last: Promise<unknown> = Promise.resolve();
  return {
    ask(command) {
      const asked = last.then(() => askOnce(address, clock, command));
      last = asked.catch(() => undefined);
      return asked;
    },
  };
}

function askOnce(address: SocketAddress, clock: Clock, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const where = 'path' in address ? address.path : `${address.host}:${address.port}`;
    const socket = connect({ ...address });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const fail = (why: string): void => {
      socket.destroy();
      reject(new Error(`HAProxy at ${where} ${why}`));
    };
    const timer = clock.setTimer(TIMEOUT_MS, () => fail(`did not answer within ${TIMEOUT_MS} ms`));
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES_MAX) fail(`answered more than ${ANSWER_BYTES_MAX} bytes`);
      else chunks.push(chunk);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => fail(`could not be asked (${error.code ?? error.message})`));
    socket.on('end', () => resolve(Buffer.concat(chunks).toString('utf8').trim()));
    socket.on('close', () => {
      timer.cancel();
      // After `end` this has no effect; before it, the answer was cut off.
      reject(new Error(`HAProxy at ${where} broke the connection`));
    });
    socket.write(`${command}\n`);
  });
}
