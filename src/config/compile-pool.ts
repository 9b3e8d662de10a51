import { AUTONOMY_DEFAULTS, type AutonomyRules } from '../planning/autonomy.ts';
import { windowProblems } from '../planning/bounds.ts';
import { DEAD_BAND } from '../planning/dead-band.ts';
import { CAPACITY_DEFAULTS, type CapacityRules } from '../planning/learned-capacity.ts';
import { plannerSettings, settingsProblems, type PlannerSettings, type ReplicaCapacity, type ScalingRules } from '../planning/index.ts';
import type { NetworkSettings } from '../actors/pool-settings.ts';
import { taskProblem } from '../models/network/task.ts';
import { compileTarget } from './compile-target.ts';
import { compileEvents } from './compile-events.ts';
import { compileFormulas } from './compile-formulas.ts';
import { compileWindows } from './compile-windows.ts';
import { compileVertical } from './compile-vertical.ts';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { toMs } from './duration.ts';
import type { NetworkConfig } from './network-schema.ts';
import type { AddProblem } from './schema-problems.ts';
import type { PoolConfig, RulesConfig } from './pool-schema.ts';
import type { ConfiguredPool } from './settings.ts';
import { toBytes } from './size.ts';

const { pool: defaults } = CONFIG_DEFAULTS;
const DAY_MS = 86_400_000;
const PERIOD_MAX_MS = 1_800_000;
/** More often than this a target is not asked. */
const CONFIRM_EVERY_MIN_MS = 10;

/** Settings of one pool, defaults filled in. What contradicts itself is added as a problem. */
export function compilePool(name: string, config: PoolConfig, add: AddProblem): ConfiguredPool {
  const intervalMs = toMs(config.interval) ?? defaults.intervalMs;
  if (intervalMs < 100 || intervalMs > DAY_MS) add(['interval'], 'from 100ms to 1d', config.interval);
  const planner = compilePlanner(config, intervalMs, add);
  const events = compileEvents(config.events ?? [], add);
  const pool: ConfiguredPool = {
    pool: name,
    intervalMs,
    horizonsMs: compileHorizons(config, intervalMs, add),
    producerTimeoutMs: toMs(config.producerTimeout) ?? defaults.producerTimeoutIntervals * intervalMs,
    lateAfterMs: toMs(config.lateAfter) ?? defaults.lateAfterIntervals * intervalMs,
    trainEveryMs: toMs(config.trainEvery) ?? Math.max(defaults.trainEveryMs, defaults.trainEveryIntervals * intervalMs),
    planner,
    autonomy: compileAutonomy(config, add),
    confirmEveryMs: toMs(config.confirmEvery) ?? defaults.confirmEveryMs,
    deadlineFactor: config.deadlineFactor ?? defaults.deadlineFactor,
    observeMs: toMs(config.observe) ?? defaults.observeReviews * planner.reviewMs,
    attemptsMax: config.attemptsMax ?? defaults.attemptsMax,
    ...given('replicaCostPerHour', config.replicaCostPerHour),
    ...given(
      'calls',
      config.calls?.map(({ pool: called, perRequest = 1 }) => ({ pool: called, perRequest })),
    ),
    events,
    bottomUp: config.bottomUp ?? defaults.bottomUp,
    ...given('learnCapacity', compileLearning(config.capacity, add)),
    ...given('costs', config.costs === 'off' ? undefined : config.costs),
    ...given('network', compileNetwork(config.network)),
    ...(config.calendar === undefined ? {} : { calendar: { factor: 1, ...config.calendar } }),
    target: compileTarget(config.target, { ...planner, events }, (at, wanted, found) => add(['target', ...at], wanted, found)),
  };
  const untrained = pool.network === undefined ? undefined : taskProblem(pool);
  if (untrained !== undefined) add(['network', 'use'], 'an interval and horizons that a network can learn', untrained);
  if (pool.producerTimeoutMs < intervalMs) add(['producerTimeout'], 'at least the interval', config.producerTimeout);
  if (pool.trainEveryMs <= 0) add(['trainEvery'], 'above 0', config.trainEvery);
  if (pool.confirmEveryMs < CONFIRM_EVERY_MIN_MS) add(['confirmEvery'], `at least ${CONFIRM_EVERY_MIN_MS}ms`, config.confirmEvery);
  return pool;
}

