import type { TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import { describeSchema, type SchemaNode } from '../protocol/schema-text.ts';
import { describeFound } from '../protocol/wire-problem.ts';
import { DURATION_PATTERN } from './duration.ts';

/** A way into a document: keys and positions. */
export type Segments = readonly (string | number)[];

export interface SchemaProblem {
  readonly at: Segments;
  readonly wanted: string;
  readonly found: string;
}

/** What a schema check found, one problem per place, with what the schema would have wanted there. */
export function schemaProblems(schema: TSchema, errors: readonly TLocalizedValidationError[], root: unknown): readonly SchemaProblem[] {
  const problems = new Map<string, SchemaProblem>();
  const add = (at: Segments, wanted: string, found: string): void => {
    if (!problems.has(at.join('/'))) problems.set(at.join('/'), { at, wanted, found });
  };
  for (const error of errors) {
    const at = segmentsOf(root, error.instancePath);
    const node = nodeAt(schema, error.schemaPath);
    if (error.keyword === 'required') {
      for (const key of error.params.requiredProperties) add([...at, key], wantedBy(node.properties?.[key] ?? {}), 'nothing');
    } else if (error.keyword === 'additionalProperties') {
      const known = Object.keys(node.properties ?? {}).join(', ');
      for (const key of error.params.additionalProperties) add([...at, key], `one of ${known}`, 'an unknown key');
    } else if (error.keyword === 'minProperties' || error.keyword === 'maxProperties') {
      add(at, node.description ?? 'another number of keys', describeKeys(valueAt(root, at)));
    } else if (error.keyword !== 'boolean') {
      add(at, wantedBy(node), describeFound(valueAt(root, at)));
    }
  }
  return [...problems.values()];
}

function wantedBy(node: SchemaNode): string {
  return node.pattern === DURATION_PATTERN ? 'a duration like 90s, 5m or 1d6h' : describeSchema(node);
}

function describeKeys(value: unknown): string {
  if (typeof value !== 'object' || value === null) return describeFound(value);
  const keys = Object.keys(value);
  return keys.length === 0 ? 'none' : keys.join(', ');
}

function valueAt(root: unknown, at: Segments): unknown {
  let value = root;
  for (const part of at) value = typeof value === 'object' && value !== null ? (Reflect.get(value, part) as unknown) : undefined;
  return value;
}

/** A JSON pointer (RFC 6901) as keys and, inside arrays, positions. */
function segmentsOf(root: unknown, pointer: string): (string | number)[] {
  const segments: (string | number)[] = [];
  for (const part of partsOf(pointer)) segments.push(Array.isArray(valueAt(root, segments)) ? Number(part) : part);
  return segments;
}

function nodeAt(schema: TSchema, pointer: string): SchemaNode {
  return (valueAt(schema, partsOf(pointer.replace(/^#/, ''))) as SchemaNode | undefined) ?? {};
}

function partsOf(pointer: string): string[] {
  const parts = pointer.split('/').slice(1);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
