import type { IncomingMessage } from 'node:http';
import { failure, type Answer } from './route.ts';

const BODY_BYTES_MAX = 16_384;

export type ReadBody = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly answer: Answer };

/** A small JSON body. Forms of other sites cannot send that type without asking. */
export async function readJson(request: IncomingMessage): Promise<ReadBody> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    return { ok: false, answer: failure(415, 'json-needed', 'The body has to be application/json') };
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > BODY_BYTES_MAX) return { ok: false, answer: failure(413, 'too-long', `The body may have ${BODY_BYTES_MAX} bytes`) };
    chunks.push(chunk);
  }
  try {
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown };
  } catch {
    return { ok: false, answer: failure(400, 'bad-json', 'The body is no JSON') };
  }
}
