import type { Resource } from '../protocol/resource.ts';
import { boundsAt } from './bounds.ts';
import type { Signals } from './formula.ts';
import type { PlanInputs } from './inputs.ts';
import type { Outlook } from './outlook.ts';
import { quantileAt } from './quantile.ts';
import type { PlannerSettings } from './settings.ts';

/** What users' own rules are counted out with. Loads are in wire units: requests/s, millicores, bytes, bytes/s. */
export function signalsOf({ report, target, leadTime, atMs }: PlanInputs, settings: PlannerSettings, outlook: Outlook): Signals {
  const { level, upTo, upToMs, now, recent } = outlook;
  const of = (resource: Resource) => report?.resources.find((one) => one.resource === resource);
  const ahead = (resource: Resource): number | null => {
    const maxima = of(resource)?.maxima ?? [];
    const answer = maxima.find(({ horizonMs }) => horizonMs >= upToMs) ?? maxima.at(-1);
    return (report?.ready === true && answer !== undefined ? quantileAt(report.levels, answer.quantiles, level) : undefined) ?? null;
  };
  const { least, most } = boundsAt(settings, atMs, upToMs);
  return {
    now_requests: of('requests')?.current ?? null,
    now_cpu: of('cpu')?.current ?? null,
    now_memory: of('memory')?.current ?? null,
    now_network: of('network')?.current ?? null,
    recent_requests: of('requests')?.recentMax ?? null,
    recent_cpu: of('cpu')?.recentMax ?? null,
    recent_memory: of('memory')?.recentMax ?? null,
    recent_network: of('network')?.recentMax ?? null,
    ahead_requests: ahead('requests'),
    ahead_cpu: ahead('cpu'),
    ahead_memory: ahead('memory'),
    ahead_network: ahead('network'),
    need_now: now?.replicas ?? null,
    need_recent: recent?.replicas ?? null,
    need_ahead: outlook.followed?.replicas ?? upTo?.replicas ?? null,
    ready: target.readyReplicas,
    requested: target.requestedReplicas,
    min_replicas: least.replicas,
    max_replicas: most.replicas,
    confidence: report?.confidence ?? null,
    lead_seconds: leadTime.p95Ms / 1_000,
  };
}
