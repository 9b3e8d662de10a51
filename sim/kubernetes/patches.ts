/** JSON Patch (RFC 6902), JSON merge patch (RFC 7386), and of strategic merge patch what pods need: containers by name. */

export class PatchFailed extends Error {
  override readonly name = 'PatchFailed';
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new PatchFailed('a JSON patch is an array');
  const root = { value: structuredClone(document) };
  for (const step of patch) {
    if (!isObject(step) || typeof step['path'] !== 'string') throw new PatchFailed('a step without a path');
    applyStep(root, String(step['op']), ['value', ...partsOf(step['path'])], step['value']);
  }
  return root.value;
}

function partsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function applyStep(root: Json, op: string, parts: readonly string[], value: unknown): void {
  let holder: unknown = root;
  for (const part of parts.slice(0, -1))
    holder = isObject(holder) || Array.isArray(holder) ? (Reflect.get(holder, part) as unknown) : undefined;
  const key = parts.at(-1) ?? '';
  if (!isObject(holder) && !Array.isArray(holder)) throw new PatchFailed(`nothing at ${parts.slice(1).join('/')}`);
  const isThere = Reflect.has(holder, key);
  if (op === 'test') {
    if (!isThere || JSON.stringify(Reflect.get(holder, key)) !== JSON.stringify(value)) throw new PatchFailed('a test failed');
  } else if (op === 'add' || (op === 'replace' && isThere)) Reflect.set(holder, key, value);
  else if (op === 'remove' && isThere) Reflect.deleteProperty(holder, key);
  else throw new PatchFailed(`${op} of nothing`);
}

export function applyMergePatch(document: unknown, patch: unknown, isStrategic: boolean): unknown {
  if (!isObject(patch)) return patch;
  const result: Json = isObject(document) ? { ...document } : {};
  for (const [key, value] of Object.entries(patch)) {
    const present = result[key];
    if (value === null) Reflect.deleteProperty(result, key);
    else if (isStrategic && key === 'containers' && Array.isArray(value) && Array.isArray(present))
      result[key] = mergeByName(present, value);
    else result[key] = applyMergePatch(present, value, isStrategic);
  }
  return result;
}

function mergeByName(present: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const named = (list: readonly unknown[]) => new Map(list.map((item) => [isObject(item) ? item['name'] : undefined, item]));
  const merged = named(present);
  for (const [name, item] of named(patch)) merged.set(name, applyMergePatch(merged.get(name), item, true));
  return [...merged.values()];
}
