import { Type, type Static } from 'typebox';
import { EpochMs, Name, Recommendation, Replicas, ReplicaSize, Resource, Share } from './resource.ts';

/** What one rule proposed. */
export const Candidate = Type.Object({
  name: Type.String({ description: 'Rule that proposed it, e.g. `quantile`, `reactive`, `hold`' }),
  replicas: Replicas('Proposed'),
  because: Type.String({ description: 'A sentence with the figures' }),
});
export type Candidate = Static<typeof Candidate>;

/** What a rule made of the winner's number; clamps stand in the order in which they were applied. */
export const Clamp = Type.Object({
  name: Type.String({ description: 'Rule that changed or held the number, in the order applied' }),
  from: Replicas('Before'),
  to: Replicas('After'),
  because: Type.String(),
});
export type Clamp = Static<typeof Clamp>;

/** What a pool asks for, whatever it may do itself: for autoscalers that are told. */
export const Advice = Type.Object({
  replicas: Replicas('Asked for'),
  lower: Replicas('Fewer is too few'),
  upper: Replicas('More than this is not worth keeping'),
});
export type Advice = Static<typeof Advice>;

/** The cheapest count x size of replicas. Carried out only where the plan has `resize`. */
export const SizePlan = Type.Object({
  cpuMillicores: Type.Number({ minimum: 0, description: 'CPU of one replica, thousandths of a core' }),
  memoryBytes: Type.Number({ minimum: 0, description: 'Memory of one replica, bytes' }),
  replicas: Replicas('Of that size, for the load ahead'),
  costPerHour: Type.Number({ minimum: 0, description: 'Of these, by the prices of the config' }),
  present: Type.Object(
    { replicas: Replicas('For the same load'), costPerHour: Type.Number({ minimum: 0, description: 'Of these' }) },
    { description: 'The same with the present size' },
  ),
  peakMemoryBytes: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
    description: 'Largest memory that a replica had in the trailing day; null: not measured',
  }),
  sinceMs: EpochMs('Since when plans have come to this size'),
  advised: Type.Boolean({ description: 'It is worth a change: cheaper by enough for long enough, or the present size is too small' }),
  sentence: Type.String({ description: 'For people' }),
});
export type SizePlan = Static<typeof SizePlan>;

/** The PSE's answer for one pool. Its inputs are in the decision record, so that it can be replayed. */
export const Plan = Type.Object(
  {
    id: Type.String({ description: '<pool>/<number>' }),
    pool: Name('Pool'),
    atMs: EpochMs('When it was decided'),
    replicas: Replicas('Capacity wanted'),
    previousReplicas: Replicas('Requested at the target when it was decided'),
    bottleneck: Type.Union([Resource, Type.Null()], { description: 'Resource that needs the most replicas' }),
    winner: Type.String({ description: 'Name of the candidate that won' }),
    candidates: Type.Array(Candidate),
    clamps: Type.Array(Clamp),
    trajectory: Type.Array(Type.Object({ atMs: EpochMs('From when'), replicas: Replicas('Needed then') }), {
      description: 'Capacity over the horizon as forecast now',
    }),
    confidence: Share('Of the forecast it was made from'),
    reason: Type.String({ description: 'One sentence' }),
    recommendations: Type.Array(Recommendation, { maxItems: 8 }),
    selection: Type.Optional(
      Type.Object(
        {
          rule: Type.String({ description: 'The followed rule, in words' }),
          sentence: Type.String({ description: 'Why it is followed, with the figures' }),
        },
        { description: 'Shadow selection: which of the replayed rules is followed. Absent until there is evidence to choose by' },
      ),
    ),
    advice: Type.Optional(
      Type.Union([Advice, Type.Null()], {
        description:
          'What the pool asks for, its level of autonomy left aside, for autoscalers that ask; null: no opinion, leave the count as it is. Absent in plans of older builds',
      }),
    ),
    sizing: Type.Optional(SizePlan),
    resize: Type.Optional(ReplicaSize),
    grant: Type.Optional(
      Type.Object(
        {
          revision: Type.Integer({ minimum: 0, description: 'Of the budget it was made under; 0 before the first' }),
          heldReplicas: Replicas('The most that the pool may have at the target now: requested, or asked for and not yet written'),
          wantedReplicas: Replicas('What it would take without the budget'),
        },
        { description: 'Only where a budget covers the pool' },
      ),
    ),
  },
  { $id: 'Plan' },
);
export type Plan = Static<typeof Plan>;

/** A plan with the inputs it was made from: `planner(inputs)` gives the same plan, bit for bit. */
export const Decision = Type.Object(
  {
    plan: Plan,
    inputs: Type.Unknown({ description: 'PlanInputs' }),
    settings: Type.Unknown({ description: 'PlannerSettings' }),
    action: Type.Union([Type.String(), Type.Null()], { description: 'Address of the scaling action, null if nothing had to be done' }),
  },
  { $id: 'Decision' },
);
export type Decision = Static<typeof Decision>;
