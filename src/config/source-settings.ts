/** Where the load of a pool is read when no SDK is in its services. Compiled from the config; frozen. */
export interface SourceSettings {
  readonly pool: string;
  /** Interval of the pool. */
  readonly intervalMs: number;
  /** An interval is told at most this long after its end, when all is well. */
  readonly latenessMs: number;
  readonly kind: SourceKind;
}

export type SourceKind =
  | ({ readonly name: 'scrape' } & ScrapeSettings)
  | ({ readonly name: 'query' } & QuerySettings)
  | ({ readonly name: 'statsd' } & StatsdSettings)
  | ({ readonly name: 'otlp' } & OtlpSettings)
  | ({ readonly name: 'access-log' } & AccessLogSettings)
  | ({ readonly name: 'kubernetes' } & PodUsageSourceSettings);

/** A metric that tells one resource. */
export interface Signal {
  readonly metric: string;
  /** Only series whose labels are these. */
  readonly match: Readonly<Record<string, string>>;
}

export interface Signals {
  /** Counts requests. */
  readonly requests: Signal;
  /** Counts CPU-seconds. */
  readonly cpu?: Signal;
  /** Counts bytes. */
  readonly network?: Signal;
  /** Label that tells the request type; undefined: none are told apart. */
  readonly typeLabel?: string;
  /** Label that tells the producer; undefined: what sends, or is scraped, is one. */
  readonly producerLabel?: string;
}

export interface ScrapeSettings extends Signals {
  readonly urls: readonly string[];
  readonly everyMs: number;
}

export interface QuerySettings {
  readonly url: string;
  /** PromQL; `$interval` is the interval of the pool. Requests per second of the whole pool. */
  readonly requests: string;
  /** Cores. */
  readonly cpu?: string;
  /** Bytes per second. */
  readonly network?: string;
  /** How far back history is read at the start; 0: none. */
  readonly historyMs: number;
  /** A value is asked for this long after its interval, so that it is there. */
  readonly delayMs: number;
}

export interface ListenSettings {
  readonly host: string;
  readonly port: number;
}

export interface StatsdSettings extends Signals, ListenSettings {}
export interface OtlpSettings extends Signals, ListenSettings {
  /** How often senders export. */
  readonly periodMs: number;
}

/** What a cluster measures of its pods. */
export interface PodUsageSourceSettings {
  /** Of the pods, as in `kubectl get pods --selector`. */
  readonly selector: string;
  /** undefined: all containers of a pod. */
  readonly container: string | undefined;
  /** How often the cluster measures. */
  readonly everyMs: number;
  /** Default: that of the credentials. */
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

export interface AccessLogSettings {
  readonly path: string;
  readonly format: 'combined' | 'json' | 'haproxy' | 'envoy' | 'pattern';
  /** With named groups `time`, `source`, `method`, `path`, `bytes` and `agent`; for the format `pattern`. */
  readonly pattern?: string;
  readonly producer: string;
}
