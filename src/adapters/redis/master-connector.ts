/** How a connection finds its way to the master that Sentinels name, and leaves one that was deposed. */
import { connect as connectPlainly, type Socket } from 'node:net';
import { connect as connectOverTls, type ConnectionOptions } from 'node:tls';
import { AbstractConnector } from 'ioredis';
import { sleep, type Clock } from '../../ports/clock.ts';
import type { MasterAddress, Sentinels } from './sentinels.ts';

export interface ConnectorSettings {
  readonly sentinels: Sentinels;
  readonly clock: Clock;
  readonly tls: ConnectionOptions | undefined;
  /** Wait before the next question to the Sentinels, milliseconds, by number of the attempt. */
  readonly retryStrategy: (attempt: number) => number;
}

/** How long a connection that was ended may take to say goodbye, milliseconds. */
const GOODBYE_MS = 2_000;

/** The class that a client makes its connector of. */
export function masterConnector({ sentinels, clock, tls, retryStrategy }: ConnectorSettings): new (options: unknown) => AbstractConnector {
  return class MasterConnector extends AbstractConnector {
    constructor() {
      super(GOODBYE_MS);
    }

    /** A replica that is about to be promoted is not the master yet. */
    override check({ role }: { readonly role?: string }): boolean {
      return role === undefined || role === 'master';
    }

    override async connect(tell: (type: string, error: Error) => void): Promise<Socket> {
      this.connecting = true;
      const at = await this.#find(tell);
      const { host, port } = at;
      const stream = tls === undefined ? connectPlainly({ host, port }) : connectOverTls({ host, port, ...tls });
      this.stream = stream;
      stream.once('error', (error) => (this.firstError = error));
      const forget = sentinels.watch({ at, leave: () => stream.destroy() });
      stream.once('close', forget);
      return stream;
    }

    async #find(tell: (type: string, error: Error) => void): Promise<MasterAddress> {
      for (let attempt = 1; ; attempt++) {
        try {
          const found = await sentinels.master();
          if (this.connecting) return found;
        } catch (error) {
          if (this.connecting) tell('error', error instanceof Error ? error : new Error(String(error)));
        }
        if (!this.connecting) throw new Error('Connection is closed.');
        await sleep(clock, retryStrategy(attempt));
      }
    }
  };
}
