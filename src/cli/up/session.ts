import type { IncomingMessage, ServerResponse } from 'node:http';
import { createWorkerCompute } from '../../adapters/compute/worker-compute.ts';
import { siblingModule, type Program } from '../../adapters/local/program.ts';
import type { LocalPoolSettings } from '../../adapters/local/settings.ts';
import { createLocalTarget, type LocalTarget } from '../../adapters/local/target.ts';
import { createMemoryBus } from '../../adapters/memory/bus.ts';
import { createPrometheusMeter, type PrometheusMeter } from '../../adapters/prometheus/meter.ts';
import { createSystemRandom } from '../../adapters/system/random.ts';
import type { ConfiguredPool, LocalTargetSettings, NodeSettings } from '../../config/settings.ts';
import { toObservationReport } from '../../demo/observation-report.ts';
import { createNode, type ForescaleNode } from '../../node.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Target } from '../../ports/target.ts';
import type { Observation } from '../../protocol/observation.ts';
import { createFeed, type Feed } from './feed.ts';
import { observeBalancer, type BalancerObserver } from './observe-balancer.ts';
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
  /** Opens the balancers, starts the first replicas, wakes the actors. When it rejects, nothing is left running. */
  start(): Promise<void>;
  /** Stops acting, drains, ends every process. Bounded in time. */
  stop(): Promise<void>;
  /** Ends every process at once. */
  kill(): void;
}

export function createSession(settings: NodeSettings, clock: Clock, log: Log): Session {
  const random = createSystemRandom();
  const bus = createMemoryBus({ clock });
  const meter = createPrometheusMeter();
  const compute = createWorkerCompute({ log });
  const observers = new Map<string, BalancerObserver>();
  let node: ForescaleNode | undefined;

  const observe = (observation: Observation, incarnation: number, sequence: number): void => {
    node?.observe(observation, { incarnation, sequence }).catch((error: unknown) => {
      log.warn({ pool: observation.pool, producer: observation.producer, error }, 'observation was not taken');
    });
  };
  const remote = createRemoteTargets(settings.pools, { clock, random: random.fork('targets'), log });
  const target = createLocalTarget({
    pools: settings.pools.flatMap((pool) => (pool.target.kind === 'local' ? [toLocalPool(pool, pool.target)] : [])),
    clock,
    random: random.fork('local'),
    log,
    onMessage: (_pool, _replica, message) => {
      const report = toObservationReport(message);
      if (report !== undefined) observe(report.observation, report.incarnation, report.sequence);
    },
    onArrival: (pool, request: IncomingMessage, response: ServerResponse) => observers.get(pool)?.hook(request, response),
  });
  const targetOf = (pool: string): Target => remote.of(pool) ?? target;
  // A program of the user's does not tell its load: the balancer sees it.
  for (const pool of settings.pools) {
    if (pool.target.kind === 'local' && pool.target.service.kind === 'command')
      observers.set(pool.pool, observeBalancer(pool, clock, observe));
  }
  const running = createNode({
    name: settings.node.name,
    bus,
    clock,
    random: random.fork('node'),
    log,
    meter,
    pools: settings.pools,
    root: settings.root,
    targets: targetOf,
    compute,
  });

  const stop = async (): Promise<void> => {
    for (const observer of observers.values()) observer.stop();
    await node?.stop();
    node = undefined;
    await target.stop();
    await remote.stop();
    await compute.close();
    await bus.close();
  };

  return {
    target,
    targetOf,
    bus,
    meter,
    node: running,
    feed: createFeed(bus),
    async start() {
      try {
        await target.start();
        remote.start();
        await running.start();
        node = running;
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
