import type { ContentType } from './content-type.ts';
import { packr } from './packing.ts';

/** A value inside a message: read when it is asked for, stepped over otherwise. */
export interface Part {
  /** undefined: there is no such field. */
  get(key: string): Part | undefined;
  /** Of a list, found one by one; of anything else none. */
  items(): Iterable<Part>;
  /** Decoded, with all that is in it. */
  value(): unknown;
}

/** For readers who want a few fields of many large messages that our own encoder wrote. Its parts throw on bytes that are broken. */
export function partsOf(body: Uint8Array, contentType: ContentType): Part {
  return contentType === 'application/json' ? new PlainPart(JSON.parse(Buffer.from(body).toString('utf8'))) : new PackedPart(body, 0);
}

/** Text at a path; undefined when something else stands there. */
export function textAt(part: Part | undefined, ...path: readonly string[]): string | undefined {
  const value = at(part, path)?.value();
  return typeof value === 'string' ? value : undefined;
}

/** Number at a path; undefined when something else stands there. */
export function numberAt(part: Part | undefined, ...path: readonly string[]): number | undefined {
  const value = at(part, path)?.value();
  return typeof value === 'number' ? value : undefined;
}

function at(part: Part | undefined, path: readonly string[]): Part | undefined {
  return path.reduce<Part | undefined>((found, key) => found?.get(key), part);
}

class PlainPart implements Part {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  get(key: string): Part | undefined {
    const value = this.#value;
    const isHeld = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    return isHeld ? new PlainPart((value as Readonly<Record<string, unknown>>)[key]) : undefined;
  }

  items(): Iterable<Part> {
    return Array.isArray(this.#value) ? this.#value.map((item) => new PlainPart(item)) : [];
  }

  value(): unknown {
    return this.#value;
  }
}

/** A value of MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md). */
class PackedPart implements Part {
  readonly #bytes: Uint8Array;
  readonly #at: number;

  constructor(bytes: Uint8Array, from: number) {
    this.#bytes = bytes;
    this.#at = from;
  }

  get(key: string): Part | undefined {
    const bytes = this.#bytes;
    const tag = bytes[this.#at] ?? 0;
    const isMap = (tag & 0xf0) === 0x80 || tag === 0xde || tag === 0xdf;
    if (!isMap) return undefined;
    let { count, from } = head(bytes, this.#at);
    for (; count > 0; count -= 2) {
      const valueFrom = endOf(bytes, from);
      if (isText(bytes, from, valueFrom, key)) return new PackedPart(bytes, valueFrom);
      from = endOf(bytes, valueFrom);
    }
    return undefined;
  }

  *items(): Iterable<Part> {
    const bytes = this.#bytes;
    const tag = bytes[this.#at] ?? 0;
    const isList = (tag & 0xf0) === 0x90 || tag === 0xdc || tag === 0xdd;
    if (!isList) return;
    let { count, from } = head(bytes, this.#at);
    for (; count > 0; count -= 1) {
      yield new PackedPart(bytes, from);
      from = endOf(bytes, from);
    }
  }

  value(): unknown {
    return packr.unpack(this.#bytes.subarray(this.#at, endOf(this.#bytes, this.#at)));
  }
}

/** Where the value that begins at `from` ends. Nothing is allocated: a large message is stepped over value by value. */
function endOf(bytes: Uint8Array, from: number): number {
  let end = from;
  for (let left = 1; left > 0; left -= 1) {
    const tag = bytes[end];
    if (tag === undefined) throw new RangeError(ENDS_INSIDE);
    if (tag <= 0x7f || tag >= 0xe0) end += 1;
    else if (tag <= 0x8f) {
      left += 2 * (tag & 0x0f);
      end += 1;
    } else if (tag <= 0x9f) {
      left += tag & 0x0f;
      end += 1;
    } else if (tag <= 0xbf) end += 1 + (tag & 0x1f);
    else if (tag === 0xcb) end += 9;
    else {
      const found = head(bytes, end);
      left += found.count;
      end = found.from;
    }
  }
  return end;
}

const ENDS_INSIDE = 'the message ends inside a value';

interface Head {
  /** Values inside: two for each field of a map. */
  readonly count: number;
  /** Where they begin, or what comes after it where there are none. */
  readonly from: number;
}

function head(bytes: Uint8Array, from: number): Head {
  const tag = bytes[from];
  if (tag === undefined) throw new RangeError(ENDS_INSIDE);
  if (tag <= 0x7f || tag >= 0xe0) return { count: 0, from: from + 1 };
  if (tag <= 0x8f) return { count: 2 * (tag & 0x0f), from: from + 1 };
  if (tag <= 0x9f) return { count: tag & 0x0f, from: from + 1 };
  if (tag <= 0xbf) return { count: 0, from: from + 1 + (tag & 0x1f) };
  const [lengthBytes, fixedBytes, values] = TAGS[tag - 0xc0] ?? NOTHING;
  let length = 0;
  for (let i = 1; i <= lengthBytes; i++) length = length * 256 + (bytes[from + i] ?? 0);
  const inside = from + 1 + lengthBytes + fixedBytes;
  return values > 0 ? { count: length * values, from: inside } : { count: 0, from: inside + length };
}

type Tag = readonly [lengthBytes: number, fixedBytes: number, valuesOfLength: number];
const NOTHING: Tag = [0, 0, 0];
/** Values whose length stands before them, as a number of so many bytes. */
const sized = (lengths: readonly number[], fixedBytes: number, values: number): Tag[] =>
  lengths.map((bytes) => [bytes, fixedBytes, values]);
/** Values of a length that their tag tells. */
const fixed = (lengths: readonly number[]): Tag[] => lengths.map((bytes) => [0, bytes, 0]);
/** From 0xc0 on. */
const TAGS: readonly Tag[] = [
  // nil, one that is not used, false, true
  fixed([0, 0, 0, 0]),
  // bytes, extensions
  sized([1, 2, 4], 0, 0),
  sized([1, 2, 4], 1, 0),
  // floats, integers without and with sign, extensions of a fixed length
  fixed([4, 8]),
  fixed([1, 2, 4, 8, 1, 2, 4, 8]),
  fixed([2, 3, 5, 9, 17]),
  // text, lists, maps
  sized([1, 2, 4], 0, 0),
  sized([2, 4], 0, 1),
  sized([2, 4], 0, 2),
].flat();

/** Whether the string between two places is this one, which is of ASCII. */
function isText(bytes: Uint8Array, from: number, end: number, text: string): boolean {
  const tag = bytes[from] ?? 0;
  const start = (tag & 0xe0) === 0xa0 ? from + 1 : tag === 0xd9 ? from + 2 : tag === 0xda ? from + 3 : end;
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}
