/** Who we are to an API server. Values are secrets: they go into requests and nowhere else. */
export interface Identity {
  readonly token?: string;
  /** PEM. */
  readonly clientCertificate?: string;
  readonly clientKey?: string;
}

export interface Credentials {
  /** For people: where they come from. Holds no secret. */
  readonly source: string;
  /** @throws CredentialsError when there are none now. */
  current(): Promise<Identity>;
  /** The server refused the present ones: the next `current` gets new ones if there are any. */
  refused(): void;
}

/** Credentials could not be had; the message holds no secret. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

export function staticCredentials(source: string, identity: Identity): Credentials {
  return { source, current: () => Promise.resolve(identity), refused: () => {} };
}
