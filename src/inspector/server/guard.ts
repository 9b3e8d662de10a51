/** Who may ask: no other site's page, no name that was bent onto this address, nobody without the token where one is set. */
import { timingSafeEqual, createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { failure, type Answer } from '../api/route.ts';
import type { Sessions } from './sessions.ts';

export interface GuardOptions {
  /** Names, beside localhost and IP addresses, that the page is opened by. */
  readonly hosts: readonly string[];
  readonly token: string | undefined;
  readonly sessions: Sessions;
}

/** Header that a page of another site cannot send without asking first. */
export const ACT_HEADER = 'x-forescale';

/**
 * A name that an attacker owns can be made to point at this address after his page was loaded (DNS rebinding); his page then
 * asks with that name as host. An address, localhost and names that were configured cannot be bent so.
 */
export function checkHost(request: IncomingMessage, hosts: readonly string[]): Answer | undefined {
  const host = request.headers.host ?? '';
  const name = hostName(host);
  if (name === 'localhost' || isIP(name) !== 0 || hosts.includes(name)) return undefined;
  return failure(
    421,
    'unknown-host',
    `This node does not answer to the name ${name === '' ? '(none)' : name}`,
    'Open it by its IP address or as localhost, or name it in `inspector.hosts`.',
  );
}

/** Other sites' pages may not read or write here, whatever the browser would allow. */
export function checkOrigin(request: IncomingMessage): Answer | undefined {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none';
  const isOtherOrigin = origin !== undefined && originHost(origin) !== host;
  return isForeign || isOtherOrigin ? failure(403, 'cross-site', 'Requests from pages of other sites are not answered') : undefined;
}

export function checkToken(request: IncomingMessage, { token, sessions }: GuardOptions): Answer | undefined {
  if (token === undefined) return undefined;
  const [, bearer] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (bearer !== undefined) {
    if (sessions.isLockedOut()) return tooMany();
    if (isSameToken(bearer, token)) return undefined;
    sessions.noteFailure();
  }
  if (sessions.isValid(request.headers.cookie)) return undefined;
  return failure(401, 'token-needed', 'A token is needed here', 'It is the one that the node was started with.');
}

export function tooMany(): Answer {
  return failure(429, 'too-many-tries', 'Too many wrong tokens', 'Wait a minute.');
}

/** Pages of other sites cannot set the header, and a form cannot send JSON. */
export function checkWrite(request: IncomingMessage): Answer | undefined {
  if (request.headers[ACT_HEADER] !== 'act') return failure(403, 'header-needed', `Changes need the header ${ACT_HEADER}: act`);
  return undefined;
}

/** Of equal length by their hashes, so that the time says nothing. */
export function isSameToken(given: string, wanted: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}

function hostName(host: string): string {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(host) ?? [];
  return (bracketed ?? host.replace(/:\d+$/, '')).toLowerCase();
}

function originHost(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
