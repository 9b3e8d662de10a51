import type { TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import { schemaProblems as problemsOf, type SchemaProblem, type Segments } from '../protocol/schema-problems.ts';
import { describeSchema, type SchemaNode } from '../protocol/schema-text.ts';
import { DURATION_PATTERN } from './duration.ts';
import { branchesOf, kindsOf, meantErrors } from './union-errors.ts';

export type { SchemaProblem, Segments };

/** Takes one problem: where, what would have been right, what was found. */
export type AddProblem = (at: Segments, wanted: string, found: unknown) => void;

/** Problems in the words of a config: durations and sizes are named as such, not by their patterns. */
export function schemaProblems(schema: TSchema, errors: readonly TLocalizedValidationError[], root: unknown): readonly SchemaProblem[] {
  const meant = meantErrors(schema, errors, root);
  return [...problemsOf(schema, meant.errors, root, describeOption), ...meant.problems];
}

/** What an option takes, e.g. `a duration like 90s, 5m or 1d6h`. */
export function describeOption(node: SchemaNode): string {
  if (node.title === 'Duration') return 'a duration like 90s, 5m or 1d6h, or milliseconds';
  if (node.title === 'Size') return 'a size like 512MiB or 1GB, or bytes, above 0';
  if (node.pattern === DURATION_PATTERN) return 'a duration like 90s, 5m or 1d6h';
  const branches = branchesOf(node);
  if (branches !== undefined) return `an object of the kind ${branches.flatMap(kindsOf).map(String).join(', ')}`;
  return describeSchema(node);
}
