import type { Display } from './display.ts';
import { pointForecasts, quantileOf, requestsOf, type Notice, type PoolView } from './view.ts';

/** One JSON object a line. Every one has `kind` and `time` (ISO 8601). */
export function createJsonDisplay(write: (text: string) => void): Display {
  const tell = (kind: string, nowMs: number, fields: Readonly<Record<string, unknown>>): void =>
    write(`${JSON.stringify({ kind, time: new Date(nowMs).toISOString(), ...fields })}\n`);
  return {
    started: ({ node, nowMs, isDemo, page, pools }) =>
      tell('started', nowMs, {
        node,
        pid: process.pid,
        demo: isDemo,
        ...(page === undefined ? {} : { inspector: page }),
        pools: pools.map(({ pool, url }) => ({ pool, url })),
      }),
    tick(pools, nowMs) {
      for (const view of pools) tell('tick', nowMs, tickOf(view));
    },
    notice: (view, notice, nowMs) => tell(notice.kind === 'decision' ? 'decision' : 'action', nowMs, noticeOf(view, notice)),
    log: () => {},
    stopping: () => {},
    stopped: ({ why, nowMs, ranForMs, pools }) =>
      tell('stopped', nowMs, {
        why,
        ranForMs: Math.round(ranForMs),
        pools: pools.map(({ pool, clientsAnswered, clientsFailed }) => ({ pool, answered: clientsAnswered, failed: clientsFailed })),
      }),
  };
}

/** `load` in requests/s; null where nothing is known. */
function tickOf(view: PoolView): Record<string, unknown> {
  const { report, replicas, requestsPerReplica } = view;
  const requests = requestsOf(report);
  return {
    pool: view.pool,
    load: requests?.current ?? null,
    originMs: report?.originMs ?? null,
    forecast: forecastOf(view),
    ...replicas,
    capacity: requestsPerReplica === undefined ? null : requestsPerReplica * replicas.ready,
    state: report?.state ?? null,
    confidence: requests?.confidence ?? null,
    skill: requests?.skill ?? null,
    coverage: requests?.coverage.measured ?? null,
    ...(requests?.notReady === undefined ? {} : { notReady: requests.notReady }),
    ...(report?.demoted === undefined ? {} : { demoted: report.demoted }),
    ...(view.clients === undefined ? {} : { clients: { ...view.clients, kind: undefined } }),
  };
}

function forecastOf({ report }: PoolView): readonly object[] {
  if (report === undefined) return [];
  return pointForecasts(requestsOf(report)?.forecasts ?? []).map((answer) => ({
    horizonMs: answer.horizonMs,
    q05: quantileOf(report, answer, 0.05),
    q50: quantileOf(report, answer, 0.5),
    q95: quantileOf(report, answer, 0.95),
  }));
}

function noticeOf({ pool }: PoolView, notice: Notice): Record<string, unknown> {
  if (notice.kind === 'decision') {
    const { plan, action } = notice.decision;
    const { id, previousReplicas, replicas, winner, reason, candidates, clamps, confidence } = plan;
    return { pool, id, from: previousReplicas, to: replicas, reason, winner, candidates, clamps, confidence, action };
  }
  if (notice.kind === 'confirmation') return { event: 'confirmation', ...notice.confirmation };
  return { event: 'feedback', ...notice.feedback };
}
