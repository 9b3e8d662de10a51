/** The metrics API of a cluster (`metrics.k8s.io`), which metrics-server and its like serve. */
import type { PodReading, PodUsage, PodUsageResult } from '../../ports/pod-usage.ts';
import type { KubernetesClient } from './client.ts';
import { listAt, textAt, type JsonObject } from './json.ts';
import { podResource } from './resource.ts';
import { parseQuantity } from './size/quantity.ts';

export interface PodUsageSettings {
  readonly namespace: string;
  /** Of the pods, as in `kubectl get pods --selector`. */
  readonly selector: string;
  /** Only this container of each; undefined: all of them. */
  readonly container: string | undefined;
}

/** Ends with `close`, with the client. */
export function createPodUsage(client: KubernetesClient, { namespace, selector, container }: PodUsageSettings): PodUsage {
  const query = `?labelSelector=${encodeURIComponent(selector)}`;
  const measured = `/apis/metrics.k8s.io/v1beta1/namespaces/${encodeURIComponent(namespace)}/pods${query}`;
  const present = `${podResource(namespace).collection}${query}`;
  const get = async <T>(path: string, take: (answer: JsonObject) => PodUsageResult<T>): Promise<PodUsageResult<T>> => {
    const result = await client.send({ method: 'GET', path, intent: 'read' });
    return result.ok ? take(result.value) : { ok: false, reason: result.error.message };
  };
  return {
    read: () => get(measured, (answer) => readPodMetrics(answer, container)),
    living: () => get(present, (answer) => ({ ok: true, value: namesOfLiving(answer) })),
    close: () => client.close(),
  };
}

/** A `PodMetricsList`. A pod whose figures cannot be read is left out, as one that was not measured. */
export function readPodMetrics(answer: JsonObject, container: string | undefined): PodUsageResult<readonly PodReading[]> {
  if (!Array.isArray(answer['items'])) return { ok: false, reason: `a list of PodMetrics was wanted, found ${String(answer['kind'])}` };
  const readings: PodReading[] = [];
  for (const item of answer['items'] as readonly unknown[]) {
    const reading = readPod(item, container);
    if (reading !== undefined) readings.push(reading);
  }
  return { ok: true, value: readings };
}

function readPod(item: unknown, container: string | undefined): PodReading | undefined {
  const pod = textAt(item, 'metadata', 'name');
  const atMs = Date.parse(textAt(item, 'timestamp') ?? '');
  const windowMs = parseGoDuration(textAt(item, 'window') ?? '');
  const wanted = listAt(item, 'containers').filter((one) => container === undefined || textAt(one, 'name') === container);
  if (pod === undefined || windowMs === undefined || wanted.length === 0) return undefined;
  const sum = (resource: string): number =>
    wanted.reduce<number>((total, one) => total + (parseQuantity(textAt(one, 'usage', resource)) ?? Number.NaN), 0);
  const reading = { pod, atMs, windowMs, cores: sum('cpu'), memoryBytes: sum('memory') };
  const isMeasured = [atMs, reading.cores, reading.memoryBytes].every((value) => Number.isFinite(value) && value >= 0);
  return isMeasured ? reading : undefined;
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 };

/** A duration as Go writes it, `15.034s` or `1m0.5s`, in milliseconds; undefined: it is none, or not above 0. */
export function parseGoDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|us|µs|ns|s))+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|us|µs|ns|s)/g)) ms += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  return ms > 0 ? ms : undefined;
}

function namesOfLiving(answer: JsonObject): ReadonlySet<string> {
  const names = new Set<string>();
  for (const pod of listAt(answer, 'items')) {
    const name = textAt(pod, 'metadata', 'name');
    const hasEnded = ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? '');
    if (name !== undefined && !hasEnded && textAt(pod, 'metadata', 'deletionTimestamp') === undefined) names.add(name);
  }
  return names;
}
