import type { IncomingMessage } from 'node:http';

/** Headers of one connection only, never forwarded (RFC 9110 section 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The end-to-end headers of a message as a flat list of names and values, repeats and spelling kept. */
export function endToEndHeaders(message: IncomingMessage): string[] {
  const named = namedByConnection(message);
  const kept: string[] = [];
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
    const name = message.rawHeaders[i] ?? '';
    const lower = name.toLowerCase();
    if (!HOP_BY_HOP.has(lower) && !named.has(lower)) kept.push(name, message.rawHeaders[i + 1] ?? '');
  }
  return kept;
}

function namedByConnection(message: IncomingMessage): ReadonlySet<string> {
  const connection = message.headers.connection;
  if (connection === undefined) return new Set();
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}

/** Headers for the replica: end to end, plus where the request came from, plus the framing of its body. */
export function requestHeaders(request: IncomingMessage): string[] {
  const headers = endToEndHeaders(request);
  headers.push('X-Forwarded-For', request.socket.remoteAddress ?? 'unknown');
  if (hasChunkedBody(request)) headers.push('Transfer-Encoding', 'chunked');
  return headers;
}

function hasChunkedBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined;
}

/** True if a body follows the head. */
export function hasBody(request: IncomingMessage): boolean {
  return hasChunkedBody(request) || Number(request.headers['content-length'] ?? 0) > 0;
}
