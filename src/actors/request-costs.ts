import { costOutline, followMix, startMix, weightingOf, type CostMix } from '../planning/cost-mix.ts';
import { closeCosts, observeCosts, startCosts, type CostModel } from '../planning/cost-model.ts';
import type { Observation } from '../protocol/observation.ts';
import type { RequestCosts } from '../protocol/state-report.ts';

/** What a pool's total has learned of the costs of its types of requests. Changed in place. */
export interface LearnedCosts {
  readonly model: CostModel;
  readonly mix: CostMix;
}

export function startLearnedCosts(): LearnedCosts {
  return { model: startCosts(), mix: startMix() };
}

/** Takes what a warm producer told with the interval that starts at `startMs`; where intervals are short, of a longer time. */
export function learnCosts({ model }: LearnedCosts, observation: Observation, startMs: number): void {
  const { byType, process, tables } = observation;
  // An interval of 0, whose types are told later, is left out.
  const { intervalMs, load } = { ...observation, ...tables };
  const cpuSeconds = tables?.load?.cpuSeconds ?? process?.cpuSeconds ?? load.cpuSeconds;
  observeCosts(model, { startMs, intervalMs, requests: load.requests, byType, used: [cpuSeconds, load.memoryBytes, load.networkBytes] });
}

export function closeLearnedCosts({ model, mix }: LearnedCosts, startMs: number): void {
  closeCosts(model, startMs);
  followMix(mix, model);
}

/** For the report; `use`: planned with where it is proven. */
export function costReport({ model, mix }: LearnedCosts, use: boolean, originMs: number, horizonsMs: readonly number[]): RequestCosts {
  const { types, ...outline } = costOutline(model);
  const weighting = use ? weightingOf(mix, originMs, horizonsMs) : null;
  return {
    ...outline,
    types: [...types],
    ...(weighting === null ? {} : { weighting: { now: weighting.now, ahead: [...weighting.ahead] } }),
  };
}
