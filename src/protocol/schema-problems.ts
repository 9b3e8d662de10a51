import type { TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import { nearestOf } from './nearest.ts';
import { describeSchema, type SchemaNode } from './schema-text.ts';
import { describeFound, shorten } from './wire-problem.ts';

/** A way into a value: keys and positions. */
export type Segments = readonly (string | number)[];

export interface SchemaProblem {
  readonly at: Segments;
  readonly wanted: string;
  readonly found: string;
}

/** Turns the errors of a schema check into problems, one per place, with what the schema would have wanted there. */
export function schemaProblems(
  schema: TSchema,
  errors: readonly TLocalizedValidationError[],
  root: unknown,
  describe: (node: SchemaNode) => string = describeSchema,
): readonly SchemaProblem[] {
  const problems = new Map<string, SchemaProblem>();
  for (const error of errors) {
    for (const problem of problemsOf(error, schema, root, describe)) {
      // An `anyOf` comes after the errors of its branches and says it better than they do.
      problems.set(JSON.stringify(problem.at), problem);
    }
  }
  return [...problems.values()];
}

function problemsOf(
  error: TLocalizedValidationError,
  schema: TSchema,
  root: unknown,
  describe: (node: SchemaNode) => string,
): readonly SchemaProblem[] {
  const at = segmentsOf(root, error.instancePath);
  const node = nodeAt(schema, error.schemaPath);
  if (error.keyword === 'required') {
    const { requiredProperties } = error.params;
    return requiredProperties.map((key) => ({ at: [...at, key], wanted: describe(node.properties?.[key] ?? {}), found: 'nothing' }));
  }
  if (error.keyword === 'additionalProperties') {
    const unknown = error.params.additionalProperties;
    return unknown.map((key) => ({ at: [...at, key], wanted: knownKeys(node), found: unknownKey(node, key) }));
  }
  if (error.keyword === 'minProperties' || error.keyword === 'maxProperties')
    return [{ at, wanted: node.description ?? 'another number of keys', found: describeKeys(valueAt(root, at)) }];
  // The schema `false` behind an unknown key, which is told as such.
  if (error.keyword === 'boolean') return [];
  return [{ at, wanted: describe(node), found: describeFound(valueAt(root, at)) }];
}

function knownKeys(node: SchemaNode): string {
  const [pattern] = Object.keys(node.patternProperties ?? {});
  return pattern === undefined ? `one of ${Object.keys(node.properties ?? {}).join(', ')}` : `a key matching ${pattern}`;
}

function unknownKey(node: SchemaNode, key: string): string {
  const nearest = nearestOf(key, Object.keys(node.properties ?? {}));
  return nearest === undefined ? 'an unknown key' : `an unknown key; did you mean ${nearest}?`;
}

/** A hostile message could hold millions. */
const KEYS_SHOWN_MAX = 8;

function describeKeys(value: unknown): string {
  if (typeof value !== 'object' || value === null) return describeFound(value);
  const keys = Object.keys(value);
  if (keys.length === 0) return 'none';
  const shown = keys.slice(0, KEYS_SHOWN_MAX).map(shorten).join(', ');
  return keys.length <= KEYS_SHOWN_MAX ? shown : `${keys.length} keys: ${shown}, …`;
}

function valueAt(root: unknown, at: Segments): unknown {
  let value = root;
  for (const part of at) value = typeof value === 'object' && value !== null ? (Reflect.get(value, part) as unknown) : undefined;
  return value;
}

/** A JSON pointer (RFC 6901) as keys and, inside arrays, positions. */
function segmentsOf(root: unknown, pointer: string): Segments {
  const segments: (string | number)[] = [];
  let value = root;
  for (const part of partsOf(pointer)) {
    const segment = Array.isArray(value) ? Number(part) : part;
    segments.push(segment);
    value = valueAt(value, [segment]);
  }
  return segments;
}

function nodeAt(schema: TSchema, pointer: string): SchemaNode {
  return (valueAt(schema, partsOf(pointer.replace(/^#/, ''))) as SchemaNode | undefined) ?? {};
}

function partsOf(pointer: string): readonly string[] {
  const parts = pointer.split('/').slice(1);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
