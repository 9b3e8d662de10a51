import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Compile } from 'typebox/compile';
import { parseDuration } from '../../src/config/duration.ts';
import type { Segments } from '../../src/config/schema-problems.ts';
import { readYaml } from '../../src/config/yaml-document.ts';
import { fileFault, InputError, ProblemList } from '../../src/problems.ts';
import { Scenario } from './schema.ts';

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
    throw new InputError([{ place: path, wanted: 'a scenario file that can be read', found: fileFault(error) }]);
  }
  return parseScenario(text, path);
}

/** The same for a text; `path` is how problems name it. */
export function parseScenario(text: string, path: string): Scenario {
  const problems = new ProblemList();
  const document = readYaml(text, path, Scenario, checker, problems);
  problems.throwIfAny();
  if (document === undefined) throw new InputError([{ place: path, wanted: 'a scenario', found: 'something else' }]);
  const scenario = document.data as Scenario;
  checkSense(scenario, path, (at) => document.place(at), problems);
  problems.throwIfAny();
  return scenario;
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
