import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { InputError, ProblemList } from '../../src/problems.ts';
import { parseDuration } from '../duration.ts';
import { Scenario } from './schema.ts';
import { schemaProblems, type Segments } from './schema-problems.ts';

const checker = Compile(Scenario);

/** Longer runs are for traces. */
const DURATION_MAX_MS = 14 * 86_400_000;

/**
 * Reads and checks a scenario file.
 * @throws InputError that lists every problem with file and line.
 */
export function loadScenario(path: string): Scenario {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new InputError([{ place: path, wanted: 'a scenario file', found: error instanceof Error ? error.message : String(error) }]);
  }
  return parseScenario(text, path);
}

/** The same for a text; `path` is how problems name it. */
export function parseScenario(text: string, path: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = new ProblemList();
  for (const { pos, message } of document.errors) problems.add(`${path}:${lines.linePos(pos[0]).line}`, 'YAML', message);
  problems.throwIfAny();
  const place = (at: Segments): string => `${path}:${lineOf(document, lines, at)} ${pathText(at)}`.trimEnd();
  const data: unknown = document.toJS({ maxAliasCount: 100 });
  if (!checker.Check(data)) {
    for (const { at, wanted, found } of schemaProblems(Scenario, errorsOf(data), data)) problems.add(place(at), wanted, found);
    problems.throwIfAny();
    throw new InputError([{ place: path, wanted: 'a scenario', found: 'something else' }]);
  }
  checkSense(data, path, place, problems);
  problems.throwIfAny();
  return data;
}

const ERRORS_MAX = 200;

/** All errors: by default a check ends at the eighth. The setting is for the whole process, hence put back. */
function errorsOf(data: unknown): ReturnType<typeof checker.Errors> {
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: ERRORS_MAX });
  try {
    return checker.Errors(data);
  } finally {
    Settings.Set({ maxErrors });
  }
}

/** What a schema cannot say. */
function checkSense(scenario: Scenario, path: string, place: (at: Segments) => string, problems: ProblemList): void {
  const file = basename(path).replace(/\.ya?ml$/, '');
  if (scenario.name !== file) problems.add(place(['name']), `the file's name, ${file}`, scenario.name);
  const durationMs = parseDuration(scenario.duration) ?? 0;
  if (durationMs < 60_000 || durationMs % 60_000 !== 0 || durationMs > DURATION_MAX_MS) {
    problems.add(place(['duration']), 'whole minutes from 1m to 14d', scenario.duration);
  }
  const { min = 1, max, leadTime } = scenario.plant;
  if (max !== undefined && max < Math.max(1, min)) problems.add(place(['plant', 'max']), `at least min (${min}) and 1`, String(max));
  if (leadTime !== undefined && (parseDuration(leadTime.p95) ?? 0) < (parseDuration(leadTime.p50) ?? 0)) {
    problems.add(place(['plant', 'leadTime', 'p95']), `at least p50 (${leadTime.p50})`, leadTime.p95);
  }
  if (Object.keys(scenario.expect).length === 0) problems.add(place(['expect']), 'at least one policy', 'none');
  checkSpans(scenario, durationMs, place, problems);
}

const SPANS = ['neverScalesDownBetween', 'neverScalesUpBetween', 'readyAtLeast', 'requestedAtMost', 'noViolationBetween'] as const;

/** A span outside the run would hold whatever happens. */
function checkSpans(scenario: Scenario, durationMs: number, place: (at: Segments) => string, problems: ProblemList): void {
  for (const [policy, expectation] of Object.entries(scenario.expect)) {
    for (const name of SPANS) {
      for (const [index, { from, to }] of (expectation[name] ?? []).entries()) {
        const [fromMs, toMs] = [parseDuration(from) ?? 0, parseDuration(to) ?? 0];
        if (fromMs < toMs && toMs <= durationMs) continue;
        problems.add(place(['expect', policy, name, index]), `from before to, within ${scenario.duration}`, `${from} to ${to}`);
      }
    }
  }
}

/** Line of the nearest node that the file has on the way to `at`. */
function lineOf(document: Document, lines: LineCounter, at: Segments): number {
  for (let length = at.length; length > 0; length--) {
    const offset = keyOffset(document, at.slice(0, length));
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return 1;
}

function keyOffset(document: Document, at: Segments): number | undefined {
  const node: unknown = document.getIn(at, true);
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : undefined;
}

function pathText(at: Segments): string {
  return at.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}
