import type { IncomingMessage, ServerResponse } from 'node:http';
import { createWorkerCompute } from '../../adapters/compute/worker-compute.ts';
import { siblingModule, type Program } from '../../adapters/local/program.ts';
import type { LocalPoolSettings } from '../../adapters/local/settings.ts';
import { createLocalTarget, type LocalTarget } from '../../adapters/local/target.ts';
import type { Health } from '../../adapters/http-health/server.ts';
import { createMemoryBus } from '../../adapters/memory/bus.ts';
import type { Tracing } from '../../adapters/opentelemetry/open.ts';
import type { PrometheusMeter } from '../../adapters/prometheus/meter.ts';
import type { Cluster } from '../../cluster.ts';
import type { ConfiguredPool, LocalTargetSettings, NodeSettings } from '../../config/settings.ts';
import { toObservationReport } from '../../demo/observation-report.ts';
import { createAgent } from '../../agent/index.ts';
import type { Bridge } from '../../bridge/index.ts';
import { createNode, type ForescaleNode } from '../../node.ts';
import { openBridges } from '../../open-bridges.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Bus, EntryId } from '../../ports/bus.ts';
import type { Peers } from '../../ports/peers.ts';
import type { Random } from '../../ports/random.ts';
import type { StoreServer } from '../../ports/store.ts';
import { createBufferedAppend } from '../../producer/buffered-append.ts';
import type { Target } from '../../ports/target.ts';
import type { Observation } from '../../protocol/observation.ts';
import { openPodUsage } from '../pod-usage.ts';
import { createFeed, type Feed } from './feed.ts';
import { observeBalancer, type BalancerObserver } from './observe-balancer.ts';
import { createHaproxies } from './haproxies.ts';
import { observeCounter } from './observe-counter.ts';
import { createRemoteTargets } from './targets.ts';

/** A node with what it stands on: bus, target, trainer. */
export interface Session {
  /** Of the pools on this machine. */
  readonly target: LocalTarget;
  /** Of every pool. */
  readonly targetOf: (pool: string) => Target;
  readonly feed: Feed;
  readonly bus: Bus;
  readonly node: ForescaleNode;
  readonly meter: PrometheusMeter;
  /** The other nodes; undefined: it is alone. */
  readonly peers: Peers | undefined;
  /** Of a node in a cluster: how the servers are that keep its streams. */
  readonly servers: (() => Promise<readonly StoreServer[]>) | undefined;
  /** Whether it does its part. */
  health(): Health;
  /** Opens the balancers, starts the first replicas, wakes the actors. When it rejects, nothing is left running. */
  start(): Promise<void>;
  /** Stops acting, drains, ends every process. Bounded in time. */
  stop(): Promise<void>;
  /** Ends every process at once. */
  kill(): void;
}

export interface SessionOptions {
  readonly name: string;
  readonly settings: NodeSettings;
  /** undefined: the node is alone, with the bus in this process. */
  readonly cluster: Cluster | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: PrometheusMeter;
  /** undefined: nothing is traced. */
  readonly tracing?: Tracing | undefined;
  /** Of a node alone, where it outlives the session. Default: one of its own. */
  readonly bus?: Bus | undefined;
  /** Where the public streams are taken up. */
  readonly feedAfter?: ReadonlyMap<string, EntryId>;
}

/** Its streams lie in this process: a quarter of an hour of them takes about as much as the snapshots that end them. */
const ALONE = { snapshotAgeMaxMs: 900_000 };
/** How long what waits for the bus may take at the end, milliseconds. */
const FLUSH_MS = 1_000;

