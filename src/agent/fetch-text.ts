/** A GET over HTTP, bounded in time and size. */
export type Fetched =
  | { readonly ok: true; readonly text: string; readonly contentType: string }
  | { readonly ok: false; readonly reason: string };

const BYTES_MAX = 32 * 1024 * 1024;

export async function fetchText(url: string, timeoutMs: number, signal: AbortSignal): Promise<Fetched> {
  // Not AbortSignal.any and timeout: nothing holds them, and one that is collected never fires; the source would wait for ever.
  const ending = new AbortController();
  const stop = (): void => ending.abort(signal.reason);
  const timer = setTimeout(() => ending.abort(new DOMException('no answer in time', 'TimeoutError')), timeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const response = await fetch(url, {
      signal: ending.signal,
      headers: { accept: 'application/json, text/plain;version=0.0.4, */*;q=0.1' },
    });
    const text = await readBounded(response);
    if (text === undefined) return { ok: false, reason: `more than ${BYTES_MAX} bytes` };
    if (!response.ok) return { ok: false, reason: `HTTP ${response.status}: ${text.slice(0, 120)}` };
    return { ok: true, text, contentType: response.headers.get('content-type') ?? '' };
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

async function readBounded(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes > BYTES_MAX) return undefined;
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
}
