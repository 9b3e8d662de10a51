import { formatDuration } from '../../src/config/duration.ts';
import type { Score } from '../score.ts';
import { isViolation, type TimelineRow } from '../timeline.ts';
import { ms } from '../workloads/shape-loads.ts';
import type { Expectation, Scenario } from './schema.ts';

/** A finished run of one policy, as far as expectations look at it. */
export interface JudgedRun {
  readonly label: string;
  readonly rows: readonly TimelineRow[];
  readonly score: Score;
}

/** One thing that must hold, and whether it does. */
export interface Verdict {
  readonly policy: string;
  /** What was expected, as a sentence. */
  readonly expected: string;
  /** What the run shows, in the same terms. */
  readonly found: string;
  readonly holds: boolean;
}

interface Case {
  readonly run: JudgedRun;
  readonly others: ReadonlyMap<string, JudgedRun>;
}

type Judge<K extends keyof Expectation> = (given: NonNullable<Expectation[K]>, judged: Case) => readonly Outcome[];
type Outcome = Omit<Verdict, 'policy'>;

/** Every expectation of a scenario against its runs, in the order of the file. */
export function judge({ expect }: Scenario, runs: readonly JudgedRun[]): readonly Verdict[] {
  const byLabel = new Map(runs.map((run) => [run.label, run]));
  return Object.entries(expect).flatMap(([policy, expectation]) => {
    const run = byLabel.get(policy);
    if (run === undefined) return [];
    return outcomesOf(expectation, { run, others: byLabel }).map((outcome) => ({ policy, ...outcome }));
  });
}

function outcomesOf(expectation: Expectation, judged: Case): Outcome[] {
  const outcomes: Outcome[] = [];
  for (const name of Object.keys(expectation) as (keyof Expectation)[]) outcomes.push(...outcomeOf(name, expectation, judged));
  return outcomes;
}

function outcomeOf<K extends keyof Expectation>(name: K, expectation: Expectation, judged: Case): readonly Outcome[] {
  const given = expectation[name];
  const rule = JUDGES[name] as Judge<K>;
  return given === undefined ? [] : rule(given, judged);
}

const JUDGES: { readonly [K in keyof Expectation]-?: Judge<K> } = {
  violationMinutesMax: (max, { run }) => [atMost('violation minutes', run.score.violationMinutes, max)],
  violationShareMax: (max, { run }) => [atMost('share of violation minutes', run.score.violationShare, max)],
  violationMinutesMaxRelativeTo: (limits, judged) => relative('violation minutes', limits, judged, (score) => score.violationMinutes),
  violationShareMaxAbove: (limits, { run, others }) =>
    Object.entries(limits).map(([label, above]) => {
      const other = others.get(label);
      const expected = `share of violation minutes at most ${above} above that of ${label}`;
      if (other === undefined) return { expected, found: `${label} was not run`, holds: false };
      const [own, theirs] = [run.score.violationShare, other.score.violationShare];
      return { expected, found: `${short(own)} against ${short(theirs)}`, holds: own <= theirs + above };
    }),
  costMaxRelativeTo: (limits, judged) => relative('cost', limits, judged, (score) => score.costReplicaMinutes),
  neverScalesDownBetween: (spans, { run }) =>
    spans.map((span) => moves('never scales down', span, run.rows, (before, after) => after < before)),
  neverScalesUpBetween: (spans, { run }) =>
    spans.map((span) => moves('never scales up', span, run.rows, (before, after) => after > before)),
  readyAtLeast: (wanted, { run }) =>
    wanted.map(({ replicas, ...span }) => {
      const least = Math.min(...within(run.rows, span).map((row) => row.ready));
      return { expected: `at least ${replicas} ready ${spanText(span)}`, found: `least ${least}`, holds: least >= replicas };
    }),
  requestedAtMost: (wanted, { run }) =>
    wanted.map(({ replicas, ...span }) => {
      const most = Math.max(...within(run.rows, span).map((row) => row.requested));
      return { expected: `at most ${replicas} requested ${spanText(span)}`, found: `most ${most}`, holds: most <= replicas };
    }),
  noViolationBetween: (spans, { run }) =>
    spans.map((span) => {
      const rows = within(run.rows, span);
      const violations = rows.filter(isViolation).length;
      const holds = rows.length > 0 && violations === 0;
      return { expected: `no violation ${spanText(span)}`, found: `${violations} of ${rows.length} minutes`, holds };
    }),
  reversalsPerDayMax: (max, { run }) => [atMost('reversals a day', run.score.reversalsPerDay, max)],
  droppedShareMax: (max, { run }) => [atMost('share of requests dropped', run.score.droppedShare, max)],
};

function atMost(what: string, value: number, max: number): Outcome {
  return { expected: `${what} at most ${max}`, found: String(short(value)), holds: value <= max };
}

function relative(
  what: string,
  limits: Readonly<Record<string, number>>,
  { run, others }: Case,
  read: (score: Score) => number,
): readonly Outcome[] {
  return Object.entries(limits).map(([label, factor]) => {
    const other = others.get(label);
    const expected = `${what} at most ${factor} x that of ${label}`;
    if (other === undefined) return { expected, found: `${label} was not run`, holds: false };
    const [own, theirs] = [read(run.score), read(other.score)];
    return { expected, found: `${short(own)} against ${short(theirs)}`, holds: own <= factor * theirs };
  });
}

interface Span {
  readonly from: string;
  readonly to: string;
}

function moves(what: string, span: Span, rows: readonly TimelineRow[], isMove: (before: number, after: number) => boolean): Outcome {
  const seen = within(rows, span);
  const at = seen.findIndex((row, i) => i > 0 && isMove(seen[i - 1]?.requested ?? row.requested, row.requested));
  const first = rows[0]?.startMs ?? 0;
  const row = seen[at];
  const found = row === undefined ? `${seen.length} minutes without one` : `it did at ${formatDuration(row.startMs - first)}`;
  return { expected: `${what} ${spanText(span)}`, found, holds: seen.length > 0 && row === undefined };
}

function within(rows: readonly TimelineRow[], { from, to }: Span): readonly TimelineRow[] {
  const start = rows[0]?.startMs ?? 0;
  return rows.filter((row) => row.startMs - start >= ms(from) && row.startMs - start < ms(to));
}

function spanText({ from, to }: Span): string {
  return `between ${from} and ${to}`;
}

function short(value: number): number {
  return Number(value.toPrecision(4));
}
