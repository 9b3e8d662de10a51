import type { TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import type { SchemaNode } from '../protocol/schema-text.ts';
import { describeFound } from '../protocol/wire-problem.ts';
import type { SchemaProblem, Segments } from '../protocol/schema-problems.ts';

/** Errors of a check, where a union is told by its `kind`: those of the branch that was meant, and of no other. */
export interface MeantErrors {
  readonly errors: readonly TLocalizedValidationError[];
  /** Of unions of which no branch was meant. */
  readonly problems: readonly SchemaProblem[];
}

/** What a check of a union says about each of its branches would be told all at once otherwise. */
export function meantErrors(schema: TSchema, errors: readonly TLocalizedValidationError[], root: unknown): MeantErrors {
  const problems = new Map<string, SchemaProblem>();
  const kept = errors.filter((error) => {
    const union = unionOf(schema, error);
    if (union === undefined) return true;
    const at = error.instancePath
      .split('/')
      .slice(1, union.depth + 1)
      .map(unescape);
    const value = valueAt(root, at);
    const kind = valueAt(value, ['kind']);
    const meant = union.branches.findIndex((branch) => kindsOf(branch).includes(kind));
    if (meant === -1) problems.set(at.join('/'), unknownKind(at, value, kind, union.branches));
    return meant !== -1 && meant === union.branch;
  });
  return { errors: kept, problems: [...problems.values()] };
}

function unknownKind(at: Segments, value: unknown, kind: unknown, branches: readonly SchemaNode[]): SchemaProblem {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { at, wanted: 'an object with a kind', found: describeFound(value) };
  const kinds = branches.flatMap(kindsOf).map(String).join(', ');
  return { at: [...at, 'kind'], wanted: `one of ${kinds}`, found: kind === undefined ? 'nothing' : describeFound(kind) };
}

interface UnionError {
  readonly branches: readonly SchemaNode[];
  /** Which of them an error is about; undefined: about the union as a whole. */
  readonly branch: number | undefined;
  /** Steps into the data to the union's value. */
  readonly depth: number;
}

/** The first union by `kind` on the way of an error's schema path. */
function unionOf(schema: TSchema, { schemaPath, keyword }: TLocalizedValidationError): UnionError | undefined {
  const parts = schemaPath.split('/').slice(1).map(unescape);
  let node: unknown = schema;
  let depth = 0;
  for (let i = 0; i <= parts.length; i += 1) {
    const branches = branchesOf(node);
    const isInside = parts[i] === 'anyOf';
    if (branches !== undefined && (isInside || (i === parts.length && keyword === 'anyOf')))
      return { branches, branch: isInside ? Number(parts[i + 1]) : undefined, depth };
    const part = parts[i];
    if (part === undefined) return undefined;
    node = valueAt(node, [part]);
    if (part === 'items') depth += 1;
    if (part !== 'properties' && part !== 'patternProperties') continue;
    i += 1;
    node = valueAt(node, [parts[i] ?? '']);
    depth += 1;
  }
  return undefined;
}

/** Branches of a union of which each says its `kind`. */
export function branchesOf(node: unknown): readonly SchemaNode[] | undefined {
  const branches = valueAt(node, ['anyOf']) as readonly SchemaNode[] | undefined;
  return branches !== undefined && branches.every((branch) => kindsOf(branch).length > 0) ? branches : undefined;
}

export function kindsOf(branch: SchemaNode): readonly unknown[] {
  return branch.properties?.['kind']?.enum ?? [];
}

function valueAt(root: unknown, at: Segments): unknown {
  let value = root;
  for (const part of at) value = typeof value === 'object' && value !== null ? (Reflect.get(value, part) as unknown) : undefined;
  return value;
}

function unescape(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
