import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzip } from 'node:zlib';
import { isLoopback } from './host.ts';
import type { Answer } from './route.ts';

/** Nothing from elsewhere, nothing inline, in no frame: what a name with HTML in it could do, it cannot. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const ALWAYS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/** Smaller answers are not worth the work. */
const GZIP_FROM_BYTES = 2_048;

export function securityHeaders(): Readonly<Record<string, string>> {
  return ALWAYS;
}

export function sendText(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { ...ALWAYS, 'content-type': type, 'cache-control': 'no-store' });
  response.end(text);
}

export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(JSON.stringify(answer.body));
  const all = { ...ALWAYS, 'content-type': 'application/json', 'cache-control': 'no-store', vary: 'accept-encoding', ...headers };
  if (body.byteLength < GZIP_FROM_BYTES || isNear(request) || !takesGzip(request)) {
    response.writeHead(answer.status, all);
    response.end(body);
    return;
  }
  gzip(body, { level: 1 }, (error, packed) => {
    if (response.destroyed) return;
    response.writeHead(answer.status, error === null ? { ...all, 'content-encoding': 'gzip' } : all);
    response.end(error === null ? packed : body);
  });
}

/** On the same machine packing costs more than it saves. */
function isNear({ socket }: IncomingMessage): boolean {
  return isLoopback((socket.remoteAddress ?? '').replace(/^::ffff:/, ''));
}

export function takesGzip(request: IncomingMessage): boolean {
  return /\bgzip\b/.test(request.headers['accept-encoding']?.toString() ?? '');
}
