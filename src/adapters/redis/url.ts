import { readFileSync } from 'node:fs';
import { ProblemList } from '../../problems.ts';
import { DEFAULT_PREFIX } from './keys.ts';
import type { Credentials, HostPort, RedisServer, RedisSettings, RedisTls } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const SHAPE =
  /^(?<scheme>redis|rediss)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^?#]*))?@)?(?<hosts>[^/?#@]+)(?:\/(?<path>[^?#]*))?(?:\?(?<query>[^#]*))?$/;
const HOST = /^(?<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(?<port>\d{1,5}))?$/;
const OPTIONS = ['prefix', 'ca', 'cert', 'key', 'servername', 'replicas', 'volatile'];
const PREFIX = /^[A-Za-z0-9._:-]{1,64}$/;
const DB = /^\d{1,4}$/;
const FORM = 'redis[s]://[user@]host[:port][/db], redis[s]+sentinel://host:port,…/name[/db] or redis[s]+cluster://host:port,…';

export function isRedisUrl(text: string): boolean {
  return /^rediss?(\+[a-z]+)?:\/\//.test(text);
}

/** The same URL to be shown: without its password. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/.*@/s, '//…@');
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
  const options = readOptions(query, place, problems);
  const server = toServer(kind, readHosts(hosts, kind, place, problems), path, place, problems);
  const tls = scheme === 'rediss' ? readTls(options, place, problems) : undefined;
  if (tls === undefined) {
    for (const name of ['ca', 'cert', 'key', 'servername'])
      if (options.has(name)) problems.add(`${place} ?${name}`, 'a URL that begins with rediss, for TLS', `${scheme ?? ''}://`);
  }
  const inUrl = { ...given('username', decode(user)), ...given('password', decode(password)) };
  const settings: RedisSettings = {
    server,
    ...(tls === undefined ? undefined : { tls }),
    credentials: { ...inUrl, ...readCredentials('FORESCALE_REDIS', environment, problems) },
    sentinelCredentials: readCredentials('FORESCALE_REDIS_SENTINEL', environment, problems),
    prefix: readPrefix(options.get('prefix'), place, problems),
    replicasMin: readReplicas(options.get('replicas'), server, place, problems),
    isVolatileAllowed: readVolatile(options.get('volatile'), place, problems),
  };
  problems.throwIfAny();
  return settings;
}

function readOptions(query: string, place: string, problems: ProblemList): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (OPTIONS.includes(name)) options.set(name, value);
    else problems.add(`${place} ?${name}`, `one of ${OPTIONS.join(', ')}`, `"${name}"`);
  }
  return options;
}

function readHosts(text: string, kind: string | undefined, place: string, problems: ProblemList): readonly HostPort[] {
  const defaultPort = kind === 'sentinel' ? 26_379 : 6_379;
  const hosts: HostPort[] = [];
  for (const part of text.split(',')) {
    const groups = HOST.exec(part)?.groups;
    const port = groups?.['port'] === undefined ? defaultPort : Number(groups['port']);
    if (groups?.['host'] === undefined || port < 1 || port > 65_535)
      problems.add(place, 'host or host:port, the port from 1 to 65535', `"${part}"`);
    else hosts.push({ host: groups['host'].replace(/^\[|\]$/g, ''), port });
  }
  if (kind === undefined && hosts.length > 1)
    problems.add(place, 'one host; several are for redis+sentinel:// and redis+cluster://', `${hosts.length} hosts`);
  return hosts;
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
    return { kind, sentinels: hosts, name: decode(name) ?? '', db: readDb(db, place, problems) };
  }
  return { kind: 'standalone', at, db: readDb(path, place, problems) };
}

function readDb(text: string, place: string, problems: ProblemList): number {
  if (text === '') return 0;
  if (!DB.test(text)) problems.add(place, 'the number of a database, e.g. /0', `"/${text}"`);
  return Number(text);
}

function readTls(options: ReadonlyMap<string, string>, place: string, problems: ProblemList): RedisTls {
  const file = (name: string) => {
    const path = options.get(name);
    return path === undefined ? undefined : readText(path, `${place} ?${name}`, problems);
  };
  if (options.has('cert') !== options.has('key')) problems.add(place, 'both ?cert and ?key, or neither', 'one of them');
  return {
    ...given('ca', file('ca')),
    ...given('cert', file('cert')),
    ...given('key', file('key')),
    ...given('servername', options.get('servername')),
  };
}

function readCredentials(prefix: string, environment: Environment, problems: ProblemList): Credentials {
  const file = environment[`${prefix}_PASSWORD_FILE`];
  const password = environment[`${prefix}_PASSWORD`];
  if (file !== undefined && password !== undefined) problems.add(`${prefix}_PASSWORD`, `either it or ${prefix}_PASSWORD_FILE`, 'both');
  // Files made by an editor or by `echo` end with a line break, which is no part of the password.
  const fromFile = file === undefined ? undefined : readText(file, `${prefix}_PASSWORD_FILE`, problems)?.replace(/\r?\n$/, '');
  return { ...given('username', environment[`${prefix}_USERNAME`]), ...given('password', password ?? fromFile) };
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

function readText(path: string, place: string, problems: ProblemList): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    problems.add(place, 'a file that can be read', error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function decode(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray % is part of the text.
    return text;
  }
}

function given<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
}
