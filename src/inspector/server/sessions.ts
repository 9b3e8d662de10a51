import { randomBytes } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';

const COOKIE = 'forescale_session';
const SESSION_MS = 12 * 3_600_000;
const SESSIONS_MAX = 100;

/** Browsers that gave the token: they get a cookie that scripts cannot read and other sites do not send. */
export class Sessions {
  readonly #clock: Clock;
  readonly #flags: string;
  readonly #untilMs = new Map<string, number>();

  /** `isSecure`: browsers send the cookie over HTTPS only. */
  constructor(clock: Clock, isSecure: boolean) {
    this.#clock = clock;
    this.#flags = isSecure ? 'HttpOnly; Secure; SameSite=Strict' : 'HttpOnly; SameSite=Strict';
  }

  /** The value of a Set-Cookie header. */
  open(): string {
    if (this.#untilMs.size >= SESSIONS_MAX)
      for (const oldest of this.#untilMs.keys()) if (this.#untilMs.size >= SESSIONS_MAX) this.#untilMs.delete(oldest);
    const id = randomBytes(24).toString('base64url');
    this.#untilMs.set(id, this.#clock.monotonicMs() + SESSION_MS);
    return `${COOKIE}=${id}; ${this.#flags}; Path=/; Max-Age=${SESSION_MS / 1_000}`;
  }

  isValid(cookies: string | undefined): boolean {
    const id = (cookies ?? '')
      .split(';')
      .map((one) => one.trim().split('='))
      .find(([name]) => name === COOKIE)?.[1];
    return id !== undefined && (this.#untilMs.get(id) ?? 0) > this.#clock.monotonicMs();
  }
}
