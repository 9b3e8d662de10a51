import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Answer } from '../../adapters/http/route.ts';
import { refusal } from './status.ts';

/** Who may ask in the name of others: servers that put theirs before ours, told by a certificate of their authority. */
export interface Aggregators {
  /** PEM of the authorities. */
  readonly ca: string;
  /** Common names that are let in; none: every one that the authority vouches for. */
  readonly names: readonly string[];
}

/** Where it is kept who may ask. */
export interface AggregatorSource {
  /** undefined: it is not known yet. */
  readonly current: Aggregators | undefined;
  /** `listener` is called whenever it has changed. Returns what ends it. */
  onChange(listener: () => void): () => void;
}

/**
 * The API server has asked its own rights whether the user may read the metric before it passes the question on, so a
 * question that comes by its certificate is allowed. One that comes by another way is nobody's.
 */
export function checkCaller({ socket }: IncomingMessage, aggregators: Aggregators | undefined): Answer | undefined {
  if (aggregators === undefined) return refusal(503, 'the authority of the API server is not known yet');
  if (!(socket instanceof TLSSocket) || !socket.authorized)
    return refusal(401, 'a client certificate of the authority of the API server is needed');
  const { CN } = socket.getPeerCertificate().subject;
  // Typed as a text; it is a list where there are several, and missing where there is none.
  const names = [CN as string | readonly string[] | undefined].flat().filter((name) => name !== undefined);
  if (aggregators.names.length === 0 || names.some((name) => aggregators.names.includes(name))) return undefined;
  return refusal(403, `the certificate of ${names.join(', ')} is none of those that may ask: ${aggregators.names.join(', ')}`);
}
