import type { ContentType } from './content-type.ts';
import type { AnyMessage } from './message.ts';
import { PROTOCOL_VERSION, wireNameOf } from './message-versions.ts';
import { describeFound, type WireProblem } from './wire-problem.ts';

/** CloudEvents version that the envelope follows. */
export const CLOUDEVENTS_VERSION = '1.0';

/**
 * The envelope on the wire: CloudEvents 1.0 attributes (structured mode), its distributed-tracing extension
 * `traceparent`, and three extensions of ours.
 */
export interface Envelope {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** RFC 3339 text in JSON; epoch milliseconds in MessagePack, where text would only cost bytes. */
  readonly time: string | number;
  readonly datacontenttype: ContentType;
  readonly traceparent?: string;
  readonly incarnation: number;
  readonly sequence: number;
  readonly protocolversion: number;
  readonly data: unknown;
}

/** What a reader takes from an envelope; the rest are extensions. */
export type EnvelopeAttributes = Omit<AnyMessage, 'name' | 'data'> & { readonly type: string; readonly protocolVersion: number };

/** For filling step by step. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };

const KNOWN = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'time',
  'datacontenttype',
  'traceparent',
  'incarnation',
  'sequence',
  'protocolversion',
  'data',
]);

/** `__proto__` is no name that an object can carry safely from hand to hand. */
function isExtension(key: string): boolean {
  return !KNOWN.has(key) && key !== '__proto__';
}

/** RFC 3339, section 5.6. */
export const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;
export const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
export const IDENTITY_LENGTH_MAX = 1_024;
/** The last millisecond that a JavaScript date can hold. */
const TIME_MS_MAX = 8.64e15;

export function toEnvelope(message: AnyMessage, contentType: ContentType): Envelope {
  // Filled step by step: spreading objects of this size costs more than encoding them.
  const envelope: Record<string, unknown> & Writable<Envelope> = {
    specversion: CLOUDEVENTS_VERSION,
    id: message.id,
    source: message.source,
    type: wireNameOf(message.name),
    time: contentType === 'application/json' ? new Date(message.timeMs).toISOString() : Math.floor(message.timeMs),
    datacontenttype: contentType,
    incarnation: message.incarnation,
    sequence: message.sequence,
    protocolversion: PROTOCOL_VERSION,
    data: message.data,
  };
  if (message.traceparent !== undefined) envelope.traceparent = message.traceparent;
  if (message.extensions !== undefined) {
    for (const key of Object.keys(message.extensions)) {
      // An extension can never pose as one of the known attributes.
      if (isExtension(key)) envelope[key] = message.extensions[key];
    }
  }
  return envelope;
}

/** Reads and checks every attribute but `data`; all problems are told. */
export function readAttributes(
  envelope: Readonly<Record<string, unknown>>,
  encoding: ContentType,
): EnvelopeAttributes | readonly WireProblem[] {
  const problems: WireProblem[] = [];
  const refuse = (path: string, expected: string): void => {
    problems.push({ path, expected, found: describeFound(envelope[path]) });
  };
  const text = (path: string): string => {
    const value = envelope[path];
    if (typeof value === 'string' && value.length > 0 && value.length <= IDENTITY_LENGTH_MAX) return value;
    refuse(path, `a string of 1 to ${IDENTITY_LENGTH_MAX} characters`);
    return '';
  };
  const whole = (path: string, least: number): number => {
    // Producers that know only CloudEvents leave our attributes out: not sequenced, first version.
    const value = envelope[path] ?? least;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
    refuse(path, `a whole number >= ${least}`);
    return least;
  };

  if (envelope['specversion'] !== CLOUDEVENTS_VERSION) refuse('specversion', CLOUDEVENTS_VERSION);
  const contentType = envelope['datacontenttype'];
  if (contentType !== undefined && contentType !== 'application/json' && contentType !== 'application/msgpack')
    refuse('datacontenttype', 'application/json or application/msgpack');
  const timeMs = readTime(envelope['time'], encoding);
  if (timeMs === undefined)
    refuse('time', `a date and time by RFC 3339${encoding === 'application/json' ? '' : ', or whole epoch milliseconds'}`);
  const traceparent = envelope['traceparent'];
  if (traceparent !== undefined && (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)))
    refuse('traceparent', 'a W3C traceparent (version 00)');
  const attributes: Writable<EnvelopeAttributes> = {
    id: text('id'),
    source: text('source'),
    type: text('type'),
    timeMs: timeMs ?? 0,
    incarnation: whole('incarnation', 0),
    sequence: whole('sequence', 0),
    protocolVersion: whole('protocolversion', 1),
  };
  if (typeof traceparent === 'string') attributes.traceparent = traceparent;
  const extensions = extensionsOf(envelope);
  if (extensions !== undefined) attributes.extensions = extensions;
  return problems.length === 0 ? attributes : problems;
}

function readTime(time: unknown, encoding: ContentType): number | undefined {
  if (typeof time === 'number' && encoding === 'application/msgpack')
    return Number.isInteger(time) && time >= 0 && time <= TIME_MS_MAX ? time : undefined;
  if (typeof time !== 'string' || !RFC_3339.test(time)) return undefined;
  const timeMs = Date.parse(time);
  return timeMs >= 0 ? timeMs : undefined;
}

function extensionsOf(envelope: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  let extensions: Record<string, unknown> | undefined;
  for (const key of Object.keys(envelope)) {
    if (isExtension(key)) (extensions ??= {})[key] = envelope[key];
  }
  return extensions;
}
