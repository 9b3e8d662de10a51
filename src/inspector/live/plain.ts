/** Anything as plain JSON of bounded size: what people look at, not what is stored. */

export interface PlainLimits {
  /** Items of a list; the rest is counted. */
  readonly itemsMax: number;
  /** Values in all. */
  readonly valuesMax: number;
  readonly depthMax: number;
}

export const SNAPSHOT_LIMITS: PlainLimits = { itemsMax: 200, valuesMax: 20_000, depthMax: 24 };
export const MESSAGE_LIMITS: PlainLimits = { itemsMax: 24, valuesMax: 600, depthMax: 12 };

/** Long numeric arrays are outlined: their length, their first values, their range. */
const NUMBERS_SHOWN = 12;
const TEXT_MAX = 4_000;

export function toPlain(value: unknown, limits: PlainLimits): unknown {
  const left = { values: limits.valuesMax };
  return plain(value, limits, left, 0, new Set());
}

function plain(value: unknown, limits: PlainLimits, left: { values: number }, depth: number, above: Set<object>): unknown {
  left.values -= 1;
  if (left.values < 0) return '… (cut)';
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string') return value.length > TEXT_MAX ? `${value.slice(0, TEXT_MAX)}… (${value.length} characters)` : value;
  if (typeof value === 'boolean' || value === null) return value;
  if (value === undefined) return null;
  if (typeof value !== 'object') return typeof value === 'bigint' ? `${value}n` : `(${typeof value})`;
  if (depth >= limits.depthMax) return '… (deeper)';
  if (above.has(value)) return '… (again)';
  above.add(value);
  const made = plainObject(value, limits, left, depth, above);
  above.delete(value);
  return made;
}

function plainObject(value: object, limits: PlainLimits, left: { values: number }, depth: number, above: Set<object>): unknown {
  const inner = (one: unknown): unknown => plain(one, limits, left, depth + 1, above);
  if (ArrayBuffer.isView(value)) return outlineOfNumbers(value);
  if (Array.isArray(value)) {
    if (value.length > NUMBERS_SHOWN && value.every((one) => typeof one === 'number')) return numbersOutline('Array', value);
    const shown = value.slice(0, limits.itemsMax).map(inner);
    return value.length > limits.itemsMax ? [...shown, `… (${value.length - limits.itemsMax} more)`] : shown;
  }
  const entries = value instanceof Map ? [...value.entries()].map(([key, one]) => [String(key), one] as const) : Object.entries(value);
  if (value instanceof Set) return inner([...value]);
  const made: [string, unknown][] = entries.slice(0, limits.itemsMax).map(([key, one]) => [key, inner(one)]);
  if (entries.length > limits.itemsMax) made.push(['…', `${entries.length - limits.itemsMax} more`]);
  return Object.fromEntries(made);
}

function outlineOfNumbers(view: ArrayBufferView): unknown {
  const name = view.constructor.name;
  if (view instanceof DataView || !(Symbol.iterator in view)) return `${name} of ${view.byteLength} bytes`;
  return numbersOutline(name, [...(view as unknown as Iterable<number>)]);
}

function numbersOutline(name: string, values: readonly number[]): string {
  let least = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < least) least = value;
    if (value > largest) largest = value;
  }
  const shown = values.slice(0, NUMBERS_SHOWN).map(figure).join(', ');
  const range = least <= largest ? `, ${figure(least)} to ${figure(largest)}` : '';
  return `${name}(${values.length})${range}: ${shown}${values.length > NUMBERS_SHOWN ? ', …' : ''}`;
}

function figure(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value);
}
