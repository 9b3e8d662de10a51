import type { ContentType } from './content-type.ts';

const KEYS_MAX = 16;
const JSON_SOURCE = /^\{[^{}]{0,500}?"source":"([^"\\]{1,500})"/;

/**
 * Who wrote a message, read from the first bytes of its envelope without decoding the rest; undefined when it is not written
 * as our encoder writes. For readers who keep only the latest of each source and may never look at it.
 */
export function peekSource(body: Uint8Array, contentType: ContentType): string | undefined {
  if (contentType === 'application/json') return JSON_SOURCE.exec(textOf(body, 0, Math.min(body.byteLength, 1_024)))?.[1];
  // A map: 0x80 to 0x8f, or 0xde with two bytes of length.
  let at = body[0] === 0xde ? 3 : ((body[0] ?? 0) & 0xf0) === 0x80 ? 1 : body.byteLength;
  for (let keys = 0; keys < KEYS_MAX; keys++) {
    const key = shortText(body, at);
    const value = key === undefined ? undefined : shortText(body, key.end);
    if (key === undefined || value === undefined) return undefined;
    if (key.text === 'source') return value.text;
    at = value.end;
  }
  return undefined;
}

/** A string of MessagePack of up to 65,535 bytes; undefined when something else stands there. */
function shortText(body: Uint8Array, at: number): { readonly text: string; readonly end: number } | undefined {
  const tag = body[at] ?? 0;
  const [head, length] =
    (tag & 0xe0) === 0xa0
      ? [1, tag & 0x1f]
      : tag === 0xd9
        ? [2, body[at + 1] ?? 0]
        : tag === 0xda
          ? [3, ((body[at + 1] ?? 0) << 8) | (body[at + 2] ?? 0)]
          : [0, 0];
  const end = at + head + length;
  return head === 0 || end > body.byteLength ? undefined : { text: textOf(body, at + head, end), end };
}

function textOf({ buffer, byteOffset }: Uint8Array, from: number, to: number): string {
  return Buffer.from(buffer, byteOffset + from, to - from).toString('utf8');
}
