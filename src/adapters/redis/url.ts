import { ProblemList } from '../../problems.ts';
import {
  credentialsInUrl,
  decodePart,
  readCredentials,
  readHosts,
  readOptions,
  readTls,
  TLS_OPTIONS,
  withoutPassword,
  type Environment,
  type HostPort,
} from '../server-url.ts';
import { DEFAULT_PREFIX } from './keys.ts';
import type { RedisServer, RedisSettings } from './settings.ts';

const SHAPE =
  /^(?<scheme>redis|rediss)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^?#]*))?@)?(?<hosts>[^/?#@]+)(?:\/(?<path>[^?#]*))?(?:\?(?<query>[^#]*))?$/;
const OPTIONS = ['prefix', ...TLS_OPTIONS, 'replicas', 'volatile'];
const PREFIX = /^[A-Za-z0-9._:-]{1,64}$/;
const DB = /^\d{1,4}$/;
const FORM = 'redis[s]://[user@]host[:port][/db], redis[s]+sentinel://host:port,…/name[/db] or redis[s]+cluster://host:port,…';

export function isRedisUrl(text: string): boolean {
  return /^rediss?(\+[a-z]+)?:\/\//.test(text);
}

/**
 * Reads a URL, the files that it names, and the environment (FORESCALE_REDIS_USERNAME, FORESCALE_REDIS_PASSWORD or
 * FORESCALE_REDIS_PASSWORD_FILE; the same with REDIS_SENTINEL for Sentinels).
 * @throws InputError with everything that is wrong; never with a password in it.
 */
export function parseRedisUrl(url: string, place: string, environment: Environment): RedisSettings {
  const problems = new ProblemList();
  const read = SHAPE.exec(url)?.groups;
  // An @ that ends no user belongs to a password that was not written as a URL wants it: no part of that may be shown.
  const groups = read?.['user'] === undefined && url.includes('@') ? undefined : read;
  if (groups === undefined) {
    problems.add(place, FORM, `"${withoutPassword(url)}"`);
    problems.throwIfAny();
  }
  const { scheme, kind, user, password, hosts = '', path = '', query = '' } = groups ?? {};
  const options = readOptions(query, OPTIONS, place, problems);
  const found = readHosts(hosts, kind === 'sentinel' ? 26_379 : 6_379, place, problems);
  if (kind === undefined && found.length > 1)
    problems.add(place, 'one host; several are for redis+sentinel:// and redis+cluster://', `${found.length} hosts`);
  const server = toServer(kind, found, path, place, problems);
  const tls = readTls(options, { scheme: scheme ?? '', secure: 'rediss' }, place, problems);
  const settings: RedisSettings = {
    server,
    ...(tls === undefined ? undefined : { tls }),
    credentials: { ...credentialsInUrl(user, password), ...readCredentials('FORESCALE_REDIS', environment, problems) },
    sentinelCredentials: readCredentials('FORESCALE_REDIS_SENTINEL', environment, problems),
    prefix: readPrefix(options.get('prefix'), place, problems),
    replicasMin: readReplicas(options.get('replicas'), server, place, problems),
    isVolatileAllowed: readVolatile(options.get('volatile'), place, problems),
  };
  problems.throwIfAny();
  return settings;
}

function toServer(kind: string | undefined, hosts: readonly HostPort[], path: string, place: string, problems: ProblemList): RedisServer {
  const at = hosts[0] ?? { host: '', port: 0 };
  if (kind === 'cluster') {
    if (path !== '') problems.add(place, 'no database: Redis Cluster has only one', `"/${path}"`);
    return { kind, nodes: hosts };
  }
  if (kind === 'sentinel') {
    const [name = '', db = '', ...more] = path.split('/');
    if (name === '' || more.length > 0) problems.add(place, 'the name that the Sentinels know the master by, e.g. /mymaster', `"/${path}"`);
    return { kind, sentinels: hosts, name: decodePart(name) ?? '', db: readDb(db, place, problems) };
  }
  return { kind: 'standalone', at, db: readDb(path, place, problems) };
}

function readDb(text: string, place: string, problems: ProblemList): number {
  if (text === '') return 0;
  if (!DB.test(text)) problems.add(place, 'the number of a database, e.g. /0', `"/${text}"`);
  return Number(text);
}

function readPrefix(text: string | undefined, place: string, problems: ProblemList): string {
  if (text === undefined) return DEFAULT_PREFIX;
  if (!PREFIX.test(text)) problems.add(`${place} ?prefix`, '1 to 64 letters, digits and . _ : -', `"${text}"`);
  return text;
}

function readReplicas(text: string | undefined, server: RedisServer, place: string, problems: ProblemList): number {
  if (text === undefined) return 0;
  if (!/^\d$/.test(text)) problems.add(`${place} ?replicas`, 'how many replicas must have a commit, 0 to 9', `"${text}"`);
  else if (text !== '0' && server.kind === 'cluster')
    problems.add(`${place} ?replicas`, 'nothing: not available with Redis Cluster', `"${text}"`);
  return Number(text);
}

function readVolatile(text: string | undefined, place: string, problems: ProblemList): boolean {
  if (text !== undefined && text !== 'allow') problems.add(`${place} ?volatile`, '`allow`', `"${text}"`);
  return text === 'allow';
}
