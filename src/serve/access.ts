import { isLoopback } from '../adapters/http/host.ts';
import { isSameToken, Lockout } from '../adapters/http/token.ts';
import { faultOf, type ServerTls } from '../adapters/http/server-tls.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProblemList } from '../problems.ts';

export const SERVE_TOKEN = 'FORESCALE_SERVE_TOKEN';
const TOKEN_LENGTH_MIN = 16;

/** Who may ask: everybody on loopback, unless there is a token or an authority of clients. */
export interface AccessOptions {
  readonly token: string | undefined;
  readonly tls: ServerTls | undefined;
}

export type Refusal = 'missing' | 'wrong' | 'locked';

/** Compares tokens, and looks at none for a while after too many wrong ones. */
export class TokenGate {
  readonly #token: string | undefined;
  readonly #lockout: Lockout;

  /** Certificates of clients, where they are asked for, stand in the place of a token. */
  constructor({ token, tls }: AccessOptions, clock: Clock) {
    this.#token = tls?.clientCa === undefined ? token : undefined;
    this.#lockout = new Lockout(clock);
  }

  /** `given`: the token, or an Authorization header's value. */
  refuse(given: string | undefined): Refusal | undefined {
    if (this.#token === undefined) return undefined;
    if (this.#lockout.isLockedOut()) return 'locked';
    if (given === undefined) return 'missing';
    if (isSameToken(given.replace(/^Bearer /i, ''), this.#token)) return undefined;
    this.#lockout.noteFailure();
    return 'wrong';
  }
}

/** Adds what is wrong with where it listens, and to whom. */
export function checkAccess(place: string, host: string, { token, tls }: AccessOptions, problems: ProblemList): void {
  if (!isLoopback(host) && token === undefined && tls?.clientCa === undefined)
    problems.add(
      `${place}.listen`,
      `a token (${SERVE_TOKEN}) or \`serve.tls.clientCaFile\` where others can reach it`,
      `${host} without one`,
    );
  if (token !== undefined && token.length < TOKEN_LENGTH_MIN)
    problems.add(SERVE_TOKEN, `at least ${TOKEN_LENGTH_MIN} characters`, `${token.length}`);
  checkTls(tls, problems);
}

export function checkTls(tls: ServerTls | undefined, problems: ProblemList): void {
  const fault = tls === undefined ? undefined : faultOf(tls);
  if (fault !== undefined) problems.add('serve.tls', 'a certificate and its key, as PEM', fault);
}
