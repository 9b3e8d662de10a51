import { readFile } from 'node:fs/promises';
import type { Clock } from '../../ports/clock.ts';
import { CredentialsError, type Credentials } from './credentials.ts';

/** The kubelet renews a projected token when 80 % of its life is over; reading once a minute is client-go's habit. */
const REREAD_MS = 60_000;

/** A token that is renewed in its file by somebody else. */
export function tokenFileCredentials(path: string, clock: Clock): Credentials {
  let token = '';
  let readMs = Number.NEGATIVE_INFINITY;
  return {
    source: `the token in ${path}`,
    async current() {
      if (clock.monotonicMs() - readMs < REREAD_MS) return { token };
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        throw new CredentialsError(
          `${path} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'no reason'})`,
        );
      });
      token = text.trim();
      if (token === '') throw new CredentialsError(`${path} holds no token`);
      readMs = clock.monotonicMs();
      return { token };
    },
    refused() {
      readMs = Number.NEGATIVE_INFINITY;
    },
  };
}
