/** Metrics of an OpenTelemetry export, whichever way it was encoded. Only what counts something is read. */
export interface OtlpPoint {
  readonly metric: string;
  /** Attributes of the point and of its resource, the point's first. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly value: number;
  readonly kind: 'total' | 'increase';
  /** Start of the process that counts, and the time of the point; epoch ms, 0 where it is not told. */
  readonly startMs: number;
  readonly timeMs: number;
}

/** Points of one request at the most; a request with more is refused. */
export const POINTS_MAX = 100_000;

/** AggregationTemporality of the protocol. */
export const DELTA = 1;

export function kindOf(temporality: number): OtlpPoint['kind'] {
  return temporality === DELTA ? 'increase' : 'total';
}

/** The label that tells a producer apart where none is configured. */
export function senderOf({ attributes }: OtlpPoint): string {
  return attributes['service.instance.id'] ?? attributes['k8s.pod.name'] ?? attributes['host.name'] ?? attributes['service.name'] ?? 'otlp';
}