/** A target that others use too is not written before somebody said so. */
function compileAutonomy({ autonomy, target }: PoolConfig, add: AddProblem): AutonomyRules {
  const evidenceMs = toMs(autonomy?.evidence) ?? AUTONOMY_DEFAULTS.evidenceMs;
  if (evidenceMs <= 0) add(['autonomy', 'evidence'], 'above 0', autonomy?.evidence);
  return {
    level: autonomy?.level ?? (target === undefined || target.kind === 'local' || target.kind === 'haproxy' ? 'full' : 'shadow'),
    promote: autonomy?.promote ?? AUTONOMY_DEFAULTS.promote,
    upTo: autonomy?.upTo ?? AUTONOMY_DEFAULTS.upTo,
    evidenceMs,
    stepShare: autonomy?.step ?? AUTONOMY_DEFAULTS.stepShare,
  };
}

function compileNetwork(config: NetworkConfig = {}): NetworkSettings | undefined {
  const { use, windows, epochs, ...shape } = { ...defaults.network, ...config };
  return use ? { ...shape, windowsMax: windows, epochsMax: epochs } : undefined;
}

function compileHorizons(config: PoolConfig, intervalMs: number, add: AddProblem): readonly number[] {
  const given = config.horizons?.map((horizon) => toMs(horizon) ?? Number.NaN);
  const horizonsMs = given ?? defaults.horizonsMs.map((horizonMs) => roundUp(horizonMs, intervalMs));
  if (given === undefined) return [...new Set(horizonsMs)];
  given.forEach((horizonMs, index) => {
    const found = config.horizons?.[index];
    if (!(horizonMs > 0 && horizonMs % intervalMs === 0)) {
      add(['horizons', index], `a whole multiple of the interval (${config.interval ?? '1m'}), above 0`, found);
    } else if (horizonMs <= (given[index - 1] ?? 0)) {
      add(['horizons', index], `more than the horizon before it (${config.horizons?.[index - 1]})`, found);
    }
  });
  return horizonsMs;
}

/** Defaults follow the interval: a horizon is whole intervals. */
function roundUp(durationMs: number, intervalMs: number): number {
  return Math.ceil(durationMs / intervalMs) * intervalMs;
}

function compilePlanner(config: PoolConfig, intervalMs: number, add: AddProblem): PlannerSettings {
  const planner = plannerSettings(intervalMs, {
    replicaCapacity: compileCapacity(config.capacity),
    ...given('minReplicas', config.replicas?.min),
    ...given('maxReplicas', config.replicas?.max),
    ...given('windows', config.replicas?.windows && compileWindows(config.replicas.windows)),
    ...given('objective', config.objective),
    ...given('shortMinutePrice', config.shortMinutePrice),
    ...given('reviewMs', toMs(config.review)),
    ...given('reactiveWindowMs', toMs(config.reactive?.window)),
    ...given('reactiveHeadroom', config.reactive?.headroom),
    ...given('confidenceMin', config.confidenceMin),
    ...given('staleAfterMs', toMs(config.staleAfter)),
    ...given('breakEvenMs', toMs(config.breakEven)),
    ...given('leadTimePrior', config.leadTime && { p50Ms: toMs(config.leadTime.p50) ?? 0, p95Ms: toMs(config.leadTime.p95) ?? 0 }),
    ...given('formulas', config.formulas && compileFormulas(config.formulas, add)),
    ...given('vertical', config.vertical && compileVertical(config.vertical, config, add)),
    ...given('burstThreshold', config.burst?.threshold),
    ...given('deadBand', config.deadBand && { ...DEAD_BAND, ...config.deadBand }),
    ...given('scaleUp', compileRules(config.scaleUp, CONFIG_DEFAULTS.planner.scaleUp)),
    ...given('scaleDown', compileRules(config.scaleDown, CONFIG_DEFAULTS.planner.scaleDown)),
  });
  if (checkPlanner(config, planner, intervalMs, add)) {
    for (const problem of settingsProblems(planner)) add([], 'settings that can be planned with', problem);
  }
  return planner;
}

