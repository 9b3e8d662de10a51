/**
 * State as plain data. Every part of a forecaster holds numbers, strings, booleans, typed arrays, and other parts, in
 * ordinary fields; so one walk freezes, thaws or measures them all, and no part needs code of its own for it.
 */
export type Frozen = number | string | boolean | null | FrozenArray | readonly Frozen[] | { readonly [field: string]: Frozen };
export type FrozenArray = Float64Array | Float32Array | Int32Array | Uint8Array;

function isArray(value: unknown): value is FrozenArray {
  return value instanceof Float64Array || value instanceof Float32Array || value instanceof Int32Array || value instanceof Uint8Array;
}

/** A deep copy of the state of a part. Methods live on prototypes and are not copied. */
export function freezeState(state: unknown): Frozen {
  if (isArray(state)) return state.slice();
  if (Array.isArray(state)) return state.map(freezeState);
  if (typeof state === 'object' && state !== null) {
    return Object.fromEntries(Object.entries(state).map(([field, value]) => [field, freezeState(value)]));
  }
  if (typeof state === 'number' || typeof state === 'string' || typeof state === 'boolean') return state;
  if (state === undefined || state === null) return null;
  throw new TypeError(`a ${typeof state} cannot be frozen`);
}

/**
 * Puts frozen state into a part that was just created with the same settings.
 * @throws TypeError if the frozen state has another shape, which means that another version wrote it.
 */
export function thawState<T extends object>(fresh: T, frozen: unknown): T {
  if (typeof frozen !== 'object' || frozen === null) throw new TypeError('frozen state is not an object');
  const target = fresh as Record<string, unknown>;
  const source = frozen as Record<string, unknown>;
  for (const field of Object.keys(target)) target[field] = thawField(field, target[field], source[field]);
  return fresh;
}

function thawField(field: string, fresh: unknown, frozen: unknown): unknown {
  if (isArray(fresh)) {
    if (!isArray(frozen) || frozen.constructor !== fresh.constructor)
      throw new TypeError(`frozen field ${field} is not a ${fresh.constructor.name}`);
    if (frozen.length !== fresh.length) throw new TypeError(`frozen field ${field} has ${frozen.length} numbers, wanted ${fresh.length}`);
    fresh.set(frozen);
    return fresh;
  }
  if (typeof fresh === 'object' && fresh !== null) return thawState(fresh, frozen);
  if (typeof frozen !== typeof fresh) throw new TypeError(`frozen field ${field} is not a ${typeof fresh}`);
  return frozen;
}

/** Bytes of numeric state: typed arrays by their length, 8 for every other number. */
export function bytesOf(state: unknown): number {
  if (isArray(state)) return state.byteLength;
  if (typeof state === 'number') return 8;
  if (typeof state !== 'object' || state === null) return 0;
  let bytes = 0;
  for (const value of Object.values(state)) bytes += bytesOf(value);
  return bytes;
}
