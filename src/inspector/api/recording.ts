import { Type, type Static } from 'typebox';
import { AtMs, Count, DurationMs, OrNull } from './common.ts';

export const RunPolicy = Type.Object({
  label: Type.String(),
  rows: Count('Intervals'),
  decisions: Count('In its log'),
  messages: OrNull(Count('That its actors took; null: they were not recorded')),
  /** What the report says of it; null without a report. */
  score: Type.Unknown(),
});
export type RunPolicy = Static<typeof RunPolicy>;

export const Run = Type.Object(
  {
    name: Type.String(),
    description: Type.String(),
    seed: OrNull(Type.Number()),
    startMs: AtMs('First interval'),
    intervalMs: DurationMs('Length of an interval'),
    policies: Type.Array(RunPolicy),
    problems: Type.Array(Type.String(), { description: 'What of the folder cannot be read, and why' }),
  },
  { $id: 'Run' },
);
export type Run = Static<typeof Run>;

/** One value per interval. */
export const Timeline = Type.Object(
  {
    policy: Type.String(),
    startMs: AtMs('First interval'),
    intervalMs: DurationMs('Length of an interval'),
    demand: Type.Array(OrNull(Type.Number())),
    required: Type.Array(Type.Number()),
    ready: Type.Array(Type.Number()),
    requested: Type.Array(Type.Number()),
    latency: Type.Array(Type.Number(), { description: 'p95, seconds' }),
    violation: Type.Array(Type.Number()),
    /** Moments of decisions, for jumping. */
    decisionAtMs: Type.Array(Type.Number()),
    decisionIds: Type.Array(OrNull(Type.String()), { description: 'null: a rule that records no plan' }),
    decisionTo: Type.Array(Type.Number()),
    decisionReasons: Type.Array(Type.String()),
  },
  { $id: 'Timeline' },
);
export type Timeline = Static<typeof Timeline>;

/** A line of messages.jsonl: what an actor took, and where it stood after it. */
export const RecordedMessage = Type.Object(
  {
    atMs: AtMs('When it was appended'),
    to: Type.String({ description: 'The actor' }),
    name: Type.String(),
    source: Type.String(),
    outcome: Type.String(),
    trace: OrNull(Type.String()),
    bytes: Count('Size'),
    active: Type.Array(Type.String(), { description: 'Active states of the actor after it' }),
    data: Type.Unknown({ description: 'What it says; long lists are cut' }),
  },
  { $id: 'RecordedMessage' },
);
export type RecordedMessage = Static<typeof RecordedMessage>;

/** One value per message, in the order in which they were taken. */
export const RunMessages = Type.Object(
  {
    policy: Type.String(),
    atMs: Type.Array(Type.Number()),
    names: Type.Array(Type.String(), { description: 'Types of messages that are there' }),
    nameOf: Type.Array(Type.Number(), { description: 'Of each message the index in `names`' }),
    leftOut: Count('After these, not written down'),
  },
  { $id: 'RunMessages' },
);
export type RunMessages = Static<typeof RunMessages>;
