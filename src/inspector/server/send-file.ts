import type { IncomingMessage, ServerResponse } from 'node:http';
import { securityHeaders, takesGzip } from '../../adapters/http/responses.ts';
import type { PageFile } from './page-files.ts';

export function sendFile(request: IncomingMessage, response: ServerResponse, file: PageFile): void {
  const cache = file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache';
  const headers = { ...securityHeaders(), 'content-type': file.type, 'cache-control': cache, etag: file.etag, vary: 'accept-encoding' };
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304, headers);
    response.end();
    return;
  }
  const isPacked = takesGzip(request);
  response.writeHead(200, isPacked ? { ...headers, 'content-encoding': 'gzip' } : headers);
  response.end(request.method === 'HEAD' ? undefined : isPacked ? file.gzip : file.plain);
}
