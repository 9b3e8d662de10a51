export { AUTONOMY_DEFAULTS, AUTONOMY_LEVELS, FULL_AUTONOMY, type Autonomy, type AutonomyLevel, type AutonomyRules } from './autonomy.ts';
export { boundsAt, DAYS, type BoundsWindow, type Day } from './bounds.ts';
export { FORMULA_MODES, FORMULA_NODES_MAX, formulaProblem, OPERATIONS, SIGNALS, type Formula, type FormulaTree } from './formula.ts';
export { plan, type PlanOutcome } from './plan.ts';
export type {
  AutonomyInput,
  BudgetInput,
  BurstInput,
  FollowedInput,
  HistoryInput,
  HorizonInput,
  LeadTimeInput,
  LearnedInput,
  OverrideInput,
  PlanInputs,
  RecommendationSpan,
  ReplicaChange,
  ReportInput,
  ResourceInput,
  Standing,
  TargetInput,
  UpstreamInput,
} from './inputs.ts';
export {
  PLANNER_DEFAULTS,
  plannerSettings,
  settingsProblems,
  type LeadTime,
  type PlannerSettings,
  type ReplicaCapacity,
  type ScalingPolicy,
  SELECT_POLICIES,
  type ScalingRules,
  type SelectPolicy,
} from './settings.ts';
export { explain, recordedOf, replay, type Replay } from './explain.ts';
export { whatIf, type WhatIf } from './what-if.ts';
export { capacityOf, needOf, replicasFor, type Need, type ResourceLoad } from './capacity.ts';
export { quantileAt, levelFor } from './quantile.ts';
export { leadTimeOf, recordLeadTimes, NO_LEAD_TIMES, type LeadTimes } from './lead-time.ts';
export { learnedOf, pace, slowDown, startPace, type Pace } from './pace.ts';
export { recommendReplicas, recommendResource, type Expectation } from './recommendations.ts';
export { recordChange, recordRecommendation } from './stabilization.ts';
export type { Shortage } from './reason.ts';
export { pricedNeed, pricedReplicas, type Pricing } from './priced.ts';
export { movePrice, priceOf, START_PRICE, type Price } from './price.ts';
export { FORECAST_KINDS, SHADOW_RULES, type ForecastKind, type ShadowRule } from './shadow-rules.ts';
export { advanceShadows, startShadows, type Shadows, type Sight } from './shadows.ts';
