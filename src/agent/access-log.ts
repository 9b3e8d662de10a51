/** Lines of access logs: who asked when for what, and what it took. */
import type { AccessLogSettings } from '../config/source-settings.ts';

export interface LoggedRequest {
  readonly timestampMs: number;
  readonly source: string;
  /** `<method>:/<first segment of the path>`, as the SDK has it. */
  readonly type: string;
  readonly bytes: number;
  /** undefined: the line does not tell it. */
  readonly userAgent: string | undefined;
}

/** undefined: the line is not understood. */
export type ReadLine = (line: string) => LoggedRequest | undefined;

/** Common and combined: the default of NGINX, Apache and many others. */
const COMBINED =
  /^(?<source>\S+) \S+ \S+ \[(?<time>[^\]]{1,40})\] "(?<method>[A-Z]{1,20}) (?<path>\S{0,4096})[^"]*" \d{3} (?<bytes>\d+|-)(?: "[^"]*" "(?<agent>[^"]*)")?/;
/** `option httplog`, with or without the prefix of syslog. */
const HAPROXY =
  /(?:^|\s)(?<source>[0-9a-fA-F.:[\]]+):\d+ \[(?<time>[^\]]{1,40})\] \S+ \S+ (?:[+-]?\d+\/){4}\+?\d+ \d{3} \+?(?<bytes>\d+) .*"(?<method>[A-Z]{1,20}) (?<path>\S{0,4096})/;
/** The default format: duration in milliseconds, the client in X-Forwarded-For. */
const ENVOY =
  /^\[(?<time>[^\]]{1,40})\] "(?<method>[A-Z]{1,20}) (?<path>\S{0,4096})[^"]*" \d{1,3} \S+ (?:"[^"]*" )*\d+ (?<bytes>\d+) \d+ \S+ "(?<source>[^"]*)"(?: "(?<agent>[^"]*)")?/;

/** A reader of one format. `pattern` was checked when the config was read. */
export function lineReader({ format, pattern = '' }: Pick<AccessLogSettings, 'format' | 'pattern'>): ReadLine {
  if (format === 'json') return readJsonLine;
  const regular = { combined: COMBINED, haproxy: HAPROXY, envoy: ENVOY, pattern: new RegExp(pattern) }[format];
  return (line) => {
    const groups = regular.exec(line)?.groups;
    return groups === undefined ? undefined : toRequest(groups);
  };
}

/** Names under which JSON logs tell what we look for, the usual ones of NGINX, Caddy, Traefik, Envoy and pino first. */
const KEYS = {
  time: ['time', 'timestamp', '@timestamp', 'time_iso8601', 'ts', 'start_time', 'StartUTC', 'msec'],
  source: ['remote_addr', 'remote_ip', 'client_ip', 'client', 'source', 'ClientHost', 'x_forwarded_for'],
  method: ['method', 'request_method', 'RequestMethod'],
  path: ['path', 'uri', 'request_uri', 'url', 'RequestPath'],
  bytes: ['bytes', 'body_bytes_sent', 'bytes_sent', 'size', 'DownstreamContentSize'],
  agent: ['http_user_agent', 'user_agent', 'userAgent', 'request_User-Agent'],
} as const;

function readJsonLine(line: string): LoggedRequest | undefined {
  const fields = parseObject(line);
  if (fields === undefined) return undefined;
  // Caddy and pino put the request into an object of its own.
  const places = [fields, ...['request', 'req'].flatMap((key) => [asObject(fields[key])].filter((one) => one !== undefined))];
  const find = (names: readonly string[]): string | undefined => {
    for (const place of places) {
      const name = names.find((one) => typeof place[one] === 'string' || typeof place[one] === 'number');
      if (name !== undefined) return String(place[name]);
    }
    return undefined;
  };
  return toRequest({
    time: find(KEYS.time),
    source: find(KEYS.source),
    method: find(KEYS.method),
    path: find(KEYS.path),
    bytes: find(KEYS.bytes),
    agent: find(KEYS.agent),
  });
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(line));
  } catch {
    // Not understood, as the caller counts it.
    return undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function toRequest({ time, source, method, path, bytes, agent }: Readonly<Record<string, string | undefined>>): LoggedRequest | undefined {
  const timestampMs = time === undefined ? Number.NaN : parseLogTime(time);
  if (Number.isNaN(timestampMs)) return undefined;
  const segment = /^(?:https?:\/\/[^/]*)?(\/[^/?#]*)/.exec(path ?? '')?.[1] ?? '/';
  const size = Number(bytes ?? 0);
  return {
    timestampMs,
    source: source === undefined || source === '' ? 'unknown' : source,
    type: `${method ?? 'GET'}:${segment}`,
    bytes: size >= 0 ? size : 0,
    userAgent: agent,
  };
}

const CLF_TIME = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}:\d{2}:\d{2}(?:\.\d+)?)(?: ([+-]\d{2})(\d{2}))?$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Epoch milliseconds of `10/Oct/2000:13:55:36 -0700`, ISO 8601, or epoch seconds or milliseconds; NaN for anything else. */
export function parseLogTime(text: string): number {
  const clf = CLF_TIME.exec(text);
  if (clf !== null) {
    const [, day = '', month = '', year = '', time = '', hours = '+00', minutes = '00'] = clf;
    const number = MONTHS.indexOf(month) + 1;
    return number === 0 ? Number.NaN : Date.parse(`${year}-${String(number).padStart(2, '0')}-${day}T${time}${hours}:${minutes}`);
  }
  if (/^\d{9,11}(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  if (/^\d{12,14}(\.\d+)?$/.test(text)) return Number(text);
  return /^\d{4}-\d{2}-\d{2}[T ]/.test(text) ? Date.parse(text) : Number.NaN;
}