export function createSession(options: SessionOptions): Session {
  const { name, settings, cluster, clock, random, log, meter, tracing, feedAfter } = options;
  const tracer = tracing?.tracer;
  const bus = cluster?.bus ?? options.bus ?? createMemoryBus({ clock });
  const intake = createBufferedAppend({ bus, clock, log, meter });
  const compute = createWorkerCompute({ log });
  const observers = new Map<string, BalancerObserver>();
  let node: ForescaleNode | undefined;

  const observe = (observation: Observation, incarnation: number, sequence: number): void => {
    node?.observe(observation, { incarnation, sequence }).catch((error: unknown) => {
      log.warn({ pool: observation.pool, producer: observation.producer, error }, 'observation was not taken');
    });
  };
  const remote = createRemoteTargets(settings.pools, { clock, random: random.fork('targets'), log, meter });
  const haproxies = createHaproxies(settings.pools, clock, log);
  const target = createLocalTarget({
    pools: settings.pools.flatMap((pool) => (pool.target.kind === 'local' ? [toLocalPool(pool, pool.target)] : [])),
    clock,
    random: random.fork('local'),
    log,
    onMessage: (_pool, _replica, message) => {
      const report = toObservationReport(message);
      if (report !== undefined) observe(report.observation, report.incarnation, report.sequence);
    },
    balancerOf: (pool) => haproxies.get(pool),
    onArrival: (pool, request: IncomingMessage, response: ServerResponse) => observers.get(pool)?.hook(request, response),
  });
  const targetOf = (pool: string): Target => remote.of(pool) ?? target;
  // A program of the user's does not tell its load: the balancer sees it, unless a source tells it.
  for (const pool of settings.pools) {
    const isTold = settings.sources.some((source) => source.pool === pool.pool);
    if (pool.target.kind !== 'local' || pool.target.service.kind !== 'command' || isTold) continue;
    const haproxy = haproxies.get(pool.pool);
    const observer = haproxy === undefined ? observeBalancer(pool, clock, observe) : observeCounter(pool, clock, haproxy.arrived, observe);
    observers.set(pool.pool, observer);
  }
  // In a cluster each node would read them, and the load would count as often: there `forescale agent` does, once.
  const agent = createAgent({
    sources: cluster === undefined ? settings.sources : [],
    bus,
    clock,
    log,
    meter,
    tracer,
    podUsage: (source) => openPodUsage(source, clock),
  });
  if (cluster !== undefined && settings.sources.length > 0) log.info({}, 'nodes of a cluster read no sources; run `forescale agent` once');
  const running = createNode({
    name,
    bus,
    intake,
    clock,
    random: random.fork('node'),
    log,
    meter,
    pools: settings.pools,
    root: settings.root,
    targets: targetOf,
    compute,
    tracer,
    ...(cluster === undefined
      ? { settings: ALONE }
      : { settings: cluster.settings, isWanted: cluster.membership.isWanted, isUrgent: cluster.membership.isUrgent }),
  });

  let bridges: readonly Bridge[] = [];
  const stop = async (): Promise<void> => {
    for (const observer of observers.values()) observer.stop();
    await agent.stop();
    await Promise.all(bridges.map((bridge) => bridge.stop()));
    await intake.flush(FLUSH_MS);
    await cluster?.leave();
    await node?.stop();
    node = undefined;
    await target.stop();
    await remote.stop();
    await compute.close();
    await tracing?.close();
    if (bus !== options.bus) await (cluster ?? bus).close();
  };

  return {
    target,
    targetOf,
    bus,
    meter,
    peers: cluster?.peers,
    servers: cluster && (() => cluster.bus.link.servers()),
    node: running,
    feed: createFeed(bus, feedAfter),
    health() {
      if (cluster !== undefined) return cluster.health();
      const isReady = running.runtime.shards.length > 0;
      return { live: true, ready: isReady, reason: isReady ? null : 'it holds no shard' };
    },
    async start() {
      try {
        await target.start();
        await remote.start();
        await cluster?.start(running.runtime);
        await running.start();
        node = running;
        await agent.start();
        // In a cluster they are programs of their own, as agents are: every node would carry everything.
        if (cluster === undefined) bridges = await openBridges(settings.bridges, { bus, clock, log, meter });
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
    kill: () => target.kill(),
  };
}

function toLocalPool(pool: ConfiguredPool, target: LocalTargetSettings): LocalPoolSettings {
  const { minReplicas, maxReplicas } = pool.planner;
  return {
    ...target,
    pool: pool.pool,
    program: toProgram(pool.intervalMs, target.service),
    minReplicas,
    maxReplicas,
    initialReplicas: Math.min(maxReplicas, Math.max(1, minReplicas)),
  };
}

function toProgram(intervalMs: number, service: LocalTargetSettings['service']): Program {
  if (service.kind === 'command') return service;
  const order = { workMs: service.workMs, startupMs: service.startupMs, intervalMs };
  return { kind: 'module', url: siblingModule('../../demo/service', import.meta.url), args: [JSON.stringify(order)] };
}
