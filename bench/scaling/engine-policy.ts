/**
 * Forescale's engine as a policy on forecasts that are known already: the production code from the report to the decision
 * (intake, lead time, shadows, price, plan, pace), without streams and analyzers between.
 */
import { decide } from '../../src/actors/engine-decide.ts';
import { takeFeedback, takeReport, takeTarget } from '../../src/actors/engine-intake.ts';
import { createEngine, type Engine } from '../../src/actors/engine.ts';
import { poolRules } from '../../src/actors/pool-rules.ts';
import { roundLoad } from '../../src/actors/measure.ts';
import { QUANTILE_LEVELS } from '../../src/models/forecast.ts';
import type { Plan } from '../../src/protocol/plan.ts';
import { RESOURCE_UNITS } from '../../src/protocol/resource.ts';
import type { StateReport } from '../../src/protocol/state-report.ts';
import type { CapacityChange, Policy, PolicyWorld, RunningPolicy, SeenInterval } from '../../sim/policies/policy.ts';
import { poolSettingsFor, type Goal } from '../../sim/predictive/pool.ts';
import type { CachedForecasts } from './forecasts.ts';

const LEVELS = QUANTILE_LEVELS.length;

export function enginePolicy(forecasts: CachedForecasts, goal: Goal): Policy {
  return {
    name: 'predictive',
    summary: 'the engine on known forecasts',
    knobText: 'none: it is given the goal',
    configure: () => ({ ok: true, start: (world) => Promise.resolve(new EngineRun(world, forecasts, goal)) }),
  };
}

class EngineRun implements RunningPolicy {
  readonly #world: PolicyWorld;
  readonly #forecasts: CachedForecasts;
  readonly #engine: Engine;
  readonly #changes: CapacityChange[] = [];
  #waiting: { readonly decidedAtMs: number; readonly from: number; readonly to: number; readonly generation: number }[] = [];

  constructor(world: PolicyWorld, forecasts: CachedForecasts, goal: Goal) {
    this.#world = world;
    this.#forecasts = forecasts;
    const settings = poolSettingsFor(world.pool, world.plant, world.workload.intervalMs, goal);
    this.#engine = createEngine(poolRules(settings, false), world.workload.startMs);
  }

  async intervalEnded(seen: SeenInterval): Promise<void> {
    const { cloud } = this.#world;
    const engine = this.#engine;
    takeReport(engine, this.#report(seen), seen.endMs);
    takeTarget(engine, cloud.state(), seen.endMs);
    this.#tellReady(seen);
    const made = decide(engine, seen.endMs).find((effect) => effect.kind === 'publish' && effect.name === 'plan');
    if (made === undefined || made.kind !== 'publish') return;
    const plan = made.data as Plan;
    if (plan.replicas === seen.requestedReplicas) return;
    const generation = cloud.state().generation + 1;
    await cloud.scale({ pool: this.#world.pool, replicas: plan.replicas, expectedReplicas: seen.requestedReplicas, generation });
    engine.flight = null;
    this.#waiting.push({ decidedAtMs: seen.endMs, from: seen.requestedReplicas, to: plan.replicas, generation });
    this.#changes.push({ atMs: seen.endMs, from: seen.requestedReplicas, to: plan.replicas, reason: plan.reason });
  }

  stop(): Promise<{ decisions: []; changes: readonly CapacityChange[]; forecasts: [] }> {
    return Promise.resolve({ decisions: [], changes: this.#changes, forecasts: [] });
  }

  /** An action ends when what it asked for is ready; its lead time is read to the second at which the interval ends. */
  #tellReady({ endMs, readyReplicas, requestedReplicas }: SeenInterval): void {
    const { p50Ms, p95Ms } = this.#world.plant.leadTime;
    const done = this.#waiting.filter(({ to }) => to <= readyReplicas || to > requestedReplicas);
    this.#waiting = this.#waiting.filter((action) => !done.includes(action));
    for (const { decidedAtMs, from, to, generation } of done) {
      // The true times lie within the interval; the plant's own are what a poll every few seconds would measure.
      const leadTimesMs = to > from && endMs > decidedAtMs ? [p50Ms, p95Ms] : [];
      const { pool } = this.#world;
      takeFeedback(
        this.#engine,
        {
          pool,
          planId: `${pool}/0`,
          generation,
          outcome: 'succeeded',
          reason: '',
          fromReplicas: from,
          toReplicas: to,
          readyReplicas,
          attempts: 1,
          leadTimesMs,
        },
        endMs,
      );
    }
  }

  #report({ index, startMs, demand }: SeenInterval): StateReport {
    const { workload, pool } = this.#world;
    const { horizonsMs, maxima } = this.#forecasts;
    const seconds = workload.intervalMs / 1_000;
    const at = index * horizonsMs.length * LEVELS;
    const ready = Number.isFinite(maxima[at]);
    const answers = horizonsMs.map((horizonMs, h) => {
      const from = at + h * LEVELS;
      const quantiles = Array.from(maxima.subarray(from, from + LEVELS), (value) => roundLoad(value / seconds));
      return {
        horizonMs,
        kind: 'max' as const,
        mean: quantiles[3] ?? 0,
        quantiles,
        interval: { level: 0.9, lower: quantiles[0] ?? 0, upper: quantiles[6] ?? 0 },
      };
    });
    return {
      pool,
      producer: null,
      state: ready ? 'predicting' : 'collecting',
      originMs: startMs,
      intervalMs: workload.intervalMs,
      observedIntervals: index + 1,
      producers: 1,
      levels: [...QUANTILE_LEVELS],
      resources: [
        {
          resource: 'requests',
          unit: RESOURCE_UNITS.requests,
          current: Number.isNaN(demand) ? null : roundLoad(demand / seconds),
          forecasts: ready ? answers : [],
          confidence: CONFIDENCE,
          coverage: { nominal: 0.9, measured: null, samples: 0 },
          skill: null,
        },
      ],
      confidence: ready ? CONFIDENCE : 0,
      ready,
      model: { version: 0, trainedAtMs: null, weights: {} },
      recommendations: [],
    };
  }
}

/** What the forecaster says of itself counts only until rules are followed by evidence. */
const CONFIDENCE = 0.9;
