import { isIP } from 'node:net';
import { isLoopback } from '../adapters/http/host.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { InputError } from '../problems.ts';
import { InspectorServer } from './server/server.ts';
import { faultOf, type ServerTls } from '../adapters/http/server-tls.ts';
import type { Health, Source } from './source.ts';

/** Where the page is served unless told otherwise. */
export const INSPECTOR_PORT = 4270;

export interface InspectorOptions {
  readonly source: Source;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** An address or `localhost`. Default 127.0.0.1. Anything but loopback needs a token or certificates of clients. */
  readonly host?: string;
  /** 0: any free one. undefined: 4270, or any free one when that is taken. */
  readonly port?: number;
  /** At least 16 characters. Default: none is asked for. */
  readonly token?: string;
  /** Default: plain HTTP. */
  readonly tls?: ServerTls;
  /** Names, beside localhost and IP addresses, that it is opened by. Default none. */
  readonly hosts?: readonly string[];
  /** Default: it lives and is ready. */
  readonly health?: () => Health;
  /** Prometheus text. Default: no metrics. */
  readonly metrics?: () => string;
  /** Where the built page is. Default: where the build puts it. */
  readonly pageFolder?: string;
}

export interface Inspector {
  /** Resolves with the address of the page. Rejects when the port that was asked for cannot be had. */
  start(): Promise<string>;
  stop(): Promise<void>;
}

const TOKEN_LENGTH_MIN = 16;

/** @throws InputError when it would be open to the network to everybody, or its certificates cannot be used. */
export function createInspector(options: InspectorOptions): Inspector {
  const { host = '127.0.0.1', port, token, tls } = options;
  checkOptions(host, token, tls);
  const server = new InspectorServer({
    ...options,
    token,
    tls,
    hosts: (options.hosts ?? []).map((name) => name.toLowerCase()),
    health: options.health ?? (() => ({ live: true, ready: true, reason: null })),
  });
  return {
    async start() {
      const taken = await listen(server, host, port, options.log);
      const name = isIP(host) === 6 ? `[${host}]` : host;
      return `${tls === undefined ? 'http' : 'https'}://${name}:${taken}`;
    },
    stop: () => server.close(),
  };
}

async function listen(server: InspectorServer, host: string, port: number | undefined, log: Log): Promise<number> {
  try {
    return await server.listen(host, port ?? INSPECTOR_PORT);
  } catch (error) {
    if (port !== undefined) throw error;
    log.info({ port: INSPECTOR_PORT }, 'the usual port of the inspector is taken; any free one will do');
    return server.listen(host, 0);
  }
}

function checkOptions(host: string, token: string | undefined, tls: ServerTls | undefined): void {
  const problems = [];
  if (!isLoopback(host) && token === undefined && tls?.clientCa === undefined)
    problems.push({
      place: 'inspector',
      wanted: 'a token (FORESCALE_INSPECTOR_TOKEN) or `tls.clientCaFile` where others can reach it',
      found: `host ${host} without one`,
    });
  if (token !== undefined && token.length < TOKEN_LENGTH_MIN)
    problems.push({ place: 'FORESCALE_INSPECTOR_TOKEN', wanted: `at least ${TOKEN_LENGTH_MIN} characters`, found: `${token.length}` });
  const fault = tls === undefined ? undefined : faultOf(tls);
  if (fault !== undefined) problems.push({ place: 'inspector.tls', wanted: 'a certificate and its key, as PEM', found: fault });
  if (problems.length > 0) throw new InputError(problems);
}
