import type { HorizonInput, UpstreamInput } from '../planning/inputs.ts';
import { leadTimeOf } from '../planning/lead-time.ts';
import { levelFor } from '../planning/quantile.ts';
import { joinCallers, upstreamNeed } from '../planning/upstream.ts';
import { pseAddress } from '../protocol/address.ts';
import type { DemandAhead } from '../protocol/demand-ahead.ts';
import type { StateReport } from '../protocol/state-report.ts';
import type { Effect } from '../runtime/behavior.ts';
import { send } from '../runtime/machine.ts';
import { CALLERS_MAX } from './call-graph.ts';
import { plannerOf, type Engine } from './engine.ts';

/** Tells the pools that this one calls what its new report means for them. */
export function tellCalled(engine: Engine, report: StateReport): Effect[] {
  if (report.producer !== null || engine.rules.settings.calls === undefined) return [];
  const requests =
    report.ready && report.demoted === undefined ? report.resources.find(({ resource }) => resource === 'requests') : undefined;
  const own = requests?.forecasts.filter(({ kind }) => kind === 'max').map(({ horizonMs, quantiles }) => ({ horizonMs, quantiles })) ?? [];
  engine.ahead = { originMs: report.originMs, levels: report.levels, maxima: own };
  return forward(engine);
}

/** Keeps what a caller expects, hands it on to whom this pool calls, and plans at once when it needs more than is there. */
export function takeDemandAhead(engine: Engine, { from, originMs, levels, maxima }: DemandAhead, nowMs: number): Effect[] {
  const known = engine.callers[from];
  if (known !== undefined && originMs < known.originMs) return [];
  if (known === undefined && Object.keys(engine.callers).length >= CALLERS_MAX) return [];
  engine.callers[from] = { originMs, levels, maxima };
  const planner = plannerOf(engine);
  const upstream = upstreamOf(engine, nowMs);
  const report = engine.total?.report ?? null;
  const untilMs = leadTimeOf(engine.leadTimes, planner.leadTimePrior).p95Ms + planner.reviewMs;
  const need = upstream && upstreamNeed(upstream, report, levelFor(planner.objective, 0), untilMs, planner);
  if (need !== null && need !== undefined && need.replicas > (engine.target.requestedReplicas ?? 0)) engine.planDue = true;
  return forward(engine);
}

/** What all callers expect together; null when none has told lately. */
export function upstreamOf(engine: Engine, nowMs: number): UpstreamInput | null {
  const { staleAfterMs, reviewMs } = engine.rules.settings.planner;
  const fresh = Object.entries(engine.callers).filter(
    ([, { originMs, maxima }]) => nowMs - originMs <= staleAfterMs + 2 * reviewMs && maxima.length > 0,
  );
  const [first] = fresh;
  if (first === undefined) return null;
  const [, { levels }] = first;
  // Levels are those of the build; a caller of another one is not joined.
  const joined = fresh.filter(([, caller]) => caller.levels.length === levels.length);
  return {
    pools: joined.map(([pool]) => pool),
    originMs: Math.min(...joined.map(([, { originMs }]) => originMs)),
    levels,
    maxima: joinCallers(
      joined.map(([, { maxima }]) => maxima),
      levels,
    ).map(({ horizonMs, quantiles }) => ({ horizonMs, quantiles: quantiles.map(rounded) })),
    requestsPerSecond: engine.total?.requestsPerSecond ?? null,
  };
}

function forward(engine: Engine): Effect[] {
  const { ahead, rules } = engine;
  const { pool: from, calls = [] } = rules.settings;
  if (calls.length === 0 || ahead === null) return [];
  const fromCallers = joinCallers(
    Object.values(engine.callers).map(({ maxima }) => maxima),
    ahead.levels,
  );
  const maxima = larger(ahead.maxima, fromCallers);
  return calls.map(({ pool, perRequest }) => {
    const asked = maxima.map(({ horizonMs, quantiles }) => ({
      horizonMs,
      quantiles: quantiles.map((value) => rounded(value * perRequest)),
    }));
    return send(pseAddress(pool), 'demand-ahead', { pool, from, originMs: ahead.originMs, levels: [...ahead.levels], maxima: asked });
  });
}

/** Its own forecast, or what its callers let it expect, whichever is more. */
function larger(own: readonly HorizonInput[], callers: readonly HorizonInput[]): readonly HorizonInput[] {
  if (own.length === 0) return callers;
  return own.map(({ horizonMs, quantiles }) => {
    const other = callers.find((one) => one.horizonMs >= horizonMs) ?? callers.at(-1);
    return { horizonMs, quantiles: quantiles.map((value, i) => Math.max(value, other?.quantiles[i] ?? 0)) };
  });
}

/** Five digits: a record holds it. */
function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
