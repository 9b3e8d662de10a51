import type { Credentials, HostPort, TlsFiles } from '../server-url.ts';

/** Where RabbitMQ is and how it is spoken to. Made from a URL by `parseRabbitUrl`. */
export interface RabbitSettings {
  /** Tried in turn. */
  readonly hosts: readonly HostPort[];
  readonly vhost: string;
  /** Present: TLS, with the certificate checked always. */
  readonly tls?: TlsFiles;
  /** `external`: who we are is in our certificate. */
  readonly auth: 'plain' | 'external';
  readonly credentials: Credentials;
  /** A connection silent for twice as long is dead, seconds. */
  readonly heartbeatSeconds: number;
  /** What a new queue is made as; one that is there is used as it is. */
  readonly queueType: 'quorum' | 'classic';
  /** Where the SDK sends observations. */
  readonly queue: string;
}
