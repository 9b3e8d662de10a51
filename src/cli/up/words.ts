import type { Decision } from '../../protocol/plan.ts';
import type { StateReport } from '../../protocol/state-report.ts';
import { durationText, figure, percentText } from '../../planning/words.ts';
import { pointForecasts, quantileOf, requestsOf, type Notice, type PoolView } from './view.ts';

/** Everything the terminal says in words. */

/** Local time of day. */
export function timeText(atMs: number): string {
  return new Date(atMs).toTimeString().slice(0, 8);
}

export function runTimeText(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours > 0) return `${hours}h ${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
}

export function loadText(view: PoolView): string {
  const current = requestsOf(view.report)?.current;
  return current === undefined || current === null ? 'nothing measured yet' : `${figure(current)} requests/s`;
}

/** Medians ahead and the band of the furthest, e.g. "15 s 92, 30 s 112, 60 s 126 (90 to 161)"; empty while not ready. */
export function aheadText(report: StateReport | undefined): string {
  const points = pointForecasts(requestsOf(report)?.forecasts ?? []);
  const last = points.at(-1);
  if (report === undefined || last === undefined) return '';
  const medians = points.map((answer) => `${durationText(answer.horizonMs)} ${figure(Math.round(quantileOf(report, answer, 0.5)))}`);
  const [lower, upper] = [0.05, 0.95].map((level) => figure(Math.round(quantileOf(report, last, level))));
  return `in ${medians.join(', ')} (${lower} to ${upper})`;
}

export function replicasText(view: PoolView): string {
  const { requested, ready, starting, draining, pendingReason } = view.replicas;
  const parts = [`${ready} ready of ${requested} requested`];
  if (starting > 0) parts.push(`${starting} starting`);
  if (draining > 0) parts.push(`${draining} draining`);
  if (view.requestsPerReplica !== undefined) parts.push(`room for ${figure(ready * view.requestsPerReplica)} requests/s`);
  if (pendingReason !== undefined && starting === 0) parts.push(pendingReason);
  return parts.join(', ');
}

/** State of the analyzer of the pool's total: how good it is, or what it still needs. */
export function forecastText(report: StateReport | undefined): string {
  if (report === undefined) return 'waiting for the first observation';
  const requests = requestsOf(report);
  const missing = requests?.notReady;
  if (missing !== undefined)
    return `${report.state}, not ready: ${withoutStop(missing.message)} (${missing.haveIntervals} of ${missing.needIntervals} intervals)`;
  if (report.demoted !== undefined) return `${report.state}, not trusted: ${withoutStop(report.demoted)}`;
  const parts = [report.state, `confidence ${percentText(requests?.confidence ?? report.confidence)}`];
  const { measured, nominal, samples } = requests?.coverage ?? { measured: null, nominal: 0, samples: 0 };
  if (measured !== null && samples > 0) parts.push(`${percentText(measured)} came inside the ${percentText(nominal)} band`);
  if (requests?.skill !== null && requests?.skill !== undefined) parts.push(`skill ${figure(Math.round(requests.skill * 100) / 100)}`);
  return parts.join(', ');
}

export function clientsText(view: PoolView): string {
  const latency = view.clients?.latency;
  const total = view.clientsAnswered + view.clientsFailed;
  const failed = `${view.clientsFailed.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} failed`;
  if (latency === undefined) return failed;
  const [p50, p95, p99] = [latency.p50Ms, latency.p95Ms, latency.p99Ms].map((ms) => Math.round(ms));
  return `latency p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, ${failed}`;
}

export function decisionText(decision: Decision | undefined): string {
  return decision === undefined ? 'no decision yet' : decision.plan.reason;
}

/** A line for the log of a terminal, without its time. */
export function noticeText(notice: Notice): string {
  if (notice.kind === 'decision') {
    const { id, previousReplicas, replicas, reason } = notice.decision.plan;
    return `${previousReplicas} → ${replicas}  ${reason} [${id}]`;
  }
  if (notice.kind === 'confirmation') {
    const { step, requestedReplicas, readyReplicas, planId, reason } = notice.confirmation;
    return `${step}: ${readyReplicas} of ${requestedReplicas} ready. ${reason} [${planId}]`;
  }
  const { outcome, fromReplicas, toReplicas, leadTimesMs, reason, planId } = notice.feedback;
  const lead = leadTimesMs.length === 0 ? '' : ` ready after ${durationText(Math.max(...leadTimesMs))};`;
  return `${outcome}: ${fromReplicas} → ${toReplicas};${lead} ${reason} [${planId}]`;
}

/**
 * Decisions, and how they ended. Left out: that a write was accepted, which follows its decision within a moment, and that an
 * action ended because a newer decision took over, which is a line of its own.
 */
export function isForPeople(notice: Notice): boolean {
  if (notice.kind === 'confirmation') return notice.confirmation.step === 'failed' || notice.confirmation.step === 'rolled-back';
  return notice.kind === 'decision' || notice.feedback.outcome !== 'superseded';
}

export function noticeTimeMs(notice: Notice, nowMs: number): number {
  if (notice.kind === 'decision') return notice.decision.plan.atMs;
  return notice.kind === 'confirmation' ? notice.confirmation.atMs : nowMs;
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
