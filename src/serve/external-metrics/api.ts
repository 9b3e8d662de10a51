/** What `external.metrics.k8s.io/v1beta1` answers: which metrics there are, and their values by namespace and labels. */
import { ok, type Answer } from '../../adapters/http/route.ts';
import type { Advised, AdviceBook } from '../advice-book.ts';
import { isSelected, parseLabelSelector } from './label-selector.ts';
import { refusal } from './status.ts';

const GROUP = 'external.metrics.k8s.io';
const VERSION = { groupVersion: `${GROUP}/v1beta1`, version: 'v1beta1' };
const ROOT = `/apis/${VERSION.groupVersion}`;

type Counts = Extract<Advised, { readonly ok: true }>;

/** With the target 1 a replica each is a count: the one asked for, the least that is enough, the most that is worth keeping. */
const METRICS: Readonly<Record<string, (counts: Counts) => number>> = {
  forescale_replicas: ({ replicas }) => replicas,
  forescale_replicas_lower: ({ lower }) => lower,
  forescale_replicas_upper: ({ upper }) => upper,
};

/** A pool as it is found by namespace and labels. */
export interface MeasuredPool {
  readonly pool: string;
  /** Told in this namespace only; undefined: in all of them. */
  readonly namespace?: string;
}

const group = {
  kind: 'APIGroup',
  apiVersion: 'v1',
  name: GROUP,
  versions: [VERSION],
  preferredVersion: VERSION,
};
const resources = Object.keys(METRICS).map((name) => ({
  name,
  singularName: '',
  namespaced: true,
  kind: 'ExternalMetricValueList',
  verbs: ['get'],
}));
const DOCUMENTS: Readonly<Record<string, unknown>> = {
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [group] },
  [`/apis/${GROUP}`]: group,
  [ROOT]: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: VERSION.groupVersion, resources },
};

export function answerMetrics(url: URL, pools: readonly MeasuredPool[], book: AdviceBook): Answer {
  const path = url.pathname.replace(/(?<=.)\/$/, '');
  if (Object.hasOwn(DOCUMENTS, path)) return ok(DOCUMENTS[path]);
  const [, namespace, metric = ''] = new RegExp(`^${ROOT}/namespaces/([^/]+)/([^/]+)$`).exec(path) ?? [];
  if (namespace === undefined) return refusal(404, 'the server could not find the requested resource');
  const read = Object.hasOwn(METRICS, metric) ? METRICS[metric] : undefined;
  if (read === undefined) return refusal(404, `external metric ${metric} not found; there are ${Object.keys(METRICS).join(', ')}`);
  const selector = url.searchParams.get('labelSelector') ?? '';
  const requirements = parseLabelSelector(selector);
  if (requirements === undefined) return refusal(400, `unable to parse the label selector ${JSON.stringify(selector.slice(0, 200))}`);
  const found = pools.filter((pool) => (pool.namespace ?? namespace) === namespace && isSelected({ pool: pool.pool }, requirements));
  return valuesOf(metric, read, found, book);
}

/** Who asks adds the values up, so one pool without an answer leaves all of them without one. */
function valuesOf(metric: string, read: (counts: Counts) => number, pools: readonly MeasuredPool[], book: AdviceBook): Answer {
  const items: unknown[] = [];
  for (const { pool } of pools) {
    const advised = book.of(pool);
    if (!advised.ok) return refusal(503, advised.message);
    const timestamp = new Date(advised.atMs).toISOString().replace(/\.\d+Z$/, 'Z');
    items.push({ metricName: metric, metricLabels: { pool }, timestamp, value: String(read(advised)) });
  }
  return ok({ kind: 'ExternalMetricValueList', apiVersion: VERSION.groupVersion, metadata: {}, items });
}
