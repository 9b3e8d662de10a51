import type { ContentType } from './content-type.ts';
import { describeFound, formatPath, type WireProblem } from './wire-problem.ts';

/** Deeper nesting is refused: it serves nobody but an attacker of the stack. */
export const DEPTH_MAX = 64;

type Segment = string | number;

/**
 * Finds the first value that would not arrive as it was sent: NaN and Infinity (JSON turns them into null), dates, maps
 * and other instances, functions. Undefined properties are left out by both encodings and pass. Typed arrays pass only
 * in MessagePack, which carries their bytes, NaN included.
 */
export function findUncarriable(value: unknown, contentType: ContentType): WireProblem | undefined {
  const isBinary = contentType === 'application/msgpack';
  if (isCarriable(value, isBinary, 0)) return undefined;
  const path: Segment[] = [];
  const fault = find(value, isBinary, path);
  if (fault === undefined) return undefined;
  // Segments were pushed on the way back from the fault.
  return { path: formatPath(path.reverse()), ...fault };
}

/** Whether `find` finds nothing: every message is asked, and hardly any has a fault to be named. */
function isCarriable(value: unknown, isBinary: boolean, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value !== 'object' || depth >= DEPTH_MAX) return false;
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      if (typeof item === 'number' ? !Number.isFinite(item) : !isCarriable(item, isBinary, depth + 1)) return false;
    }
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return isBinary && ArrayBuffer.isView(value);
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    if (field !== undefined && !isCarriable(field, isBinary, depth + 1)) return false;
  }
  return true;
}

interface Fault {
  readonly expected: string;
  readonly found: string;
}

function find(value: unknown, binary: boolean, path: Segment[], depth = 0): Fault | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : { expected: 'a finite number', found: String(value) };
  if (typeof value === 'object') return findInside(value, binary, path, depth + 1);
  return { expected: 'plain data', found: describeFound(value) };
}

function findInside(value: object, binary: boolean, path: Segment[], depth: number): Fault | undefined {
  if (depth > DEPTH_MAX) return { expected: `at most ${DEPTH_MAX} levels`, found: 'deeper nesting' };
  if (Array.isArray(value)) return findInArray(value, binary, path, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return findInObject(value as Record<string, unknown>, binary, path, depth);
  if (ArrayBuffer.isView(value)) return binary ? undefined : { expected: 'plain data (use MessagePack)', found: describeFound(value) };
  return { expected: 'plain data', found: describeFound(value) };
}

function findInArray(values: readonly unknown[], binary: boolean, path: Segment[], depth: number): Fault | undefined {
  for (let index = 0; index < values.length; index += 1) {
    const fault = find(values[index], binary, path, depth);
    if (fault !== undefined) {
      path.push(index);
      return fault;
    }
  }
  return undefined;
}

function findInObject(fields: Readonly<Record<string, unknown>>, binary: boolean, path: Segment[], depth: number): Fault | undefined {
  for (const key of Object.keys(fields)) {
    const field = fields[key];
    if (field === undefined) continue;
    const fault = find(field, binary, path, depth);
    if (fault !== undefined) {
      path.push(key);
      return fault;
    }
  }
  return undefined;
}
