import { recordedOf } from '../../planning/index.ts';
import type { Decision } from '../../protocol/plan.ts';
import { wireTypeOf } from '../../protocol/validation.ts';
import { eachLine, objectIn, readLine, type LinePlace } from './lines.ts';

/** Where one decision stands in its file, and what a scrubber needs of it. */
export interface RecordedDecision extends LinePlace {
  /** null: a rule that records no plan. */
  readonly id: string | null;
  readonly atMs: number;
  readonly to: number;
  readonly reason: string;
  /** What it saw; null: a rule, or a record without it. */
  readonly seen: Seen | null;
}

/** What a decision was made from, as far as a chart shows it. */
export interface Seen {
  readonly load: number | null;
  readonly required: number;
  readonly requested: number;
  readonly ready: number;
}

export interface DecisionsFile {
  readonly path: string;
  readonly decisions: readonly RecordedDecision[];
  /** Lines that cannot be read: how many, and the first with its reason. */
  readonly broken: number;
  readonly problem: string | undefined;
}

const DECISIONS_MAX = 500_000;

/** Goes through a decisions.jsonl once and notes where each is; the decisions themselves stay in the file. */
export async function indexDecisions(path: string): Promise<DecisionsFile> {
  const decisions: RecordedDecision[] = [];
  let broken = 0;
  let problem: string | undefined;
  let number = 0;
  const take = (line: Buffer, offset: number): void => {
    number += 1;
    if (line.length === 0 || decisions.length >= DECISIONS_MAX) return;
    const found = outline(line.toString('utf8'));
    if (typeof found === 'string') {
      broken += 1;
      problem ??= `line ${number}: ${found}`;
    } else decisions.push({ ...found, offset, length: line.length });
  };
  try {
    await eachLine(path, take);
  } catch (error) {
    problem = `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  return { path, decisions, broken, problem };
}

/** @returns the decision, or why there is none. */
export async function readDecision(path: string, place: LinePlace): Promise<Decision | string> {
  const value = await readLine(path, place);
  const [first] = wireTypeOf('decision').problemsOf(value);
  return first === undefined ? (value as Decision) : `${first.path}: wanted ${first.expected}, found ${first.found}`;
}

function outline(line: string): Omit<RecordedDecision, keyof LinePlace> | string {
  const value = objectIn(line);
  if (typeof value === 'string') return value;
  if (!('plan' in value)) return outlineOfRule(value);
  const { plan } = value;
  if (typeof plan !== 'object' || plan === null || !('id' in plan) || !('atMs' in plan) || !('replicas' in plan))
    return 'its plan has no id, time or number';
  const reason = 'reason' in plan ? String(plan.reason) : '';
  return { id: String(plan.id), atMs: Number(plan.atMs), to: Number(plan.replicas), reason, seen: seenBy(value as Decision) };
}

function outlineOfRule(value: object): Omit<RecordedDecision, keyof LinePlace> | string {
  if (!('atMs' in value) || !('replicas' in value)) return 'it has no time or number';
  return {
    id: null,
    atMs: Number(value.atMs),
    to: Number(value.replicas),
    reason: 'reason' in value ? String(value.reason) : '',
    seen: null,
  };
}

function seenBy(decision: Decision): Seen | null {
  const inputs = recordedOf(decision)?.inputs;
  const [now] = Array.isArray(decision.plan.trajectory) ? decision.plan.trajectory : [];
  if (inputs === undefined || now === undefined) return null;
  const { requestedReplicas, readyReplicas } = inputs.target;
  const load = inputs.report?.resources[0]?.current ?? null;
  return { load, required: now.replicas, requested: requestedReplicas ?? 0, ready: readyReplicas ?? 0 };
}
