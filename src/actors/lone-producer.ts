/**
 * The load of a pool's only producer is that of the pool. Its own analyzer stands by then, with no series at all, and the total's
 * analyzer, which forecasts the same with more models, speaks for it. The total tells it of every change.
 */
import { plaAddress } from '../protocol/address.ts';
import type { StateReport } from '../protocol/state-report.ts';
import type { Effect } from '../runtime/behavior.ts';
import { publish, send } from '../runtime/machine.ts';
import type { Analyzer } from './analyzer.ts';
import type { PoolRules } from './pool-rules.ts';
import type { TotalIntake } from './total-intake.ts';

/** Who had others beside it stands alone only after this long: a rollout, or a pool that goes up and down, changes nothing. */
const ALONE_AFTER_MS = 600_000;

/** After an interval of the total was closed. */
export function tellStanding({ rules, intake, lastMs }: Analyzer): readonly Effect[] {
  if (intake === null || lastMs === null) return [];
  const before = intake.lone;
  noteLone(intake, lastMs, rules);
  if (intake.lone === before) return [];
  const { pool } = rules.settings;
  // Also one that has gone: it may come back under its name.
  return [before, intake.lone].flatMap((producer) =>
    producer === null ? [] : [send(plaAddress(pool, producer), 'producer-standing', { pool, producer, alone: producer === intake.lone })],
  );
}

function noteLone(intake: TotalIntake, lastMs: number, { settings, network }: PoolRules): void {
  const [first = null, second] = firstTwo(intake);
  if (second !== undefined) intake.companyMs = lastMs;
  const isSettled = intake.companyMs === null || lastMs - intake.companyMs >= ALONE_AFTER_MS;
  // Others read what single producers forecast.
  const isRead = settings.bottomUp === true || network !== undefined;
  intake.lone = second === undefined && isSettled && !isRead ? first : null;
}

/** Of those that stay: a pool may have ten thousand. */
function firstTwo({ known }: TotalIntake): readonly string[] {
  const found: string[] = [];
  for (const [name, { leaving }] of known) {
    if (!leaving) found.push(name);
    if (found.length === 2) break;
  }
  return found;
}

/** The total's report as that of its only producer, as often as single producers report. */
export function speakForLone({ rules, intake, lastMs, nowMs, stale }: Analyzer, report: StateReport): readonly Effect[] {
  if (intake === null || intake.lone === null || lastMs === null) return [];
  const endMs = lastMs + report.intervalMs;
  // What is caught up with, or told of the past, is said of the total alone.
  const isLate = nowMs - endMs > rules.settings.planner.staleAfterMs;
  if (!stale && (isLate || endMs % rules.slim.intervalMs !== 0)) return [];
  // What is learned of all producers together is the pool's.
  const { costs: _costs, capacity: _capacity, peakMemoryBytes: _peak, ...own } = report;
  return [publish('reports', 'state-report', { ...own, producer: intake.lone })];
}
