import { Type, type Static } from 'typebox';
import { Recommendation } from '../../protocol/resource.ts';
import { ResourceReport } from '../../protocol/state-report.ts';
import { AtMs, Count, CountOrNull, DurationMs, OrNull } from './common.ts';

/** `bad`: somebody should look now. `warn`: it works, with less. `note`: what is not there yet. */
export const Problem = Type.Object({
  level: Type.Enum(['bad', 'warn', 'note']),
  text: Type.String(),
});
export type Problem = Static<typeof Problem>;

export const DecisionOutline = Type.Object(
  {
    id: Type.String(),
    atMs: AtMs('When it was made'),
    from: Count('Requested before'),
    to: Count('Wanted'),
    requested: CountOrNull('Requested at the target when it was made'),
    ready: CountOrNull('Ready at the target when it was made'),
    required: CountOrNull('Needed for the load of the last interval'),
    winner: Type.String(),
    clamps: Type.Array(Type.String(), { description: 'Rules that changed or held the number, in order' }),
    isHeld: Type.Boolean({ description: 'A person’s number was in force, also where the plan came to the same' }),
    candidates: Type.Array(Type.Object({ name: Type.String(), replicas: Count('Proposed') })),
    confidence: Type.Number(),
    action: OrNull(Type.String({ description: 'Address of the action that carries it out' })),
    reason: Type.String(),
  },
  { $id: 'DecisionOutline' },
);
export type DecisionOutline = Static<typeof DecisionOutline>;

export const ActionOutline = Type.Object(
  {
    address: Type.String(),
    planId: Type.String(),
    generation: Type.Number(),
    from: Count('Before'),
    to: Count('Wanted'),
    startedMs: AtMs('When it was decided'),
    steps: Type.Array(
      Type.Object({
        step: Type.String(),
        atMs: AtMs('When it was read back'),
        requested: Count('At the target'),
        ready: Count('At the target'),
        attempts: Count('Writes tried so far'),
        reason: Type.String(),
      }),
      { maxItems: 64 },
    ),
    outcome: OrNull(Type.String({ description: 'null while it is under way' })),
    reason: Type.String(),
  },
  { $id: 'ActionOutline' },
);
export type ActionOutline = Static<typeof ActionOutline>;

/** Quantile levels of every band, in this order. */
export const BAND_LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

/** One interval of a pool. */
export const Point = Type.Object(
  {
    atMs: AtMs('Start of the interval'),
    load: CountOrNull('Load of the interval; null: not measured'),
    bands: OrNull(
      Type.Array(Type.Array(Type.Number()), {
        description:
          'Per horizon, what was then forecast for the interval that starts at atMs + horizon: levels 0.05, 0.25, 0.5, 0.75, 0.95',
      }),
    ),
    confidence: Type.Number(),
    coverage: OrNull(Type.Number({ description: 'Measured coverage of the 0.9 interval' })),
    skill: OrNull(Type.Number({ description: 'Against repeating the last value; above 0 is better than it' })),
    weights: Type.Array(Type.Number(), { description: 'Weight of each expert, in the order of `experts`' }),
  },
  { $id: 'Point' },
);
export type Point = Static<typeof Point>;

const NotReady = Type.Object({
  code: Type.String(),
  message: Type.String(),
  have: Type.Number(),
  need: Type.Number(),
  etaMs: DurationMs('Left'),
});

export const PoolRow = Type.Object(
  {
    pool: Type.String(),
    intervalMs: DurationMs('Length of an interval'),
    resource: Type.String({ description: 'What is drawn: requests, or the resource that bounds a replica' }),
    unit: Type.String(),
    load: OrNull(Type.Number()),
    loadAtMs: OrNull(AtMs('Interval of the load')),
    forecast: OrNull(
      Type.Object(
        { horizonMs: DurationMs('Ahead'), q05: Type.Number(), q50: Type.Number(), q95: Type.Number() },
        { description: 'Middle horizon' },
      ),
    ),
    capacity: OrNull(Type.Number({ description: 'What the ready replicas serve, in the same unit' })),
    requested: OrNull(Type.Number()),
    ready: OrNull(Type.Number()),
    required: OrNull(Type.Number()),
    state: Type.String({ description: 'Of the forecast: collecting, training, predicting; `silent` before the first report' }),
    confidence: Type.Number(),
    coverage: OrNull(Type.Number()),
    skill: OrNull(Type.Number()),
    autonomy: Type.Enum(['acting', 'guarded', 'advisory', 'shadow', 'paused', 'override'], { description: 'Who holds the pool' }),
    againstReactive: OrNull(
      Type.Number({
        description: 'Replicas wanted / replicas that the reactive rule proposed, over the decisions kept; null: none to compare',
      }),
    ),
    lastDecision: OrNull(DecisionOutline),
    lastChange: OrNull(DecisionOutline),
    notReady: OrNull(NotReady),
    problems: Type.Array(Problem),
    spark: Type.Array(OrNull(Type.Number()), { description: 'The last loads' }),
  },
  { $id: 'PoolRow' },
);
export type PoolRow = Static<typeof PoolRow>;

export const ProducerRow = Type.Object({
  producer: Type.String(),
  address: Type.String(),
  state: Type.String(),
  load: OrNull(Type.Number()),
  confidence: Type.Number(),
  atMs: AtMs('Last reported interval'),
  notReady: OrNull(NotReady),
});
export type ProducerRow = Static<typeof ProducerRow>;

export const PoolDetail = Type.Object(
  {
    row: PoolRow,
    horizonsMs: Type.Array(Type.Number()),
    experts: Type.Array(Type.String()),
    points: Type.Array(Point),
    /** Of the latest report. */
    resources: Type.Array(ResourceReport),
    levels: Type.Array(Type.Number()),
    originMs: OrNull(AtMs('Start of the last interval that the latest forecast has seen')),
    recommendations: Type.Array(Recommendation),
    model: OrNull(Type.Object({ version: Type.Number(), trainedAtMs: OrNull(AtMs('Adopted')) })),
    decisions: Type.Array(DecisionOutline),
    actions: Type.Array(ActionOutline),
    leadTimes: Type.Array(Type.Number(), { description: 'Decision to ready of single replicas, milliseconds, newest last' }),
    producers: Type.Array(ProducerRow),
    producersLeftOut: Count('Producers that are not listed'),
    settings: Type.Unknown({ description: 'PlannerSettings, when this node knows them' }),
    cursor: Cursor(),
  },
  { $id: 'PoolDetail' },
);
export type PoolDetail = Static<typeof PoolDetail>;

/** What came since a cursor. */
export const PoolNews = Type.Object(
  {
    pool: Type.String(),
    row: PoolRow,
    experts: Type.Array(Type.String()),
    points: Type.Array(Point),
    resources: Type.Array(ResourceReport),
    levels: Type.Array(Type.Number()),
    originMs: OrNull(AtMs('Of the latest forecast')),
    decisions: Type.Array(DecisionOutline),
    actions: Type.Array(ActionOutline, { description: 'Those that changed, whole' }),
    /** Points and decisions that were dropped before this viewer got them. */
    missed: Count('Lost'),
    cursor: Cursor(),
  },
  { $id: 'PoolNews' },
);
export type PoolNews = Static<typeof PoolNews>;

function Cursor() {
  return Type.Object({ points: Type.Number(), decisions: Type.Number(), actions: Type.Number() });
}
export interface Cursor {
  readonly points: number;
  readonly decisions: number;
  readonly actions: number;
}

export const PoolList = Type.Object({ pools: Type.Array(PoolRow) }, { $id: 'PoolList' });
export type PoolList = Static<typeof PoolList>;
