/** One pool that is scaled by questions over HTTP. */
export interface WebhookPoolSettings {
  readonly pool: string;
  readonly url: URL;
  /** Signs what is sent; undefined: it is not signed. */
  readonly secret: string | undefined;
  /** Sent as `Authorization: Bearer`; undefined: nothing is. */
  readonly token: string | undefined;
  /** One question with its answer, milliseconds. */
  readonly timeoutMs: number;
  /** Where the other side tells news by itself; undefined: it is only asked. */
  readonly callback: CallbackSettings | undefined;
}

export interface CallbackSettings {
  readonly host: string;
  readonly port: number;
  /** What was told counts this long; then it is asked. Milliseconds. */
  readonly freshMs: number;
}

/** Tries of one question, the first included. */
export const TRIES_MAX = 3;
export const RETRY_FIRST_MS = 200;
/** A state is a few hundred bytes. */
export const ANSWER_BYTES_MAX = 64 * 1024;
