/**
 * Numbers in ordinary fields of the parts of a state. Every part holds numbers, typed arrays and other parts; anything else
 * (a boolean, a name) is a setting, which the constructor gives it again.
 */
type Part = Record<string, unknown>;

/** Writes the numbers of all parts, in the order of their fields. @returns how many there are. */
export function saveScalars(state: object, into?: Float64Array, at = 0): number {
  const part = state as Part;
  let i = at;
  for (const field in part) {
    const value = part[field];
    if (typeof value === 'number') {
      if (into !== undefined) into[i] = value;
      i += 1;
    } else if (isPart(value)) i = saveScalars(value, into, i);
  }
  return i;
}

/** Puts back what `saveScalars` wrote of a state that was made in the same way. @returns how many there are. */
export function restoreScalars(state: object, from: Float64Array, at = 0): number {
  const part = state as Part;
  let i = at;
  for (const field in part) {
    const value = part[field];
    if (typeof value === 'number') part[field] = from[i++];
    else if (isPart(value)) i = restoreScalars(value, from, i);
  }
  return i;
}

function isPart(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}
