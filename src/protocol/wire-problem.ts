/** One thing that is wrong with something from outside, for people and programs. */
export interface WireProblem {
  /** Where, e.g. `data.resources[2].unit`. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** Most problems told of one message: a hostile one could hold millions. */
export const WIRE_PROBLEMS_MAX = 8;

const FOUND_LENGTH_MAX = 60;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** A path for people: names with dots, positions and unusual names in brackets. The root is ''. */
export function formatPath(segments: readonly (string | number)[]): string {
  let path = '';
  for (const segment of segments) {
    if (typeof segment === 'number') path += `[${segment}]`;
    else if (IDENTIFIER.test(segment)) path += path === '' ? shorten(segment) : `.${shorten(segment)}`;
    else path += `[${JSON.stringify(shorten(segment))}]`;
  }
  return path;
}

/** What was found, short: values of simple kinds as they are, the rest by kind and size. */
export function describeFound(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return shorten(JSON.stringify(value));
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return shorten(`${value}n`);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value !== 'object') return `a ${typeof value}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return 'an object';
  return `a ${value.constructor.name}`;
}

/** For texts that others chose. */
export function shorten(text: string): string {
  return text.length <= FOUND_LENGTH_MAX ? text : `${text.slice(0, FOUND_LENGTH_MAX - 1)}…`;
}
