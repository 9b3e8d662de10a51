import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { silentMeter, type Meter } from '../../ports/meter.ts';
import type { Random } from '../../ports/random.ts';
import type { Target, TargetResult } from '../../ports/target.ts';
import type { BalancerCounts } from './balancer.ts';
import { createControlGroups, type ControlGroups } from './control-groups.ts';
import type { LoadBalancer } from './load-balancer.ts';
import { LocalPool } from './pool.ts';
import type { ReplicaPhase } from './replica.ts';
import type { LocalPoolSettings } from './settings.ts';

export interface LocalTargetOptions {
  /** Names of pools are unique. */
  readonly pools: readonly LocalPoolSettings[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter?: Meter;
  /** What replicas inherit. Default: this process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What bounds replicas. Default: the system's control groups. */
  readonly groups?: () => ControlGroups;
  /** What a replica of a module of ours said over its channel. Its content is not checked. */
  readonly onMessage?: (pool: string, replica: string, message: unknown) => void;
  /** What stands before a pool in the place of the balancer of this process. */
  readonly balancerOf?: (pool: string) => LoadBalancer | undefined;
  /** A request arrived at a balancer of this process, before a replica was chosen. */
  readonly onArrival?: (pool: string, request: IncomingMessage, response: ServerResponse) => void;
}

export interface ReplicaView {
  readonly id: string;
  readonly phase: ReplicaPhase;
  readonly pid: number | undefined;
  readonly port: number | undefined;
  readonly inFlight: number;
}

/** Processes of this machine behind one balancer per pool. Everything lives and ends with this process. */
export interface LocalTarget extends Target {
  readonly kind: 'local';
  /** Opens the balancers and starts the initial replicas. Rejects if a balancer's port is taken; nothing is left then. */
  start(): Promise<void>;
  /** Drains and stops everything; resolves when every process is gone, after drain time plus 3 s at the latest. */
  stop(): Promise<void>;
  /** Ends every process at once. */
  kill(): void;
  /** Where the balancer of a pool listens; undefined before `start` and for unknown pools. */
  url(pool: string): string | undefined;
  replicas(pool: string): readonly ReplicaView[];
  counts(pool: string): BalancerCounts | undefined;
}

const CAPABILITIES = {
  scale: true,
  precondition: true,
  generation: 'with-write',
  bounds: true,
  confirm: 'ready',
  drain: true,
  resize: false,
  quota: false,
} as const;

export function createLocalTarget(options: LocalTargetOptions): LocalTarget {
  let groups: ControlGroups | undefined;
  const context = {
    clock: options.clock,
    random: options.random,
    log: options.log.child({ target: 'local' }),
    meter: options.meter ?? silentMeter,
    environment: options.environment ?? process.env,
    groups: options.groups ?? (() => (groups ??= createControlGroups())),
    onMessage: options.onMessage ?? (() => {}),
    balancerOf: options.balancerOf ?? (() => undefined),
    onArrival: options.onArrival ?? (() => {}),
  };
  const pools = new Map(options.pools.map((settings) => [settings.pool, new LocalPool(settings, context)]));
  const urls = new Map<string, string>();
  const stopAll = async (): Promise<void> => {
    await Promise.all([...pools.values()].map((pool) => pool.stop()));
  };

  return {
    kind: 'local',
    capabilities: CAPABILITIES,
    async get(name) {
      const pool = pools.get(name);
      return pool === undefined ? notFound(name) : { ok: true, value: pool.state() };
    },
    async scale(request) {
      return pools.get(request.pool)?.scale(request) ?? notFound(request.pool);
    },
    async start() {
      try {
        for (const [name, pool] of pools) urls.set(name, await pool.start());
      } catch (error) {
        await stopAll();
        throw error;
      }
    },
    stop: stopAll,
    kill() {
      for (const pool of pools.values()) pool.kill();
    },
    url: (name) => urls.get(name),
    replicas: (name) => (pools.get(name)?.replicas ?? []).map(({ id, phase, pid, port, inFlight }) => ({ id, phase, pid, port, inFlight })),
    counts: (name) => pools.get(name)?.balancer.counts(),
  };
}

function notFound(name: string): TargetResult<never> {
  return { ok: false, error: { code: 'not-found', message: `The local target has no pool ${name}.` } };
}
