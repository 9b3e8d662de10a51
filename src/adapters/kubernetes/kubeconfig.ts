/** A kubeconfig: which server, whose certificate, who we are. Several files are merged as kubectl does: the first that names a thing wins. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import type { Clock } from '../../ports/clock.ts';
import { InputError, ProblemList } from '../../problems.ts';
import { staticCredentials, type Credentials } from './credentials.ts';
import { execCredentials } from './exec-credentials.ts';
import { at, listAt, textAt } from './json.ts';
import type { Connection } from './connection.ts';
import { tokenFileCredentials } from './token-file.ts';

export interface KubeconfigChoice {
  /** Default: $KUBECONFIG, otherwise ~/.kube/config. */
  readonly file?: string;
  /** Default: the file's current context. */
  readonly context?: string;
}

/** A thing of a kubeconfig with the file that it stands in, against which its paths are read. */
interface Named {
  readonly value: unknown;
  readonly file: string;
}

/** @throws InputError with all that is wrong. No problem tells a secret. */
export function readKubeconfig(choice: KubeconfigChoice, clock: Clock): Connection {
  const problems = new ProblemList();
  const files = filesOf(choice.file).map((file) => [file, readYamlFile(file, problems)] as const);
  problems.throwIfAny();
  const find = (list: string, what: string, name: string): Named | undefined => {
    for (const [file, data] of files) {
      const entry = listAt(data, list).find((item) => textAt(item, 'name') === name);
      if (entry !== undefined) return { value: at(entry, what), file };
    }
    return undefined;
  };
  const contextName =
    choice.context ?? files.map(([, data]) => textAt(data, 'current-context')).find((name) => name !== undefined && name !== '');
  const place = files.map(([file]) => file).join(delimiter);
  if (contextName === undefined) throw new InputError([{ place, wanted: 'a current-context, or a context by name', found: 'neither' }]);
  const context = find('contexts', 'context', contextName);
  if (context === undefined) {
    const names = files.flatMap(([, data]) => listAt(data, 'contexts').map((item) => textAt(item, 'name') ?? '?'));
    throw new InputError([{ place, wanted: `a context of ${names.join(', ') || 'none that is there'}`, found: contextName }]);
  }
  const cluster = find('clusters', 'cluster', textAt(context.value, 'cluster') ?? '');
  const user = find('users', 'user', textAt(context.value, 'user') ?? '');
  if (cluster === undefined)
    problems.add(`${place} context ${contextName}`, 'a cluster that is there', textAt(context.value, 'cluster') ?? 'none');
  if (user === undefined) problems.add(`${place} context ${contextName}`, 'a user that is there', textAt(context.value, 'user') ?? 'none');
  problems.throwIfAny();
  const server = serverOf(cluster, problems);
  const ca = pemOf(cluster, 'certificate-authority', problems);
  const credentials = credentialsOf(user, { server: server?.href ?? '', ca }, clock, problems);
  problems.throwIfAny();
  if (server === undefined || credentials === undefined) throw new Error('a kubeconfig without problems gave no server');
  const serverName = textAt(cluster?.value, 'tls-server-name');
  return {
    server,
    credentials,
    namespace: textAt(context.value, 'namespace') ?? 'default',
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { serverName }),
    isUnverified: at(cluster?.value, 'insecure-skip-tls-verify') === true,
  };
}

function filesOf(file: string | undefined): readonly string[] {
  if (file !== undefined) return [file];
  const listed = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  return listed.length > 0 ? listed : [join(homedir(), '.kube', 'config')];
}

function readYamlFile(file: string, problems: ProblemList): unknown {
  const text = readText(file, problems);
  if (text === undefined) return undefined;
  const document = parseDocument(text, { prettyErrors: false });
  // The parser's own message may quote the line, which may hold a token.
  if (document.errors.length > 0) problems.add(file, 'YAML', `text that is none (${document.errors[0]?.code ?? 'no reason'})`);
  return document.errors.length > 0 ? undefined : (document.toJS({ maxAliasCount: 10 }) as unknown);
}

