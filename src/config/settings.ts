import type { KnownEvent } from '../models/events/event.ts';
import type { PoolSettings, RootSettings } from '../actors/pool-settings.ts';
import type { BridgeSettings } from '../bridge/settings.ts';
import type { SourceSettings } from './source-settings.ts';

/** Everything that one node is set to. Compiled from the config by `parseConfig`; complete and frozen. */
export interface NodeSettings {
  readonly node: NodeIdentity;
  readonly bus: BusSettings;
  readonly pools: readonly ConfiguredPool[];
  readonly sources: readonly SourceSettings[];
  readonly bridges: readonly BridgeSettings[];
  readonly root: RootSettings;
  readonly inspector: InspectorSettings;
  readonly serve: ServeSettings;
  /** undefined: nothing is traced. */
  readonly tracing: TracingSettings | undefined;
  /** undefined: pools are those of the config. */
  readonly predictiveScalers: PredictiveScalersSettings | undefined;
}

/** Pools that are custom resources of a cluster. */
export interface PredictiveScalersSettings {
  /** Default: that of the credentials. */
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly resyncMs: number;
}

/** Spans for a collector. */
export interface TracingSettings {
  /** undefined: as the environment says. */
  readonly endpoint: string | undefined;
  /** Of the traces that begin here, from 0 to 1. */
  readonly share: number;
}

/** What pools ask for, told to autoscalers of others. undefined: not in this way. */
export interface ServeSettings {
  readonly recommender: ServeAddress | undefined;
  readonly keda: ServeAddress | undefined;
  readonly externalMetrics: ExternalMetricsSettings | undefined;
  /** undefined: plain. */
  readonly tls: TlsFiles | undefined;
}

export interface ServeAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface ExternalMetricsSettings extends ServeAddress {
  /** Who may ask; undefined: what the cluster tells. */
  readonly callers: { readonly caFile: string; readonly names: readonly string[] } | undefined;
  readonly kubeconfig?: string;
  readonly context?: string;
}

export interface InspectorSettings {
  /** Where the page is served; undefined: nowhere. */
  readonly listen: ListenAddress | undefined;
  /** Whether people may act on pools from the page. */
  readonly act: boolean;
  /** Names that it answers to, beside localhost and IP addresses. */
  readonly hosts: readonly string[];
  /** undefined: plain HTTP. */
  readonly tls: TlsFiles | undefined;
}

/** PEM files. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities of clients; undefined: clients need no certificate. */
  readonly clientCaFile?: string;
}

export interface ListenAddress {
  readonly host: string;
  /** undefined: the usual one, or any free one when that is taken. */
  readonly port: number | undefined;
}

