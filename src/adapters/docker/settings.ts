/** Where the engine listens: a path of a socket, or an address without TLS. */
export type EngineAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** One pool of containers. */
export interface DockerPoolSettings {
  readonly pool: string;
  readonly engine: EngineAddress;
  /** Has to be there: it is not pulled. */
  readonly image: string;
  /** undefined: the image's own. */
  readonly command: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Beside ours, for a router that looks at them. */
  readonly labels: Readonly<Record<string, string>>;
  /** `host`: a replica listens on $PORT of the machine. Otherwise $PORT is `containerPort`, published on loopback. */
  readonly network: string;
  readonly containerPort: number;
  /** Ports of the machine for replicas, both included. */
  readonly portRange: { readonly from: number; readonly to: number };
  /** A replica is ready when GET of it answers 2xx. undefined: by the image's own health check, or as soon as it runs. */
  readonly healthPath: string | undefined;
  /** A replica that is not ready by then is replaced, milliseconds. */
  readonly startTimeoutMs: number;
  /** Between SIGTERM and SIGKILL, milliseconds. */
  readonly drainMs: number;
  /** `source:place[:ro]`. */
  readonly mounts: readonly string[];
  readonly ulimits: Readonly<Record<string, number>>;
  readonly size: ContainerSize;
  /** Bounds that the target enforces, 0 <= min <= max; min is the count before the first write. */
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** One call, milliseconds. */
  readonly timeoutMs: number;
}

/** Limits of one replica; undefined: none. */
export interface ContainerSize {
  readonly cpus: number | undefined;
  readonly memoryBytes: number | undefined;
}

/** Between looks at what runs. */
export const LOOK_MS = 2_000;
/** Looks in a row that must fail before a replica that served is replaced. */
export const FAILED_LOOKS_MAX = 3;
/** One health check. */
export const PROBE_TIMEOUT_MS = 1_000;
/** Wait before a failed replica is replaced: doubled per failure in a row, from the first to the last. */
export const BACK_OFF_FIRST_MS = 1_000;
export const BACK_OFF_LAST_MS = 60_000;
/** Containers that are made at once. */
export const STARTS_AT_ONCE = 4;
