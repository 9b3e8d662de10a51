import type { LoadReport } from '../../demo/load-report.ts';
import type { AnyMessage } from '../../protocol/message.ts';
import type { Decision } from '../../protocol/plan.ts';
import type { Confirmation, Feedback } from '../../protocol/scaling.ts';
import type { ForecastAnswer, StateReport } from '../../protocol/state-report.ts';

/** Points of the chart's past that are kept; the oldest go. */
const SAMPLES_MAX = 2_000;

/** One interval of a pool, as it was. */
export interface Sample {
  readonly atMs: number;
  /** Requests per second. */
  readonly load: number;
  readonly readyReplicas: number;
  readonly requestedReplicas: number;
}

/** What a forecast said earlier about a moment, at one horizon. */
export interface PastForecast {
  readonly forMs: number;
  readonly median: number;
}

export interface ReplicaCounts {
  readonly requested: number;
  readonly ready: number;
  readonly starting: number;
  readonly draining: number;
  readonly pendingReason?: string;
}

/** What a person sees of one pool. Changed in place by `takeMessage` and the session. */
export interface PoolView {
  readonly pool: string;
  readonly url: string;
  /** What one replica serves, requests per second; undefined when requests do not bound a replica. */
  readonly requestsPerReplica: number | undefined;
  replicas: ReplicaCounts;
  report: StateReport | undefined;
  decision: Decision | undefined;
  clients: LoadReport | undefined;
  clientsFailed: number;
  clientsAnswered: number;
  readonly samples: Sample[];
  readonly pastForecasts: PastForecast[];
}

export function createPoolView(pool: string, url: string, requestsPerReplica: number | undefined): PoolView {
  return {
    pool,
    url,
    requestsPerReplica,
    replicas: { requested: 0, ready: 0, starting: 0, draining: 0 },
    report: undefined,
    decision: undefined,
    clients: undefined,
    clientsFailed: 0,
    clientsAnswered: 0,
    samples: [],
    pastForecasts: [],
  };
}

/** Something worth a line of its own. */
export type Notice =
  | { readonly kind: 'decision'; readonly decision: Decision }
  | { readonly kind: 'confirmation'; readonly confirmation: Confirmation }
  | { readonly kind: 'feedback'; readonly feedback: Feedback };

/** Takes a public message into the view of its pool. Returns what deserves a line, undefined if nothing does. */
export function takeMessage(view: PoolView, message: AnyMessage): Notice | undefined {
  if (message.name === 'state-report' && message.data.pool === view.pool && message.data.producer === null) takeReport(view, message.data);
  if (message.name === 'decision' && message.data.plan.pool === view.pool) {
    view.decision = message.data;
    return changesReplicas(message.data) ? { kind: 'decision', decision: message.data } : undefined;
  }
  if (message.name === 'confirmation' && message.data.pool === view.pool) return { kind: 'confirmation', confirmation: message.data };
  if (message.name === 'feedback' && message.data.pool === view.pool) return { kind: 'feedback', feedback: message.data };
  return undefined;
}

export function changesReplicas({ plan, action }: Decision): boolean {
  return action !== null || plan.replicas !== plan.previousReplicas;
}

export function takeClients(view: PoolView, report: LoadReport): void {
  view.clients = report;
  view.clientsFailed += report.failed + report.skipped;
  view.clientsAnswered += report.answered;
}

function takeReport(view: PoolView, report: StateReport): void {
  const isNewer = view.report === undefined || report.originMs > view.report.originMs;
  view.report = report;
  const requests = requestsOf(report);
  if (!isNewer || requests === undefined) return;
  const { requested, ready } = view.replicas;
  if (requests.current !== null) {
    push(view.samples, { atMs: report.originMs, load: requests.current, readyReplicas: ready, requestedReplicas: requested });
  }
  const lead = leadForecast(requests.forecasts);
  if (lead !== undefined) push(view.pastForecasts, { forMs: report.originMs + lead.horizonMs, median: quantileOf(report, lead, 0.5) });
}

export function requestsOf(report: StateReport | undefined): StateReport['resources'][number] | undefined {
  return report?.resources.find(({ resource }) => resource === 'requests');
}

/** Point forecasts, horizons ascending. */
export function pointForecasts(forecasts: readonly ForecastAnswer[]): readonly ForecastAnswer[] {
  return forecasts.filter(({ kind }) => kind === 'point').sort((a, b) => a.horizonMs - b.horizonMs);
}

/** The forecast that is shown against what came: the middle horizon. */
export function leadForecast(forecasts: readonly ForecastAnswer[]): ForecastAnswer | undefined {
  const points = pointForecasts(forecasts);
  return points[Math.floor((points.length - 1) / 2)];
}

export function quantileOf(report: StateReport, answer: ForecastAnswer, level: number): number {
  return answer.quantiles[report.levels.indexOf(level)] ?? answer.mean;
}

function push<T>(kept: T[], item: T): void {
  kept.push(item);
  if (kept.length > SAMPLES_MAX) kept.splice(0, kept.length - SAMPLES_MAX);
}
