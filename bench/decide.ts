/**
 * What one decision costs: `npm run bench -- decide`. The production engine on told reports: thirty shadows, the HPA beside them,
 * plan, explanation, and the bytes of its record. Bars: 2 ms for a pool of 50 producers, 10 ms for 1,000; 8,192 bytes.
 * CPU time of this process, so that a busy machine does not distort it; streams and codecs are not in it.
 */
import { decide } from '../src/actors/engine-decide.ts';
import { takeReport, takeTarget } from '../src/actors/engine-intake.ts';
import { createEngine, type Engine } from '../src/actors/engine.ts';
import { poolRules } from '../src/actors/pool-rules.ts';
import { QUANTILE_LEVELS } from '../src/models/forecast.ts';
import type { StateReport } from '../src/protocol/state-report.ts';
import { plantFor } from '../sim/plant.ts';
import { poolSettingsFor } from '../sim/predictive/pool.ts';

const MINUTE_MS = 60_000;
const DAY = 1_440;
/** Two days until the rules are proven, then these are timed. */
const WARM = 2 * DAY;
const TIMED = 500;
const POOLS = 20_000;
const CORES = 2;

export async function run(_args: readonly string[]): Promise<void> {
  for (const [producers, barMs] of [
    [1, 2],
    [50, 2],
    [1_000, 10],
  ] as const)
    measure(producers, barMs);
}

function measure(producers: number, barMs: number): void {
  const settings = poolSettingsFor('web', plantFor(Float64Array.of(2_000), {}), MINUTE_MS, { objective: 0.01 });
  const engine = createEngine(poolRules(settings, false), 0);
  for (let minute = 0; minute < WARM; minute += 1) step(engine, minute, 0);
  let bytesMost = 0;
  for (let minute = WARM; minute < WARM + 50; minute += 1) bytesMost = Math.max(bytesMost, step(engine, minute, producers));
  const timed = (first: number, told: number): number => {
    const before = process.cpuUsage();
    for (let minute = first; minute < first + TIMED; minute += 1) step(engine, minute, told, false);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000 / TIMED;
  };
  const ms = timed(WARM + 50, 0);
  const withReports = timed(WARM + 50 + TIMED, producers);
  console.log(
    `${producers} producers: ${ms.toFixed(3)} ms a decision (bar ${barMs}: ${ms <= barMs ? 'held' : 'missed'}), ${withReports.toFixed(3)} ms with the intake of every producer's report; record ${bytesMost} bytes at the most (bar 8192: ${bytesMost <= 8_192 ? 'held' : 'missed'})`,
  );
  if (producers === 1) {
    const share = (ms * POOLS) / (CORES * MINUTE_MS);
    console.log(
      `${POOLS} pools at one minute, extrapolated from one: decisions take ${(100 * share).toFixed(1)}% of ${CORES} cores (without streams, codecs and forecasts)`,
    );
  }
}

/** One interval; returns the bytes of the decision's record, 0 if they are not asked for. */
function step(engine: Engine, minute: number, producers: number, isWeighed = true): number {
  const nowMs = (minute + 1) * MINUTE_MS;
  const load = 20 * (1 + 0.5 * Math.sin((2 * Math.PI * minute) / DAY) + 0.2 * Math.sin(minute * 12.9898) * Math.cos(minute * 78.233));
  for (let i = 0; i < producers; i += 1) takeReport(engine, reportOf(minute, load / producers, `p${i}`), nowMs);
  takeReport(engine, reportOf(minute, load, null), nowMs);
  const replicas = engine.recent.at(-1)?.to ?? 10;
  const bounds = { minReplicas: 1, maxReplicas: 80 };
  takeTarget(
    engine,
    { pool: 'web', requestedReplicas: replicas, readyReplicas: replicas, generation: 2 * minute, ...bounds, observedAtMs: nowMs },
    nowMs,
  );
  const made = decide(engine, nowMs);
  engine.flight = null;
  if (!isWeighed) return 0;
  const record = made.find((effect) => effect.kind === 'publish' && effect.name === 'decision');
  return record?.kind === 'publish' ? JSON.stringify(record.data).length : 0;
}

function reportOf(minute: number, load: number, producer: string | null): StateReport {
  const horizons = producer === null ? [5, 10, 15] : [5];
  const forecasts = horizons.map((minutes) => ({
    horizonMs: minutes * MINUTE_MS,
    kind: 'max' as const,
    mean: load,
    quantiles: QUANTILE_LEVELS.map((level) => load * (0.9 + 0.3 * level + 0.01 * minutes)),
    interval: { level: 0.9, lower: load * 0.9, upper: load * 1.2 },
  }));
  return {
    pool: 'web',
    producer,
    state: 'predicting',
    originMs: minute * MINUTE_MS,
    intervalMs: MINUTE_MS,
    observedIntervals: minute + 1,
    producers: 1,
    levels: [...QUANTILE_LEVELS],
    resources: [
      {
        resource: 'requests',
        unit: 'requests/s',
        current: load,
        forecasts,
        confidence: 0.9,
        coverage: { nominal: 0.9, measured: null, samples: 0 },
        skill: null,
      },
    ],
    confidence: 0.9,
    ready: true,
    model: { version: 0, trainedAtMs: null, weights: {} },
    recommendations: [],
  };
}
