/**
 * The connections of one node. Each has its own, because one that waits holds up everything behind it: leases beat on
 * `control`, batches are committed on `commit`, blocking reads stand on `read`, and `assured` waits for replicas.
 */
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Random } from '../../ports/random.ts';
import type { Credentials } from '../server-url.ts';
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

/** One more, that is not part of the node's state: what it carries may be missing. */
export function openConnection(settings: RedisSettings, random: Random, name: string): Client {
  return open(settings, random, name);
}

export function openConnections(settings: RedisSettings, random: Random, name: string): Connections {
  return {
    control: open(settings, random, `${name}:control`),
    commit: open(settings, random, `${name}:commit`),
    read: open(settings, random, `${name}:read`),
    assured: open(settings, random, `${name}:assured`),
  };
}

type CommonOptions = RedisOptions & { readonly replyMapping: 'legacy'; readonly protocol: 3 };

/** Every setting was measured: with the defaults a write is sent twice, a dead connection is waited on, or work begins late. */
function open(settings: RedisSettings, random: Random, connectionName: string): Client {
  const retryStrategy = (attempt: number): number => Math.min(25 * 2 ** (attempt - 1), RETRY_MAX_MS) + random.int(50);
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
    ...(settings.tls === undefined ? undefined : { tls: { ...settings.tls, rejectUnauthorized: true } }),
  } as const satisfies RedisOptions;
  const client = connect(settings, options, retryStrategy);
  // Without a listener it would be printed; what matters of it comes with the command that fails.
  client.on('error', () => {});
  return client;
}

function connect(
  { server, tls, sentinelCredentials }: RedisSettings,
  options: CommonOptions,
  retryStrategy: (attempt: number) => number,
): Client {
  if (server.kind === 'standalone') return new Redis({ ...options, ...server.at, db: server.db });
  if (server.kind === 'sentinel') {
    return new Redis({
      ...options,
      sentinels: [...server.sentinels],
      name: server.name,
      role: 'master',
      db: server.db,
      sentinelRetryStrategy: retryStrategy,
      sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
      // Leaves a master that was deposed even when it does not say so.
      failoverDetector: true,
      ...(tls === undefined ? undefined : { enableTLSForSentinelMode: true, sentinelTLS: { ...tls, rejectUnauthorized: true } }),
      ...credentialsOf(sentinelCredentials, 'sentinelUsername', 'sentinelPassword'),
    });
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

function credentialsOf(credentials: Credentials, user: string, pass: string): Readonly<Record<string, string>> {
  return {
    ...(credentials.username === undefined ? undefined : { [user]: credentials.username }),
    ...(credentials.password === undefined ? undefined : { [pass]: credentials.password }),
  };
}
