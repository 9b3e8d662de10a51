/** OTLP/JSON: the protobuf mapping to JSON, with 64-bit integers as texts. Unknown fields are passed over. */
import { kindOf, type OtlpPoint } from './metrics.ts';

type Json = Readonly<Record<string, unknown>>;

/** @throws SyntaxError if the body is not an export of metrics. */
export function readOtlpJson(body: string): OtlpPoint[] {
  const root: unknown = JSON.parse(body);
  if (typeof root !== 'object' || root === null || !('resourceMetrics' in root)) throw new SyntaxError('no resourceMetrics');
  return list(root as Json, 'resourceMetrics').flatMap((resource) => {
    const shared = attributes(list(object(resource, 'resource'), 'attributes'));
    return list(resource, 'scopeMetrics').flatMap((scope) => list(scope, 'metrics').flatMap((metric) => points(metric, shared)));
  });
}

function points(metric: Json, shared: Readonly<Record<string, string>>): OtlpPoint[] {
  const name = metric['name'];
  if (typeof name !== 'string') return [];
  const sum = object(metric, 'sum');
  const histogram = 'histogram' in metric ? object(metric, 'histogram') : object(metric, 'exponentialHistogram');
  if ('dataPoints' in sum && sum['isMonotonic'] === true) {
    return list(sum, 'dataPoints').map((point) =>
      toPoint(name, point, shared, number(point['asDouble'] ?? point['asInt']), number(sum['aggregationTemporality'])),
    );
  }
  return list(histogram, 'dataPoints').map((point) =>
    toPoint(name, point, shared, number(point['count']), number(histogram['aggregationTemporality'])),
  );
}

function toPoint(metric: string, point: Json, shared: Readonly<Record<string, string>>, value: number, temporality: number): OtlpPoint {
  return {
    metric,
    attributes: { ...shared, ...attributes(list(point, 'attributes')) },
    value,
    kind: kindOf(temporality),
    startMs: number(point['startTimeUnixNano']) / 1e6,
    timeMs: number(point['timeUnixNano']) / 1e6,
  };
}

function attributes(pairs: readonly Json[]): Record<string, string> {
  const read: Record<string, string> = {};
  for (const pair of pairs) {
    const value = object(pair, 'value');
    const scalar = value['stringValue'] ?? value['intValue'] ?? value['boolValue'] ?? value['doubleValue'];
    if (typeof pair['key'] === 'string' && (typeof scalar === 'string' || typeof scalar === 'number' || typeof scalar === 'boolean'))
      read[pair['key']] = String(scalar);
  }
  return read;
}

function object(parent: Json, key: string): Json {
  const value = parent[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(parent: Json, key: string): readonly Json[] {
  const value: unknown = parent[key];
  return Array.isArray(value) ? value.filter((one): one is Json => typeof one === 'object' && one !== null) : [];
}

function number(value: unknown): number {
  const read = typeof value === 'number' || typeof value === 'string' ? Number(value) : 0;
  return Number.isFinite(read) ? read : 0;
}
