import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ServerOptions } from 'node:https';
import { createSecureContext, TLSSocket } from 'node:tls';
import { failure, type Answer } from './route.ts';

/** What HTTPS needs, as PEM texts. */
export interface ServerTls {
  /** The server's certificate, with those between it and the authority behind it. */
  readonly cert: string;
  readonly key: string;
  /** Authorities of clients. Given: nobody is let in without a certificate of theirs (mutual TLS). */
  readonly clientCa?: string;
}

/** A client without a certificate may finish the handshake, so that it is told what is missing, and probes need none. */
export function serverOptions({ cert, key, clientCa }: ServerTls): ServerOptions {
  const own: ServerOptions = { cert, key, minVersion: 'TLSv1.2' };
  return clientCa === undefined ? own : { ...own, ca: clientCa, requestCert: true, rejectUnauthorized: false };
}

export function checkCertificate({ socket }: IncomingMessage, tls: ServerTls | undefined): Answer | undefined {
  if (tls?.clientCa === undefined || (socket instanceof TLSSocket && socket.authorized)) return undefined;
  const why = socket instanceof TLSSocket ? String(socket.authorizationError) : 'no TLS';
  return failure(401, 'certificate-needed', `A client certificate is needed here (${why})`, 'One of the authority in `clientCaFile`.');
}

/** What is wrong with certificates or key; undefined: nothing. */
export function faultOf({ cert, key, clientCa }: ServerTls): string | undefined {
  try {
    createSecureContext({ cert, key });
    // An authority that cannot be read would be passed over in silence, and everybody refused.
    const isAuthority = clientCa === undefined || new X509Certificate(clientCa).ca;
    return isAuthority ? undefined : 'a certificate of no authority for clients';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
