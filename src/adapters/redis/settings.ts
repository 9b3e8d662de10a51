import type { Credentials, HostPort, TlsFiles } from '../server-url.ts';

/** Where Redis is and how it is spoken to. Made from a URL by `parseRedisUrl`; passwords come from the environment or files, too. */
export interface RedisSettings {
  readonly server: RedisServer;
  /** Present: TLS, with the certificate checked always. */
  readonly tls?: TlsFiles;
  readonly credentials: Credentials;
  /** For Sentinels, where they ask for some. */
  readonly sentinelCredentials: Credentials;
  /** Before every key. */
  readonly prefix: string;
  /** Replicas that must have a commit before its effects begin; 0: none are waited for. */
  readonly replicasMin: number;
  /** Take a Redis that forgets everything when it ends, for trying things out. */
  readonly isVolatileAllowed: boolean;
}

export type RedisServer =
  | { readonly kind: 'standalone'; readonly at: HostPort; readonly db: number }
  | { readonly kind: 'sentinel'; readonly sentinels: readonly HostPort[]; readonly name: string; readonly db: number }
  | { readonly kind: 'cluster'; readonly nodes: readonly HostPort[] };
