/** Who may ask: no other site's page, no name that was bent onto this address, nobody without the token where one is set. */
import type { IncomingMessage } from 'node:http';
import { failure, type Answer } from '../../adapters/http/route.ts';
import { isSameToken, type Lockout } from '../../adapters/http/token.ts';
import type { Sessions } from './sessions.ts';

export interface GuardOptions {
  /** Names, beside localhost and IP addresses, that the page is opened by. */
  readonly hosts: readonly string[];
  readonly token: string | undefined;
  readonly sessions: Sessions;
  readonly lockout: Lockout;
}

/** Header that a page of another site cannot send without asking first. */
export const ACT_HEADER = 'x-forescale';

/** Other sites' pages may not read or write here, whatever the browser would allow. */
export function checkOrigin(request: IncomingMessage): Answer | undefined {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none';
  const isOtherOrigin = origin !== undefined && originHost(origin) !== host;
  return isForeign || isOtherOrigin ? failure(403, 'cross-site', 'Requests from pages of other sites are not answered') : undefined;
}

export function checkToken(request: IncomingMessage, { token, sessions, lockout }: GuardOptions): Answer | undefined {
  if (token === undefined) return undefined;
  const [, bearer] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (bearer !== undefined) {
    if (lockout.isLockedOut()) return tooMany();
    if (isSameToken(bearer, token)) return undefined;
    lockout.noteFailure();
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

function originHost(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
