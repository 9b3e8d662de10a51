/** What the URLs of Redis, RabbitMQ and Kafka share: hosts, options, TLS files, and credentials that may come from outside of them. */
import { readFileSync } from 'node:fs';
import type { ProblemList } from '../problems.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Contents of PEM files; absent: those of the system. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

export interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

export const TLS_OPTIONS = ['ca', 'cert', 'key', 'servername'] as const;
const HOST = /^(?<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(?<port>\d{1,5}))?$/;

/** The same URL to be shown: without its password. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/.*@/s, '//…@');
}

export function readOptions(query: string, known: readonly string[], place: string, problems: ProblemList): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (known.includes(name)) options.set(name, value);
    else problems.add(`${place} ?${name}`, `one of ${known.join(', ')}`, `"${name}"`);
  }
  return options;
}

export function readHosts(text: string, defaultPort: number, place: string, problems: ProblemList): readonly HostPort[] {
  const hosts: HostPort[] = [];
  for (const part of text.split(',')) {
    const groups = HOST.exec(part)?.groups;
    const port = groups?.['port'] === undefined ? defaultPort : Number(groups['port']);
    if (groups?.['host'] === undefined || port < 1 || port > 65_535)
      problems.add(place, 'host or host:port, the port from 1 to 65535', `"${part}"`);
    else hosts.push({ host: groups['host'].replace(/^\[|\]$/g, ''), port });
  }
  return hosts;
}

/** Reads the PEM files that a URL names; undefined when its scheme is not the one for TLS, and then it may name none. */
export function readTls(
  options: ReadonlyMap<string, string>,
  { scheme, secure }: { readonly scheme: string; readonly secure: string },
  place: string,
  problems: ProblemList,
): TlsFiles | undefined {
  if (scheme !== secure) {
    for (const name of TLS_OPTIONS)
      if (options.has(name)) problems.add(`${place} ?${name}`, `a URL that begins with ${secure}, for TLS`, `${scheme}://`);
    return undefined;
  }
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

/** From `<prefix>_USERNAME`, and `<prefix>_PASSWORD` or the file that `<prefix>_PASSWORD_FILE` names. */
export function readCredentials(prefix: string, environment: Environment, problems: ProblemList): Credentials {
  const file = environment[`${prefix}_PASSWORD_FILE`];
  const password = environment[`${prefix}_PASSWORD`];
  if (file !== undefined && password !== undefined) problems.add(`${prefix}_PASSWORD`, `either it or ${prefix}_PASSWORD_FILE`, 'both');
  // Files made by an editor or by `echo` end with a line break, which is no part of the password.
  const fromFile = file === undefined ? undefined : readText(file, `${prefix}_PASSWORD_FILE`, problems)?.replace(/\r?\n$/, '');
  return { ...given('username', environment[`${prefix}_USERNAME`]), ...given('password', password ?? fromFile) };
}

export function credentialsInUrl(user: string | undefined, password: string | undefined): Credentials {
  return { ...given('username', decodePart(user)), ...given('password', decodePart(password)) };
}

export function decodePart(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray % is part of the text.
    return text;
  }
}

function readText(path: string, place: string, problems: ProblemList): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    problems.add(place, 'a file that can be read', error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function given<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
}
