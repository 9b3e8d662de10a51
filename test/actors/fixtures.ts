import { QUANTILE_LEVELS } from '../../src/models/forecast.ts';
import type { PoolSettings } from '../../src/actors/pool-settings.ts';
import { poolRules, type PoolRules } from '../../src/actors/pool-rules.ts';
import { plannerSettings, type PlannerSettings } from '../../src/planning/settings.ts';
import type { ScaleRequest, TargetCapabilities, TargetError, TargetState } from '../../src/ports/target.ts';
import type { ReplicaSize } from '../../src/protocol/resource.ts';
import type { StateReport } from '../../src/protocol/state-report.ts';
import type { ExecuteEffect, ExecutorResult } from '../../src/runtime/behavior.ts';

export const MINUTE_MS = 60_000;
export const START_MS = 1_700_000_040_000;

export function pool(given: Partial<Omit<PoolSettings, 'planner'>> & { readonly planner?: Partial<PlannerSettings> } = {}): PoolSettings {
  const { planner, ...rest } = given;
  return {
    pool: 'web',
    intervalMs: MINUTE_MS,
    horizonsMs: [5 * MINUTE_MS, 10 * MINUTE_MS, 15 * MINUTE_MS],
    producerTimeoutMs: 3 * MINUTE_MS,
    lateAfterMs: MINUTE_MS / 2,
    trainEveryMs: 60 * MINUTE_MS,
    confirmEveryMs: 2_000,
    deadlineFactor: 4,
    observeMs: 2 * MINUTE_MS,
    attemptsMax: 6,
    ...rest,
    planner: plannerSettings(MINUTE_MS, { replicaCapacity: { requestsPerSecond: 100 }, ...planner }),
  };
}

export function rulesFor(...pools: readonly PoolSettings[]): (name: string) => PoolRules | undefined {
  const rules = new Map(pools.map((one) => [one.pool, poolRules(one, false)]));
  return (name) => rules.get(name);
}

/** A pool total's report, with every horizon's maximum at `peak`. */
export function report(originMs: number, current: number | null, peak: number, given: Partial<StateReport> = {}): StateReport {
  const quantiles = QUANTILE_LEVELS.map((level) => peak * (0.9 + 0.1 * level));
  const answers = [5, 10, 15].flatMap((minutes) =>
    (['point', 'max'] as const).map((kind) => ({
      horizonMs: minutes * MINUTE_MS,
      kind,
      mean: peak,
      quantiles,
      interval: { level: 0.9, lower: peak * 0.9, upper: peak },
    })),
  );
  return {
    pool: 'web',
    producer: null,
    state: 'predicting',
    originMs,
    intervalMs: MINUTE_MS,
    observedIntervals: 1_000,
    producers: 3,
    levels: [...QUANTILE_LEVELS],
    resources: [
      {
        resource: 'requests',
        unit: 'requests/s',
        current,
        forecasts: answers,
        confidence: 0.9,
        coverage: { nominal: 0.9, measured: 0.9, samples: 500 },
        skill: 0.2,
      },
    ],
    confidence: 0.9,
    ready: true,
    model: { version: 1, trainedAtMs: null, weights: {} },
    recommendations: [],
    ...given,
  };
}

/** What a target by the book can do. */
export const ABLE: TargetCapabilities = {
  scale: true,
  precondition: true,
  generation: 'with-write',
  bounds: false,
  confirm: 'ready',
  drain: true,
  resize: false,
  quota: true,
};

/** A target by the book: preconditions, generations, replicas that take their time, and faults on demand. */
export interface FakeTarget {
  requested: number;
  ready: number;
  generation: number;
  /** Never more than this become ready. */
  readyMax: number;
  /** Time from the write to readiness. */
  leadMs: number;
  pendingReason: string | undefined;
  stuckReason?: string;
  /** It can resize: what replicas have, `resizeMs` after it was asked for all of them. */
  size?: ReplicaSize;
  resizeMs?: number;
  resizedMs?: number;
  /** Keeps no generation: any is taken, and 0 is told. */
  forgets?: boolean;
  /** Takes this count, whatever is asked for. */
  takes?: number;
  /** Answers to the next calls, instead of what would happen. `lost`: it happens, and the answer is lost. */
  readonly faults: { get: (TargetError | 'lost' | 'silent')[]; scale: (TargetError | 'lost' | 'silent')[] };
  readonly writes: ScaleRequest[];
  writtenMs: number;
}

export function fakeTarget(requested: number): FakeTarget {
  return {
    requested,
    ready: requested,
    generation: 0,
    readyMax: Number.POSITIVE_INFINITY,
    leadMs: 90_000,
    pendingReason: undefined,
    faults: { get: [], scale: [] },
    writes: [],
    writtenMs: 0,
  };
}

export function callTarget(target: FakeTarget, effect: ExecuteEffect, nowMs: number): ExecutorResult | undefined {
  if (nowMs - target.writtenMs >= target.leadMs || target.ready > target.requested)
    target.ready = Math.min(target.requested, target.readyMax);
  const call = effect.executor === 'target.get' ? 'get' : 'scale';
  const fault = target.faults[call].shift();
  if (fault === 'silent') return undefined;
  if (fault !== undefined && fault !== 'lost') return { ok: false, error: { code: fault.code, message: fault.message, detail: fault } };
  const result = call === 'get' ? ok(target, nowMs) : scale(target, effect.args as ScaleRequest, nowMs);
  return fault === 'lost' ? { ok: false, error: { code: 'unknown-outcome', message: 'the connection broke' } } : result;
}

function scale(target: FakeTarget, request: ScaleRequest, nowMs: number): ExecutorResult {
  if (target.forgets !== true && target.generation >= request.generation) return refused('superseded', target, nowMs);
  if (target.requested !== request.expectedReplicas) return refused('conflict', target, nowMs);
  target.writes.push(request);
  target.writtenMs = nowMs;
  target.requested = target.takes ?? request.replicas;
  target.generation = request.generation;
  if (request.size !== undefined) {
    target.size = request.size;
    target.resizedMs = nowMs;
  }
  return ok(target, nowMs);
}

function stateOf(target: FakeTarget, nowMs: number): TargetState {
  return {
    pool: 'web',
    requestedReplicas: target.requested,
    readyReplicas: target.ready,
    generation: target.forgets === true ? 0 : target.generation,
    observedAtMs: nowMs,
    ...(target.size === undefined ? {} : { size: target.size, resizedReplicas: isResized(target, nowMs) ? target.ready : 0 }),
    ...(target.pendingReason === undefined ? {} : { pendingReason: target.pendingReason }),
    ...(target.stuckReason === undefined ? {} : { stuckReason: target.stuckReason }),
  };
}

function isResized({ resizedMs = Number.NEGATIVE_INFINITY, resizeMs = 0 }: FakeTarget, nowMs: number): boolean {
  return nowMs - resizedMs >= resizeMs;
}

function ok(target: FakeTarget, nowMs: number): ExecutorResult {
  return { ok: true, value: stateOf(target, nowMs) };
}

function refused(code: 'superseded' | 'conflict', target: FakeTarget, nowMs: number): ExecutorResult {
  return { ok: false, error: { code, message: code, detail: { code, message: code, state: stateOf(target, nowMs) } } };
}
