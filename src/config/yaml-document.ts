/** A YAML text against a schema, with every problem at its line and column. */
import type { TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import { Settings } from 'typebox/system';
import { isCollection, isMap, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import type { ProblemList } from '../problems.ts';
import { formatPath } from '../protocol/wire-problem.ts';
import { schemaProblems, type Segments } from './schema-problems.ts';

export interface YamlDocument {
  readonly data: unknown;
  /** `file:line:column path`, for problems. */
  place(at: Segments): string;
}

export interface Checker {
  Check(data: unknown): boolean;
  Errors(data: unknown): TLocalizedValidationError[];
}

/** Errors that are looked at in one file. */
const ERRORS_MAX = 200;
/** Aliases that are followed: a few nested ones can stand for gigabytes. */
const ALIASES_MAX = 100;

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
  for (const { pos, message } of [...document.errors, ...document.warnings]) {
    const { line, col } = lines.linePos(pos[0]);
    problems.add(`${fileName}:${line}:${col}`, 'YAML', message);
  }
  refuseOddKeys(document, lines, fileName, problems);
  if (problems.count > 0) return undefined;
  const place = (at: Segments): string => `${fileName}:${positionOf(document, lines, at)} ${formatPath(at)}`.trimEnd();
  if (document.contents === null) problems.add(fileName, 'settings', 'an empty file');
  const data = toData(document, fileName, problems);
  if (problems.count > 0) return undefined;
  return checkData(data, schema, checker, place, problems) ? { data, place } : undefined;
}

/** True if it is what the schema says. Otherwise `problems` has everything that is not. */
export function checkData(
  data: unknown,
  schema: TSchema,
  checker: Checker,
  place: (at: Segments) => string,
  problems: ProblemList,
): boolean {
  if (checker.Check(data)) return true;
  for (const { at, wanted, found } of schemaProblems(schema, errorsOf(checker, data), data)) problems.add(place(at), wanted, found);
  return false;
}

/** A map or a list as a key is legal YAML, and never what was meant. */
function refuseOddKeys(document: Document, lines: LineCounter, fileName: string, problems: ProblemList): void {
  visit(document, {
    Pair(_index, { key }) {
      if (!isCollection(key)) return;
      const { line, col } = lines.linePos(key.range?.[0] ?? 0);
      problems.add(`${fileName}:${line}:${col}`, 'a text as a key', isMap(key) ? 'an object' : 'a list');
    },
  });
}

function toData(document: Document, fileName: string, problems: ProblemList): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (error) {
    // The only error that is left: more aliases than are followed.
    problems.add(fileName, `at most ${ALIASES_MAX} aliases`, error instanceof Error ? error.message : String(error));
    return undefined;
  }
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

/** `line:column` of the key at `at`, or of the nearest node that the file has on the way to it. */
function positionOf(document: Document, lines: LineCounter, at: Segments): string {
  for (let length = at.length; length > 0; length -= 1) {
    const offset = offsetOf(document, at.slice(0, length));
    if (offset === undefined) continue;
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  }
  return '1:1';
}

function offsetOf(document: Document, at: Segments): number | undefined {
  const parent: unknown = at.length === 1 ? document.contents : document.getIn(at.slice(0, -1), true);
  const name = at.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === name);
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const node: unknown = document.getIn(at, true);
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : undefined;
}
