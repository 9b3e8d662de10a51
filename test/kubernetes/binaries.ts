import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface Binaries {
  readonly etcd: string;
  readonly apiServer: string;
  readonly controllerManager: string;
  readonly scheduler: string;
  readonly openssl: string;
}

/** The programs of a control plane, or the names of those that are missing with where they were looked for. */
export function findBinaries(env: NodeJS.ProcessEnv): Binaries | readonly string[] {
  const cache = env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = env['FORESCALE_KUBERNETES_BIN'] ?? join(cache, 'forescale', 'kubernetes');
  const path = (env['PATH'] ?? '').split(delimiter);
  const missing: string[] = [];
  const find = (name: string, folders: readonly string[]): string => {
    const found = folders.map((one) => join(one, name)).find((file) => existsSync(file));
    if (found === undefined) missing.push(`${name} (in ${folders.length === 1 ? folders[0] : 'the PATH'})`);
    return found ?? name;
  };
  const binaries = {
    etcd: find('etcd', [...path, '/usr/bin']),
    openssl: find('openssl', path),
    apiServer: find('kube-apiserver', [folder]),
    controllerManager: find('kube-controller-manager', [folder]),
    scheduler: find('kube-scheduler', [folder]),
  };
  return missing.length === 0 ? binaries : missing;
}