export interface NodeIdentity {
  readonly name: string;
  readonly logLevel: LogLevel;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `memory`: the bus lives in this process. */
export interface BusSettings {
  readonly kind: 'memory';
}

/** Holidays of a country; they become events of the pool when the node starts. */
export interface CalendarSettings {
  readonly country: string;
  readonly region?: string;
  readonly factor: number;
}

/** A pool with what it scales, as the config names it. */
export interface ConfiguredPool extends PoolSettings {
  readonly calendar?: CalendarSettings;
  readonly target: TargetSettings;
}

/** By `kind`; docs/targets.md has what each can do. */
export type TargetSettings =
  | LocalTargetSettings
  | KubernetesTargetSettings
  | AwsTargetSettings
  | EcsTargetSettings
  | DockerTargetSettings
  | WebhookTargetSettings
  | CommandTargetSettings;

/** Events of the pool that a cloud raises the least capacity for; no floors: none. */
export interface ScheduledActionsSettings {
  readonly leadMs: number;
  readonly floors: readonly { readonly event: KnownEvent; readonly minReplicas: number }[];
}

/** An EC2 Auto Scaling group. */
export interface AwsTargetSettings {
  readonly kind: 'aws';
  readonly group: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly timeoutMs: number;
  readonly scheduledActions: ScheduledActionsSettings;
  /** A share of 0: none, and one of ours that is left is taken away. */
  readonly warmPool: {
    readonly share: number;
    readonly min: number;
    readonly max: number;
    readonly state: 'stopped' | 'hibernated' | 'running';
    readonly reuse: boolean;
  };
}

/** An ECS service. */
export interface EcsTargetSettings {
  readonly kind: 'ecs';
  readonly cluster: string;
  readonly service: string;
  readonly mode: 'auto' | 'direct' | 'advise';
  readonly region?: string;
  readonly endpoint?: string;
  readonly timeoutMs: number;
  readonly scheduledActions: ScheduledActionsSettings;
}

/** Containers of a Docker or Podman engine. */
export interface DockerTargetSettings {
  readonly kind: 'docker';
  /** A path of its socket, or an address without TLS. */
  readonly engine: { readonly path: string } | { readonly host: string; readonly port: number };
  readonly image: string;
  readonly command?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly network: string;
  readonly containerPort: number;
  readonly portRange: { readonly from: number; readonly to: number };
  readonly healthPath?: string;
  readonly startTimeoutMs: number;
  readonly drainMs: number;
  readonly mounts: readonly string[];
  readonly ulimits: Readonly<Record<string, number>>;
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly timeoutMs: number;
}

/** Any system, by questions over HTTP. Secrets are only named here. */
export interface WebhookTargetSettings {
  readonly kind: 'webhook';
  readonly url: string;
  readonly secretEnv?: string;
  readonly tokenEnv?: string;
  readonly timeoutMs: number;
  readonly callback?: { readonly host: string; readonly port: number; readonly freshMs: number };
}

/** Any system, by a program that is started for each question. */
export interface CommandTargetSettings {
  readonly kind: 'command';
  readonly command: readonly string[];
  readonly workingDirectory?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** A workload of a cluster. */
export interface KubernetesTargetSettings {
  readonly kind: 'kubernetes';
  readonly apiVersion: string;
  readonly workloadKind: string;
  readonly name: string;
  /** Default: that of the pod or of the context. */
  readonly namespace?: string;
  /** Default: the service account in a pod, otherwise that of kubectl. */
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly mode: 'auto' | 'direct' | 'floor' | 'advise';
  /** Pods for which no node has room for this long will not come by waiting. */
  readonly unschedulableAfterMs: number;
  /** Size of one container of each pod; undefined: as it is. */
  readonly sizing?: {
    /** undefined: the first. */
    readonly container: string | undefined;
    readonly cores: number | undefined;
    readonly memoryBytes: number | undefined;
    readonly by: 'pods' | 'rollout';
  };
  /** Room on nodes for replicas to come; undefined: none is kept. */
  readonly headroom?: {
    readonly by: 'pods' | 'buffer';
    readonly share: number;
    readonly min: number;
    readonly max: number;
    readonly priorityClass: string;
    readonly image: string;
  };
}

/** A running HAProxy in the place of the balancer of this process. */
export interface HaproxySettings {
  /** Path of its stats socket, or `host:port`. */
  readonly socket: string;
  readonly backend: string;
  /** Where clients find it, for people. */
  readonly url: string;
  readonly connectionsMax?: number;
}

/** Child processes of this node behind a load balancer on loopback. */
export interface LocalTargetSettings {
  readonly kind: 'local';
  readonly service: LocalService;
  /** Added to the node's own environment for each replica, beside PORT and FORESCALE_REPLICA. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the balancer listens on loopback; 0: any free port. */
  readonly listenPort: number;
  /** Ports that replicas are told to listen on, both included. At least as many as the pool's largest replica count. */
  readonly portRange: { readonly from: number; readonly to: number };
  /** A replica is ready when GET of this path answers 2xx. */
  readonly healthPath: string;
  /** A replica that is not ready by then is stopped and counts as failed. */
  readonly startTimeoutMs: number;
  /** How long a replica that stops may take to finish its requests before it is killed. */
  readonly drainMs: number;
  /** How long a request waits for a ready replica before it is answered 503. */
  readonly waitMs: number;
  /** undefined: a balancer of this process. */
  readonly haproxy?: HaproxySettings;
  /** A replica that got ready is given a growing share of the requests over this time. */
  readonly slowStartMs: number;
  /** Of each replica; undefined: none. */
  readonly bounds?: { readonly cores?: number; readonly memoryBytes?: number };
}

/** `demo`: the built-in service. `command`: a program that listens on $PORT and stops on SIGTERM. */
export type LocalService =
  | { readonly kind: 'demo'; readonly workMs: number; readonly startupMs: number }
  | { readonly kind: 'command'; readonly command: readonly string[]; readonly workingDirectory?: string };
