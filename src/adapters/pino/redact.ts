/** Field names whose values never reach a log. */
const SECRET_NAME = /pass(word|phrase)?$|secret|token|authorization|cookie|api[-_]?key|credential|private[-_]?key/i;
/** `scheme://user:password@`. */
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]*@/gi;
const DEPTH_MAX = 6;
const ITEMS_MAX = 100;

export const REDACTED = '[redacted]';

/**
 * A copy of a log entry's fields without secrets: values of telling names, and passwords inside URLs. Bounded in depth and
 * width, so that a huge object cannot stall the process that logs it. Errors become plain data.
 */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactRecord(fields, 0);
}

function redactRecord(record: object, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  const entries = Object.entries(record);
  for (const [name, value] of entries.slice(0, ITEMS_MAX)) copy[name] = SECRET_NAME.test(name) ? REDACTED : redactValue(value, depth + 1);
  if (entries.length > ITEMS_MAX) copy['leftOut'] = entries.length - ITEMS_MAX;
  return copy;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.replace(URL_PASSWORD, `$1:${REDACTED}@`);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEPTH_MAX) return '[too deep]';
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, ITEMS_MAX).map((item) => redactValue(item, depth + 1));
  return redactRecord(value, depth);
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  // Own properties such as `code`; name, message, stack and cause are not enumerable.
  const own = redactRecord(error, depth);
  return {
    type: error.name,
    message: redactValue(error.message, depth),
    stack: redactValue(error.stack, depth),
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, depth + 1) }),
    ...own,
  };
}
