/**
 * The connections of one node. Each has its own, because one that waits holds up everything behind it: leases beat on
 * `control`, batches are committed on `commit`, blocking reads stand on `read`, and `assured` waits for replicas.
 */
import assert from 'node:assert/strict';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { Credentials, TlsFiles } from '../server-url.ts';
import { masterConnector } from './master-connector.ts';
import { Sentinels } from './sentinels.ts';
import type { RedisSettings } from './settings.ts';

export type Client = Redis | Cluster;
/** What a command takes. */
export type Arg = string | number | Buffer;

export const ROLES = ['control', 'commit', 'read', 'assured'] as const;
export type Role = (typeof ROLES)[number];
export type Connections = Readonly<Record<Role, Client>>;

/** Nothing that was sent to a server is given up sooner, milliseconds. No command may wait for longer than half of it. */
export const SOCKET_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 1_000;
const KEEP_ALIVE_MS = 5_000;
/** Longest wait before the next attempt to connect, milliseconds: it bounds how soon work goes on when Redis is back. */
const RETRY_MAX_MS = 250;

/** What all connections of a node have in common. */
export interface Reach {
  readonly settings: RedisSettings;
  readonly clock: Clock;
  readonly random: Random;
  /** Where the server is found by Sentinels. */
  readonly sentinels: Sentinels | undefined;
}

/** Connections open and close; what finds the server for them is closed by whoever asked for this. */
export function reachOf(settings: RedisSettings, clock: Clock, random: Random): Reach {
  return { settings, clock, random, sentinels: sentinelsOf(settings, clock, random) };
}

/** One more, that is not part of the node's state: what it carries may be missing. */
export function openConnection(reach: Reach, name: string): Client {
  return open(reach, name);
}

export function openConnections(reach: Reach, name: string): Connections {
  return {
    control: open(reach, `${name}:control`),
    commit: open(reach, `${name}:commit`),
    read: open(reach, `${name}:read`),
    assured: open(reach, `${name}:assured`),
  };
}

const retryBy =
  (random: Random) =>
  (attempt: number): number =>
    Math.min(25 * 2 ** (attempt - 1), RETRY_MAX_MS) + random.int(50);

function sentinelsOf({ server, tls, sentinelCredentials }: RedisSettings, clock: Clock, random: Random): Sentinels | undefined {
  if (server.kind !== 'sentinel') return undefined;
  const client = {
    socketTimeout: SOCKET_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    retryStrategy: retryBy(random),
    ...credentialsOf(sentinelCredentials, 'username', 'password'),
    ...tlsOf(tls),
  } as const satisfies RedisOptions;
  return new Sentinels({ sentinels: server.sentinels, name: server.name, client, clock });
}

type CommonOptions = RedisOptions & { readonly replyMapping: 'legacy'; readonly protocol: 3 };

/** Every setting was measured: with the defaults a write is sent twice, a dead connection is waited on, or work begins late. */
function open(reach: Reach, connectionName: string): Client {
  const { settings } = reach;
  const retryStrategy = retryBy(reach.random);
  const options = {
    protocol: 3,
    replyMapping: 'legacy',
    lazyConnect: true,
    connectionName,
    disableClientInfo: true,
    // A command that was sent and not answered is not sent again: it may have been carried out.
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    socketTimeout: SOCKET_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    retryStrategy,
    // How long it loads its files a server guesses from the first of them, and a guess of an hour is as good as none.
    maxLoadingRetryTime: RETRY_MAX_MS,
    // A master that became a replica keeps its connections: leave it, and send nothing again.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...credentialsOf(settings.credentials, 'username', 'password'),
    ...tlsOf(settings.tls),
  } as const satisfies RedisOptions;
  const client = connect(reach, options, retryStrategy);
  // Without a listener it would be printed; what matters of it comes with the command that fails.
  client.on('error', () => {});
  return client;
}

function connect({ settings, clock, sentinels }: Reach, options: CommonOptions, retryStrategy: (attempt: number) => number): Client {
  const { server } = settings;
  if (server.kind === 'standalone') return new Redis({ ...options, ...server.at, db: server.db });
  if (server.kind === 'sentinel') {
    assert(sentinels !== undefined);
    const Connector = masterConnector({ sentinels, clock, tls: options.tls, retryStrategy });
    return new Redis({ ...options, Connector, db: server.db });
  }
  return new Cluster([...server.nodes], {
    redisOptions: options,
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: retryStrategy,
    slotsRefreshTimeout: SOCKET_TIMEOUT_MS,
    // Between looks at the slots, milliseconds: a master that was replaced is found without a command that fails.
    slotsRefreshInterval: 5_000,
  });
}

function tlsOf(tls: TlsFiles | undefined): Pick<RedisOptions, 'tls'> {
  return tls === undefined ? {} : { tls: { ...tls, rejectUnauthorized: true } };
}

function credentialsOf(credentials: Credentials, user: string, pass: string): Readonly<Record<string, string>> {
  return {
    ...(credentials.username === undefined ? undefined : { [user]: credentials.username }),
    ...(credentials.password === undefined ? undefined : { [pass]: credentials.password }),
  };
}
