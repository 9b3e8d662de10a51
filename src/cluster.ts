/** A node among others over Redis: the bus, who else is there, which shards are its own, and whether it does its part. */
import { availableParallelism } from 'node:os';
import { createRedisBus, type RedisBus } from './adapters/redis/bus.ts';
import { claimCluster } from './adapters/redis/claim.ts';
import { createRedisMembers } from './adapters/redis/members.ts';
import { createRedisPeers } from './adapters/redis/peers.ts';
import type { RedisSettings } from './adapters/redis/settings.ts';
import { watchEventLoop } from './adapters/system/event-loop.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Meter } from './ports/meter.ts';
import type { Peers } from './ports/peers.ts';
import type { Random } from './ports/random.ts';
import { PROTOCOL_VERSION } from './protocol/message.ts';
import { Membership } from './runtime/membership.ts';
import type { Runtime } from './runtime/runtime.ts';
import type { RuntimeSettings } from './runtime/settings.ts';
import { Strain } from './runtime/strain.ts';

type LeaseSettings = Pick<RuntimeSettings, 'leaseMs' | 'beatMs' | 'leaseMarginMs' | 'lookMs'>;

/** How soon the shards of a dead node are taken over, against how late a living one may be. All nodes of a cluster use the same. */
export const FAILOVER_PROFILES = {
  normal: { leaseMs: 3_000, beatMs: 500, leaseMarginMs: 500, lookMs: 100 },
  fast: { leaseMs: 1_500, beatMs: 300, leaseMarginMs: 300, lookMs: 50 },
} as const satisfies Readonly<Record<string, LeaseSettings>>;
export type FailoverProfile = keyof typeof FAILOVER_PROFILES;

export interface ClusterOptions {
  readonly redis: RedisSettings;
  /** Unique in the cluster and over restarts. */
  readonly name: string;
  readonly failover: FailoverProfile;
  /** Digest of what all nodes must be set to alike. */
  readonly config: string;
  readonly pools: readonly string[];
  readonly isNewConfig: boolean;
  /** A pool whose target only this node reaches; undefined: none. */
  readonly localPool?: string | undefined;
  readonly build: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  readonly connectMs?: number;
}

export interface ClusterHealth {
  readonly live: boolean;
  readonly ready: boolean;
  readonly reason: string | null;
}

export interface Cluster {
  readonly bus: RedisBus;
  readonly membership: Membership;
  /** To ask the other nodes what only they know. */
  readonly peers: Peers;
  readonly settings: LeaseSettings;
  /** Tells of the node from now on. Before the runtime starts: it must know which shards are its own. */
  start(runtime: Runtime): Promise<void>;
  health(): ClusterHealth;
  /** Says goodbye, before the runtime drains. */
  leave(): Promise<void>;
  /** After the runtime has drained. */
  close(): Promise<void>;
}

/** @throws InputError when the server or the cluster is not to be joined, Error when Redis cannot be reached. */
export async function joinCluster(options: ClusterOptions): Promise<Cluster> {
  const { name, clock, random, log, meter, failover } = options;
  const settings = FAILOVER_PROFILES[failover];
  const { leaseMs, beatMs } = settings;
  const bus = await createRedisBus({
    settings: options.redis,
    clock,
    random,
    log,
    meter,
    name: `forescale:${name}`,
    quietMs: leaseMs,
    ...(options.connectMs === undefined ? undefined : { connectMs: options.connectMs }),
  });
  const members = createRedisMembers(bus.link, bus.keys);
  const { config, pools, isNewConfig, localPool } = options;
  try {
    const claim = { name, protocolVersion: PROTOCOL_VERSION, leaseMs, beatMs, config, pools, isNewConfig, localPool };
    await claimCluster(bus.link, bus.keys, members, clock, claim);
  } catch (error) {
    await bus.close();
    throw error;
  }
  return createCluster(options, bus, members, settings);
}

function createCluster(
  options: ClusterOptions,
  bus: RedisBus,
  members: ReturnType<typeof createRedisMembers>,
  settings: LeaseSettings,
): Cluster {
  const { name, clock, log, config, build } = options;
  const startedAtMs = clock.nowMs();
  const cores = availableParallelism();
  const strain = new Strain(settings);
  const loop = watchEventLoop();
  const stop = new AbortController();
  let runtime: Runtime | undefined;

  const describe = () => {
    const eventLoopDelayMs = Math.round(loop.look() * 10) / 10;
    const before = strain.factor;
    strain.note(eventLoopDelayMs);
    if (strain.factor !== before)
      log.warn({ eventLoopDelayMs, share: strain.factor }, 'the share of shards changes with the delay of the event loop');
    const shards = runtime?.shards.length ?? 0;
    const note = {
      name,
      weight: cores * strain.factor,
      build,
      protocolVersion: PROTOCOL_VERSION,
      config,
      startedAtMs,
      atMs: clock.nowMs(),
    };
    return { ...note, shards, isReady: health().ready, eventLoopDelayMs };
  };
  const membership = new Membership({ name, members, clock, log, describe, settings });

  const peers = createRedisPeers({
    link: bus.link,
    prefix: options.redis.prefix,
    name,
    clock,
    log,
    others: () => membership.living.map((note) => note.name).filter((other) => other !== name),
  });

  const health = (): ClusterHealth => {
    const reason = unreadiness();
    return { live: true, ready: reason === null, reason };
  };
  const unreadiness = (): string | null => {
    const { isConnected, sinceMs, findings } = bus.state;
    if (!isConnected) return `Redis is not connected since ${Math.round((clock.monotonicMs() - sinceMs) / 1_000)} s`;
    const refused = findings.find(({ severity }) => severity === 'refuse');
    if (refused !== undefined) return `Redis ${refused.setting}: wanted ${refused.wanted}, found ${refused.found}`;
    if (membership.isLeaving) return 'it leaves the cluster';
    if (runtime === undefined) return 'it starts';
    if (membership.wanted > 0 && runtime.shards.length === 0) return `it holds none of the ${membership.wanted} shards that it should`;
    return null;
  };

  return {
    bus,
    membership,
    peers,
    settings,
    health,
    async start(of) {
      runtime = of;
      await membership.tell();
      void membership.run(stop.signal);
    },
    leave: () => membership.leave(),
    async close() {
      stop.abort('stopped');
      loop.stop();
      peers.close();
      await membership.forget();
      await bus.close();
    },
  };
}
