/** Apart from the decoder: whoever only writes need not load the schemas. */
import { findUncarriable } from './carriable.ts';
import type { ContentType } from './content-type.ts';
import { toEnvelope } from './envelope.ts';
import type { AnyMessage } from './message.ts';
import { packr } from './packing.ts';

/**
 * Encodes a message. Unknown fields of a decoded message go out again as they came in. Times are cut to the millisecond.
 * Throws on a bug only: a value that would not arrive as it is, such as NaN, is named by its path.
 */
export function encodeMessage(message: AnyMessage, contentType: ContentType): Uint8Array {
  const envelope = toEnvelope(message, contentType);
  const problem = findUncarriable(envelope, contentType);
  if (problem !== undefined)
    throw new TypeError(`Cannot encode ${message.name}: ${problem.path} should be ${problem.expected}, found ${problem.found}.`);
  return contentType === 'application/json' ? Buffer.from(JSON.stringify(envelope), 'utf8') : packr.pack(envelope);
}
