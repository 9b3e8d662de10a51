import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import { InputError } from '../../problems.ts';
import type { Credentials } from './credentials.ts';
import { tokenFileCredentials } from './token-file.ts';

/** How an API server is reached. */
export interface Connection {
  readonly server: URL;
  readonly credentials: Credentials;
  /** Of a pool that names none. */
  readonly namespace: string;
  /** PEM of who may vouch for the server. Default: those that the system trusts. */
  readonly ca?: string;
  /** Name that the server's certificate has to hold, if not that of the address. */
  readonly serverName?: string;
  /** The server's certificate is not looked at, because a kubeconfig says so. */
  readonly isUnverified: boolean;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** True inside a pod that has a service account. */
export function isInCluster(env: Readonly<Record<string, string | undefined>>): boolean {
  return env['KUBERNETES_SERVICE_HOST'] !== undefined && env['KUBERNETES_SERVICE_PORT'] !== undefined;
}

/** A pod's own. @throws InputError outside a pod. */
export function inClusterConnection(clock: Clock, env: Readonly<Record<string, string | undefined>>, folder = SERVICE_ACCOUNT): Connection {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (host === undefined || port === undefined)
    throw new InputError([{ place: 'KUBERNETES_SERVICE_HOST', wanted: 'to run in a pod', found: 'nothing' }]);
  const read = (name: string): string => {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch (error) {
      const found = error instanceof Error && 'code' in error ? String(error.code) : 'none';
      throw new InputError([{ place: join(folder, name), wanted: 'the file of a service account', found }]);
    }
  };
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    credentials: tokenFileCredentials(join(folder, 'token'), clock),
    namespace: read('namespace').trim(),
    ca: read('ca.crt'),
    isUnverified: false,
  };
}