function readText(file: string, problems: ProblemList): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    problems.add(file, 'a file that can be read', error instanceof Error && 'code' in error ? String(error.code) : 'none');
    return undefined;
  }
}

function serverOf(cluster: Named | undefined, problems: ProblemList): URL | undefined {
  const text = textAt(cluster?.value, 'server') ?? '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  problems.add(`${cluster?.file ?? ''} cluster.server`, 'an http or https address', text === '' ? 'nothing' : 'something else');
  return undefined;
}

/** `NAME-data` (base64) or the file that `NAME` names. */
function pemOf(named: Named | undefined, name: string, problems: ProblemList): string | undefined {
  const data = textAt(named?.value, `${name}-data`);
  if (data !== undefined) {
    const pem = Buffer.from(data, 'base64').toString('utf8');
    if (pem.includes('-----BEGIN')) return pem;
    problems.add(`${named?.file ?? ''} ${name}-data`, 'PEM in base64', 'something else');
    return undefined;
  }
  const path = textAt(named?.value, name);
  return path === undefined ? undefined : readText(besideOf(named, path), problems);
}

function besideOf(named: Named | undefined, path: string): string {
  return isAbsolute(path) ? path : resolve(dirname(named?.file ?? '.'), path);
}

function credentialsOf(
  user: Named | undefined,
  cluster: { readonly server: string; readonly ca: string | undefined },
  clock: Clock,
  problems: ProblemList,
): Credentials | undefined {
  const value = user?.value;
  const exec = at(value, 'exec');
  if (exec !== undefined) return pluginOf(user, exec, cluster, clock, problems);
  const tokenFile = textAt(value, 'tokenFile');
  if (tokenFile !== undefined) return tokenFileCredentials(besideOf(user, tokenFile), clock);
  const token = textAt(value, 'token');
  const clientCertificate = pemOf(user, 'client-certificate', problems);
  const clientKey = pemOf(user, 'client-key', problems);
  const place = `${user?.file ?? ''} user`;
  if ((clientCertificate === undefined) !== (clientKey === undefined))
    problems.add(place, 'a client certificate and its key', 'one of them');
  if (token === undefined && clientCertificate === undefined) {
    problems.add(place, 'a token, a tokenFile, a client certificate or exec', Object.keys(value ?? {}).join(', ') || 'nothing');
    return undefined;
  }
  const hasBoth = clientCertificate !== undefined && clientKey !== undefined;
  return staticCredentials(hasBoth ? 'a client certificate' : 'a token', {
    ...(token === undefined ? {} : { token }),
    ...(hasBoth ? { clientCertificate, clientKey } : {}),
  });
}

const EXEC_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

function pluginOf(
  user: Named | undefined,
  exec: unknown,
  { server, ca }: { readonly server: string; readonly ca: string | undefined },
  clock: Clock,
  problems: ProblemList,
): Credentials | undefined {
  const place = `${user?.file ?? ''} user.exec`;
  const apiVersion = textAt(exec, 'apiVersion') ?? '';
  const command = textAt(exec, 'command') ?? '';
  if (!EXEC_VERSIONS.includes(apiVersion))
    problems.add(`${place}.apiVersion`, `one of ${EXEC_VERSIONS.join(', ')}`, apiVersion || 'nothing');
  if (command === '') problems.add(`${place}.command`, 'a program', 'nothing');
  if (textAt(exec, 'interactiveMode') === 'Always') problems.add(`${place}.interactiveMode`, 'a program that needs nobody', 'Always');
  const env = listAt(exec, 'env').map((item) => [textAt(item, 'name') ?? '', textAt(item, 'value') ?? ''] as const);
  const tellsCluster = at(exec, 'provideClusterInfo') === true;
  const caData = ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return execCredentials(
    {
      apiVersion,
      command: command.includes('/') ? besideOf(user, command) : command,
      args: listAt(exec, 'args').map(String),
      env: Object.fromEntries(env),
      workingDirectory: dirname(resolve(user?.file ?? '.')),
      ...(tellsCluster ? { cluster: { server, ...caData } } : {}),
    },
    clock,
  );
}
