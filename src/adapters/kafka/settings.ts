import type { Credentials, HostPort, TlsFiles } from '../server-url.ts';

/** Where Kafka is and how it is spoken to. Made from a URL by `parseKafkaUrl`. */
export interface KafkaSettings {
  readonly brokers: readonly HostPort[];
  /** Present: TLS, with the certificate checked always. */
  readonly tls?: TlsFiles;
  /** undefined: nobody asks who we are. */
  readonly sasl?: KafkaLogin;
  /** Consumer group that the positions are kept for. */
  readonly group: string;
  /** Where the SDK sends observations. */
  readonly queue: string;
}

export interface KafkaLogin extends Required<Credentials> {
  readonly mechanism: SaslMechanism;
}

export const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];
