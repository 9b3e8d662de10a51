/** A YAML text against a schema, with every problem at its line. */
import type { TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import { Settings } from 'typebox/system';
import { LineCounter, parseDocument, type Document } from 'yaml';
import type { ProblemList } from '../problems.ts';
import { schemaProblems, type Segments } from './schema-problems.ts';

export interface YamlDocument {
  readonly data: unknown;
  /** `file:line path`, for problems. */
  place(at: Segments): string;
}

interface Checker {
  Check(data: unknown): boolean;
  Errors(data: unknown): TLocalizedValidationError[];
}

const ERRORS_MAX = 200;

/** undefined when there are problems, which are then in `problems`. */
export function readYaml(
  text: string,
  fileName: string,
  schema: TSchema,
  checker: Checker,
  problems: ProblemList,
): YamlDocument | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  for (const { pos, message } of document.errors) {
    const { line, col } = lines.linePos(pos[0]);
    problems.add(`${fileName}:${line}:${col}`, 'YAML', message);
  }
  if (problems.count > 0) return undefined;
  const place = (at: Segments): string => `${fileName}:${lineOf(document, lines, at)} ${pathText(at)}`.trimEnd();
  const data: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  if (checker.Check(data)) return { data, place };
  for (const { at, wanted, found } of schemaProblems(schema, errorsOf(checker, data), data)) problems.add(place(at), wanted, found);
  return undefined;
}

/** All errors: by default a check ends at the eighth. The setting is for the whole process, hence put back. */
function errorsOf(checker: Checker, data: unknown): TLocalizedValidationError[] {
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: ERRORS_MAX });
  try {
    return checker.Errors(data);
  } finally {
    Settings.Set({ maxErrors });
  }
}

/** Line of the nearest node that the file has on the way to `at`. */
function lineOf(document: Document, lines: LineCounter, at: Segments): number {
  for (let length = at.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(at.slice(0, length), true);
    const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
    if (Array.isArray(range) && typeof range[0] === 'number') return lines.linePos(range[0]).line;
  }
  return 1;
}

function pathText(at: Segments): string {
  return at.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}
