import { isUtf8 } from 'node:buffer';
import { findUncarriable } from './carriable.ts';
import type { ContentType } from './content-type.ts';
import { readAttributes, type EnvelopeAttributes, type Writable } from './envelope.ts';
import { PROTOCOL_VERSION, type AnyMessage } from './message.ts';
import { packr } from './packing.ts';
import { findWireType, isMessageName } from './validation.ts';
import { describeFound, WIRE_PROBLEMS_MAX, type WireProblem } from './wire-problem.ts';

export { encodeMessage } from './encode.ts';

/** Longer bodies are refused unread, bytes. A training job of four resources over a month takes about 2 MB. */
export const BODY_BYTES_MAX = 16 * 1024 * 1024;

/**
 * `broken-encoding`: the bytes are not JSON or MessagePack. `unknown-type`, `unsupported-version`: from a sender that is
 * newer than this build, or not one of ours. `broken-message`: an attribute or a field is not what the schema says.
 */
export type DecodeErrorCode = 'broken-encoding' | 'unknown-type' | 'unsupported-version' | 'broken-message';

/** Why a body is no message. */
export interface DecodeError {
  readonly code: DecodeErrorCode;
  /** One sentence. */
  readonly message: string;
  /** At most WIRE_PROBLEMS_MAX. */
  readonly problems: readonly WireProblem[];
}

/** A message that is what its schema says, or why there is none. */
export type Decoded = { readonly ok: true; readonly message: AnyMessage } | { readonly ok: false; readonly error: DecodeError };

/** Decodes and checks a message. Never throws; unknown attributes and fields are kept. */
export function decodeMessage(body: Uint8Array, contentType: ContentType): Decoded {
  return decode(body, contentType, false);
}

function decode(body: Uint8Array, contentType: ContentType, isTrusted: boolean): Decoded {
  if (body.byteLength > BODY_BYTES_MAX)
    return refuse('broken-encoding', `The body of ${body.byteLength} bytes is longer than ${BODY_BYTES_MAX}.`);
  let envelope: unknown;
  try {
    envelope = contentType === 'application/json' ? parseJson(body) : unpack(body);
  } catch (error) {
    return refuse('broken-encoding', `The body is not ${contentType}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(envelope)) return broken([{ path: '', expected: 'an object', found: describeFound(envelope) }]);
  const attributes = readAttributes(envelope, contentType);
  if (!('type' in attributes)) return broken(attributes);
  return readMessage(envelope, attributes, contentType, isTrusted);
}

/**
 * As `decodeMessage`, for what only nodes of the cluster can write (public topics): their encoder has held the shape, and it
 * is not checked again, which is most of the work. Whoever reads so must survive a message of another build.
 */
export function decodeTrusted(body: Uint8Array, contentType: ContentType): Decoded {
  return decode(body, contentType, true);
}

function readMessage(
  envelope: Readonly<Record<string, unknown>>,
  attributes: EnvelopeAttributes,
  contentType: ContentType,
  isTrusted: boolean,
): Decoded {
  const { type, protocolVersion, id, source, incarnation, sequence, timeMs, traceparent, extensions } = attributes;
  if (protocolVersion > PROTOCOL_VERSION)
    return refuse('unsupported-version', `Protocol version ${protocolVersion} is newer than ${PROTOCOL_VERSION}, which this build reads.`);
  const wireType = findWireType(type);
  if (wireType === undefined) return refuseType(type);
  const data = envelope['data'];
  if (!isTrusted && !wireType.accepts(data)) return broken(wireType.problemsOf(data));
  // Beyond the schema's fields: what is kept must be able to go out again.
  const problem = isTrusted ? undefined : findUncarriable(envelope, contentType);
  if (problem !== undefined) return broken([problem]);
  const message = { name: wireType.name, id, source, incarnation, sequence, timeMs, data } as Writable<AnyMessage>;
  if (traceparent !== undefined) message.traceparent = traceparent;
  if (extensions !== undefined) message.extensions = extensions;
  return { ok: true, message };
}

function unpack(body: Uint8Array): unknown {
  // msgpackr leaves a property behind on what it reads: a view of ours, not the caller's bytes.
  return packr.unpack(new Uint8Array(body.buffer, body.byteOffset, body.byteLength));
}

function parseJson(body: Uint8Array): unknown {
  // Decoding would replace broken bytes silently.
  if (!isUtf8(body)) throw new SyntaxError('invalid UTF-8');
  return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.getPrototypeOf(value) === Object.prototype;
}

function refuseType(type: string): Decoded {
  const match = /^forescale\.([a-z-]+)\.v(\d+)$/.exec(type);
  const name = match?.[1] ?? '';
  if (!isMessageName(name)) return refuse('unknown-type', `No message type ${describeFound(type)} is known.`);
  return refuse('unsupported-version', `Version ${match?.[2] ?? ''} of ${name} is not one that this build reads.`);
}

function broken(problems: readonly WireProblem[]): Decoded {
  const told = problems.slice(0, WIRE_PROBLEMS_MAX);
  const sentences = told.map(({ path, expected, found }) => `${path === '' ? 'the message' : path} should be ${expected}, found ${found}`);
  return refuse('broken-message', `${sentences.join('; ')}.`, told);
}

function refuse(code: DecodeErrorCode, message: string, problems: readonly WireProblem[] = []): Decoded {
  return { ok: false, error: { code, message, problems } };
}
