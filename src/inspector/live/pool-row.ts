import { durationText } from '../../planning/words.ts';
import type { PlannerSettings } from '../../planning/settings.ts';
import type { NotReadyReason, StateReport } from '../../protocol/state-report.ts';
import { BAND_LEVELS, type PoolRow, type Problem, type ProducerRow } from '../api/pools.ts';
import { bandOf, drawnResource, pointAnswers } from './point.ts';
import type { PoolLog } from './pool-log.ts';

const SPARK_POINTS = 60;
/** Fewer matured answers say nothing about coverage. */
const COVERAGE_SAMPLES_MIN = 50;
const COVERAGE_LOW = 0.8;

/** What a node knows of its pool's settings. */
export interface InspectedPool {
  readonly pool: string;
  readonly intervalMs: number;
  readonly horizonsMs: readonly number[];
  readonly planner: PlannerSettings;
}

const CAPACITY_OF = {
  requests: 'requestsPerSecond',
  cpu: 'cpuMillicores',
  memory: 'memoryBytes',
  network: 'networkBytesPerSecond',
} as const satisfies Record<string, keyof PlannerSettings['replicaCapacity']>;

export function poolRow(log: PoolLog, settings: InspectedPool | undefined, nowMs: number): PoolRow {
  const { report } = log;
  const drawn = report === undefined ? undefined : drawnResource(report);
  const last = log.decisions.last()?.outline ?? null;
  const learned = drawn?.resource === 'requests' ? report?.capacity?.requestsPerSecond : undefined;
  const configured = drawn === undefined ? undefined : settings?.planner.replicaCapacity[CAPACITY_OF[drawn.resource]];
  const perReplica = learned ?? configured;
  const ready = last?.ready ?? null;
  const notReady = drawn?.notReady === undefined ? null : notReadyOf(drawn.notReady);
  const row: PoolRow = {
    pool: log.pool,
    intervalMs: report?.intervalMs ?? settings?.intervalMs ?? 0,
    resource: drawn?.resource ?? 'requests',
    unit: drawn?.unit ?? '',
    load: drawn?.current ?? null,
    loadAtMs: report === undefined ? null : report.originMs,
    forecast: report === undefined ? null : middleForecast(report),
    capacity: perReplica === undefined || ready === null ? null : perReplica * ready,
    requested: last?.requested ?? null,
    ready,
    required: last?.required ?? null,
    state: report?.state ?? 'silent',
    confidence: drawn?.confidence ?? 0,
    coverage: drawn?.coverage.measured ?? null,
    skill: drawn?.skill ?? null,
    autonomy: autonomyOf(last),
    againstReactive: log.againstReactive,
    lastDecision: last,
    lastChange: log.lastChange ?? null,
    notReady,
    problems: [],
    spark: log.points.items.slice(-SPARK_POINTS).map(({ load }) => load),
  };
  return { ...row, problems: problemsOf(row, log, settings, nowMs) };
}

export function producerRow(address: string, report: StateReport): ProducerRow {
  const drawn = drawnResource(report);
  return {
    producer: report.producer ?? '',
    address,
    state: report.state,
    load: drawn?.current ?? null,
    confidence: drawn?.confidence ?? 0,
    atMs: report.originMs,
    notReady: drawn?.notReady === undefined ? null : notReadyOf(drawn.notReady),
  };
}

function notReadyOf({ code, message, haveIntervals: have, needIntervals: need, etaMs }: NotReadyReason): NonNullable<PoolRow['notReady']> {
  return { code, message, have, need, etaMs };
}

function middleForecast(report: StateReport): PoolRow['forecast'] {
  const points = pointAnswers(drawnResource(report)?.forecasts ?? []);
  const middle = points[Math.floor((points.length - 1) / 2)];
  if (middle === undefined) return null;
  const band = bandOf(report.levels, middle);
  const at = (level: (typeof BAND_LEVELS)[number]): number => band[BAND_LEVELS.indexOf(level)] ?? middle.mean;
  return { horizonMs: middle.horizonMs, q05: at(0.05), q50: at(0.5), q95: at(0.95) };
}

function autonomyOf(last: PoolRow['lastDecision']): PoolRow['autonomy'] {
  const clamps = last?.clamps ?? [];
  if (clamps.includes('pause')) return 'paused';
  for (const level of ['shadow', 'advisory'] as const) if (clamps.includes(level)) return level;
  if (last?.isHeld === true) return 'override';
  return clamps.includes('guarded-step') ? 'guarded' : 'acting';
}

/** What somebody should know, the worst first. */
function problemsOf(row: PoolRow, log: PoolLog, settings: InspectedPool | undefined, nowMs: number): Problem[] {
  const found: Problem[] = [];
  const add = (level: Problem['level'], text: string): void => void found.push({ level, text });
  if (row.required !== null && row.ready !== null && row.ready < row.required)
    add('bad', `Short: the load needs ${row.required}, ${row.ready} are ready`);
  const staleAfterMs = settings?.planner.staleAfterMs ?? 3 * row.intervalMs;
  const oldMs = staleAfterMs + 2 * row.intervalMs;
  if (row.loadAtMs !== null && nowMs - row.loadAtMs > oldMs) {
    // The load was old already when it was reported.
    const isCatchingUp = log.reportedMs - row.loadAtMs > oldMs && row.notReady?.code !== 'stale-input';
    if (isCatchingUp) add('note', `Catching up with what it was told: it has come to ${durationText(nowMs - row.loadAtMs)} ago`);
    else add('bad', 'Nothing was reported lately: capacity is held');
  } else if (row.notReady?.code === 'stale-input') add('bad', row.notReady.message);
  const lastAction = [...log.actions.values()].at(-1);
  if (lastAction?.outcome === 'failed') add('bad', `The last action failed: ${lastAction.reason}`);
  if (lastAction?.outcome === 'rolled-back') add('warn', `The last action was rolled back: ${lastAction.reason}`);
  if (log.report?.demoted !== undefined) add('warn', `The forecast is not trusted: ${log.report.demoted}`);
  const drawn = log.report === undefined ? undefined : drawnResource(log.report);
  if (drawn !== undefined && drawn.coverage.samples >= COVERAGE_SAMPLES_MIN && (drawn.coverage.measured ?? 1) < COVERAGE_LOW)
    add('warn', `Only ${Math.round((drawn.coverage.measured ?? 0) * 100)}% of what came was inside the 90% band`);
  if (row.autonomy === 'paused') add('warn', 'Paused by a person: nothing is changed');
  if (row.autonomy === 'shadow') add('note', 'In shadow: it plans and changes nothing');
  if (row.autonomy === 'advisory') add('note', 'Advisory: it says what it would do and changes nothing');
  if (row.autonomy === 'override') add('warn', 'Held at a count that a person set');
  if (row.lastDecision?.clamps.includes('max-replicas') === true) add('warn', `More is wanted than the maximum of ${row.lastDecision.to}`);
  if (row.lastDecision?.clamps.includes('budget') === true) add('warn', 'More is wanted than the budget grants');
  if (row.notReady !== null && row.notReady.code !== 'stale-input') add('note', row.notReady.message);
  if (log.report === undefined) add('note', 'No load was reported yet');
  const order = { bad: 0, warn: 1, note: 2 };
  return found.sort((a, b) => order[a.level] - order[b.level]);
}