/** Finds what the schema cannot see. True if there was nothing. */
function checkPlanner(config: PoolConfig, planner: PlannerSettings, intervalMs: number, addTo: AddProblem): boolean {
  let isSound = true;
  const add: AddProblem = (at, wanted, found) => {
    isSound = false;
    addTo(at, wanted, found);
  };
  const { minReplicas, maxReplicas, leadTimePrior } = planner;
  if (minReplicas > maxReplicas) {
    if (config.replicas?.min === undefined) add(['replicas', 'max'], `at least ${minReplicas}, the minimum`, maxReplicas);
    else add(['replicas', 'min'], `at most ${maxReplicas}, the maximum`, minReplicas);
  }
  for (const [index, window] of (planner.windows ?? []).entries()) {
    for (const problem of windowProblems(window, planner))
      add(['replicas', 'windows', index], 'bounds that can be kept', `${window.name}: ${problem}`);
  }
  if (leadTimePrior.p50Ms > leadTimePrior.p95Ms)
    add(['leadTime', 'p50'], `at most the p95 (${config.leadTime?.p95})`, config.leadTime?.p50);
  if (planner.reviewMs <= 0) add(['review'], 'above 0', config.review);
  if (planner.staleAfterMs < intervalMs) add(['staleAfter'], 'at least the interval', config.staleAfter);
  for (const key of ['scaleUp', 'scaleDown'] as const) {
    planner[key].policies.forEach(({ periodMs }, index) => {
      if (periodMs > 0 && periodMs <= PERIOD_MAX_MS) return;
      add([key, 'policies', index, 'period'], 'above 0 and at most 30m', config[key]?.policies?.[index]?.period);
    });
  }
  return isSound;
}

function compileCapacity({
  requestsPerSecond,
  cpuMillicores,
  memoryBytes,
  networkBytesPerSecond,
}: PoolConfig['capacity']): ReplicaCapacity {
  return {
    ...given('requestsPerSecond', requestsPerSecond),
    ...given('cpuMillicores', cpuMillicores),
    ...given('memoryBytes', toBytes(memoryBytes)),
    ...given('networkBytesPerSecond', toBytes(networkBytesPerSecond)),
  };
}

/** How `requestsPerSecond` is learned. */
function compileLearning({ learn, requestsPerSecond }: PoolConfig['capacity'], add: AddProblem): CapacityRules | undefined {
  if (learn === undefined) return undefined;
  const { cpuMillicores, eventLoopDelay, ...bounds } = learn;
  const eventLoopDelayMs = toMs(eventLoopDelay);
  const at = ['capacity', 'learn'];
  if (requestsPerSecond === undefined) add(at, 'a `requestsPerSecond` beside it, which is what is learned', 'none');
  if (cpuMillicores === undefined && eventLoopDelay === undefined) add(at, 'a limit: cpuMillicores or eventLoopDelay', 'none');
  if (eventLoopDelayMs !== undefined && !(eventLoopDelayMs > 0)) add([...at, 'eventLoopDelay'], 'above 0', eventLoopDelay);
  return { ...CAPACITY_DEFAULTS, ...bounds, ...given('cpuMillicores', cpuMillicores), ...given('eventLoopDelayMs', eventLoopDelayMs) };
}

function compileRules(config: RulesConfig | undefined, otherwise: ScalingRules): ScalingRules | undefined {
  if (config === undefined) return undefined;
  return {
    stabilizationWindowMs: toMs(config.stabilizationWindow) ?? otherwise.stabilizationWindowMs,
    policies: (config.policies ?? otherwise.policies).map((policy) =>
      'period' in policy ? { type: policy.type, value: policy.value, periodMs: toMs(policy.period) ?? 0 } : policy,
    ),
    ...given('selectPolicy', config.selectPolicy),
    ...given('tolerance', config.tolerance ?? otherwise.tolerance),
  };
}

/** A key only where there is a value: absent and undefined are not the same to a default. */
function given<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
