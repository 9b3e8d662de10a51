import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { InputError } from '../../problems.ts';
import { indexDecisions, type DecisionsFile } from './decisions-file.ts';
import { timelineOf } from './log-timeline.ts';
import { indexMessages, type MessagesFile } from './messages-file.ts';
import { readTimeline, type TimelineColumns } from './timeline-file.ts';

export interface RecordedPolicy {
  readonly label: string;
  readonly timeline: TimelineColumns;
  readonly decisions: DecisionsFile;
  /** undefined: it was recorded without them. */
  readonly messages: MessagesFile | undefined;
  /** What the report says of it; null without one. */
  readonly score: unknown;
}

/** A run as it was written down by `forescale simulate --out`. */
export interface RecordedRun {
  readonly name: string;
  readonly description: string;
  readonly seed: number | null;
  readonly policies: readonly RecordedPolicy[];
  /** What of it cannot be read. */
  readonly problems: readonly string[];
}

const POLICIES_MAX = 32;

/**
 * Opens the folder of a run, or a log of decisions. What can be read is shown, what cannot is said.
 * @throws InputError when there is nothing to show.
 */
export async function openRun(where: string): Promise<RecordedRun> {
  const found = await stat(where).catch(() => undefined);
  if (found === undefined) throw noRun(where, 'nothing there');
  return found.isDirectory() ? openFolder(where) : openLog(where);
}

/**
 * Several runs as one, for comparison: each policy under the name of its run.
 * @throws InputError when one cannot be opened, or they do not begin together.
 */
export async function openRuns(places: readonly string[]): Promise<RecordedRun> {
  const runs: RecordedRun[] = [];
  for (const place of places) runs.push(await openRun(place));
  const [first] = runs;
  if (first === undefined || runs.length === 1) return first ?? openRun('');
  const names = runs.map(({ name }, i) => (runs.filter((run) => run.name === name).length > 1 ? (places[i] ?? name) : name));
  const policies = runs.flatMap((run, i) => run.policies.map((policy) => ({ ...policy, label: `${names[i] ?? ''}: ${policy.label}` })));
  const time = ({ timeline: { startMs, intervalMs } }: RecordedPolicy): string =>
    `${new Date(startMs).toISOString()}, ${intervalMs / 1_000} s`;
  const [one] = policies;
  const other = policies.find((policy) => one !== undefined && time(policy) !== time(one));
  if (one !== undefined && other !== undefined)
    throw new InputError([{ place: other.label, wanted: `the start and interval of ${one.label} (${time(one)})`, found: time(other) }]);
  const problems = runs.flatMap((run, i) => run.problems.map((problem) => `${names[i] ?? ''}: ${problem}`));
  return { name: names.join(' and '), description: '', seed: null, policies, problems };
}

async function openLog(path: string): Promise<RecordedRun> {
  const decisions = await indexDecisions(path);
  const timeline = timelineOf(decisions);
  if (!timeline.ok) throw noRun(path, timeline.problem);
  const [policy] = decisions.decisions.flatMap(({ id }) => id?.slice(0, Math.max(0, id.lastIndexOf('/'))) ?? []);
  const problems = decisions.problem === undefined ? [] : [`${basename(path)}: ${decisions.problem}`];
  const label = policy === undefined || policy === '' ? 'decisions' : policy;
  const description = 'A log of decisions: what is drawn is what each of them saw.';
  return {
    name: basename(path),
    description,
    seed: null,
    policies: [{ label, timeline: timeline.columns, decisions, messages: undefined, score: null }],
    problems,
  };
}

async function openFolder(folder: string): Promise<RecordedRun> {
  const problems: string[] = [];
  const report = await readReport(folder, problems);
  const policies: RecordedPolicy[] = [];
  for (const label of await policyFolders(folder)) {
    const timeline = await readTimeline(join(folder, label, 'timeline.csv'));
    if (!timeline.ok) {
      problems.push(`${label}/timeline.csv: ${timeline.problem}`);
      continue;
    }
    const decisions = await indexDecisions(join(folder, label, 'decisions.jsonl'));
    if (decisions.problem !== undefined) problems.push(`${label}/decisions.jsonl: ${decisions.problem}`);
    const messages = await indexMessages(join(folder, label, 'messages.jsonl'));
    if (messages?.problem !== undefined) problems.push(`${label}/messages.jsonl: ${messages.problem}`);
    policies.push({ label, timeline: timeline.columns, decisions, messages, score: report.scores.get(label) ?? null });
  }
  if (policies.length === 0) throw noRun(folder, ['no policy with a timeline.csv that can be read', ...problems].join('; '));
  // Forescale first: it is what people come for.
  const rank = ({ label }: RecordedPolicy): number => (label.startsWith('predictive') ? 0 : 1);
  policies.sort((a, b) => rank(a) - rank(b) || a.label.localeCompare(b.label));
  return { name: report.name ?? basename(resolve(folder)), description: report.description, seed: report.seed, policies, problems };
}

async function policyFolders(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || names.length >= POLICIES_MAX) continue;
    const file = await stat(join(folder, entry.name, 'timeline.csv')).catch(() => undefined);
    if (file !== undefined) names.push(entry.name);
  }
  return names.sort();
}

interface ReportOutline {
  readonly name: string | undefined;
  readonly description: string;
  readonly seed: number | null;
  readonly scores: ReadonlyMap<string, unknown>;
}

async function readReport(folder: string, problems: string[]): Promise<ReportOutline> {
  const none: ReportOutline = { name: undefined, description: '', seed: null, scores: new Map() };
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'));
    if (typeof value !== 'object' || value === null) throw new Error('it is no object');
    const { name, description, seed, policies } = value as Readonly<Record<string, unknown>>;
    const scores = (Array.isArray(policies) ? (policies as unknown[]) : []).flatMap((one) => {
      if (typeof one !== 'object' || one === null || !('label' in one) || !('score' in one)) return [];
      return [[String(one.label), one.score] as const];
    });
    return {
      name: typeof name === 'string' ? name : undefined,
      description: typeof description === 'string' ? description : '',
      seed: typeof seed === 'number' ? seed : null,
      scores: new Map(scores),
    };
  } catch (error) {
    problems.push(`report.json: ${error instanceof Error ? error.message : String(error)}`);
    return none;
  }
}

function noRun(folder: string, found: string): InputError {
  return new InputError([
    { place: folder, wanted: 'the output folder of `forescale simulate --out`, or a log of decisions (.jsonl)', found },
  ]);
}
