import type { Compute } from '../../src/ports/compute.ts';
import { createNode, type ForescaleNode } from '../../src/node.ts';
import { BusError, type Lease } from '../../src/ports/bus.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Meter } from '../../src/ports/meter.ts';
import type { Random } from '../../src/ports/random.ts';
import type { PoolSettings, RootSettings } from '../../src/actors/pool-settings.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/message.ts';
import type { Behavior } from '../../src/runtime/behavior.ts';
import { Membership, type OwnNote } from '../../src/runtime/membership.ts';
import type { RuntimeSettings } from '../../src/runtime/settings.ts';
import { createProcess, type SimProcess } from '../kernel/process.ts';
import type { Hear } from './happening.ts';
import { CLEAN_LINK, createLink, type LinkFaults, type LinkOptions } from './link.ts';
import { MachineClock } from './machine-clock.ts';
import type { BusServer } from './server.ts';
import type { Targets } from './target.ts';

export interface SimNodeOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly server: BusServer;
  readonly targets: Targets;
  readonly compute: Compute;
  readonly hear: Hear;
  readonly count: Meter['count'];
  readonly pools: readonly PoolSettings[];
  readonly root: RootSettings;
  readonly settings: Partial<RuntimeSettings>;
  /** Of the node's build; undefined: this one's. */
  readonly behaviors: readonly Behavior[] | undefined;
  /** Faults that its links begin with. */
  readonly links: Links;
  readonly withoutLocalGuard: boolean;
}

/** Of every node. */
export interface Links {
  readonly bus: LinkFaults;
  readonly target: LinkFaults;
}

export const CLEAN_LINKS: Links = { bus: CLEAN_LINK, target: { ...CLEAN_LINK, delayMs: 30 } };

/** A call of the bus that has no answer by then is given up, milliseconds. */
const BUS_TIMEOUT_MS = 600;

/** The production node in a process of its own, on a machine of its own, with its own ends of all links. */
export class SimNode {
  readonly name: string;
  readonly machine: MachineClock;
  readonly process: SimProcess;
  readonly busFaults: LinkFaults;
  readonly targetFaults: LinkFaults;
  readonly node: ForescaleNode;
  readonly #membership: Membership;
  readonly #stop = new AbortController();
  readonly #startedAtMs: number;
  #looked: { readonly leases: readonly Lease[]; readonly busy: readonly Lease[] } | undefined;
  /** Share of the shards that it should hold, against that of others. */
  weight = 1;
  /** It was told to stop, and takes nothing more. */
  isLeaving = false;

  constructor(options: SimNodeOptions) {
    const { name, clock, random, server, targets, hear, behaviors } = options;
    this.name = name;
    this.busFaults = { ...options.links.bus };
    this.targetFaults = { ...options.links.target };
    this.machine = new MachineClock(clock);
    this.#startedAtMs = clock.nowMs();
    this.process = createProcess(this.machine);
    const toBus: LinkOptions = {
      clock,
      random: random.fork('bus'),
      faults: this.busFaults,
      timeoutMs: BUS_TIMEOUT_MS,
      waitMs: (method, args) => (method === 'readAfter' ? Number(args[2]) : 0),
      gaveUp: (method) => {
        throw new BusError('unavailable', `no reply to ${method}`);
      },
    };
    const bus = this.process.connect(createLink(server.connect(name), toBus));
    this.#membership = new Membership({
      name,
      members: this.process.connect(createLink(server.members, toBus)),
      clock: this.process.clock,
      log: logTo(hear, name),
      describe: () => this.#note(),
    });
    const used = new Set(server.shards);
    const target = this.process.connect(targets.connect(name, random.fork('target'), this.targetFaults));
    this.node = createNode({
      name,
      bus,
      clock: this.process.clock,
      random,
      log: logTo(hear, name),
      meter: { count: options.count, gauge: () => {}, observe: () => {} },
      pools: options.pools,
      root: options.root,
      targets: () => target,
      compute: options.compute,
      settings: options.settings,
      isWanted: (shard, leases) => used.has(shard) && this.#membership.isWanted(shard, leases),
      isUrgent: (leases) => this.#membership.isUrgent(this.#withoutIdle(leases, used)),
      ...(behaviors === undefined ? undefined : { behaviors }),
      ...(options.withoutLocalGuard ? { withoutLocalGuard: true } : undefined),
    });
  }

  /** Shards that nobody needs are no reason to hurry: they look like our own. The same leases are asked about again and again. */
  #withoutIdle(leases: readonly Lease[], used: ReadonlySet<number>): readonly Lease[] {
    if (this.#looked?.leases !== leases) {
      const { name: owner } = this;
      this.#looked = { leases, busy: leases.map((lease) => (used.has(lease.shard) ? lease : { ...lease, owner })) };
    }
    return this.#looked.busy;
  }

  /** Rejects when the bus cannot be reached; whoever runs the process tries again. */
  async start(): Promise<void> {
    await this.#membership.tell();
    void this.#membership.run(this.#stop.signal);
    await this.node.start();
  }

  async stop(): Promise<void> {
    await this.#membership.leave();
    await this.node.stop();
    this.#stop.abort();
    await this.#membership.forget();
  }

  #note(): OwnNote {
    const { name, weight, node, process } = this;
    const atMs = process.clock.nowMs();
    const shards = node.runtime.shards.length;
    return {
      name,
      weight,
      shards,
      atMs,
      build: 'simulated',
      protocolVersion: PROTOCOL_VERSION,
      config: 'simulated',
      startedAtMs: this.#startedAtMs,
      isReady: true,
      eventLoopDelayMs: 0,
    };
  }
}

function logTo(hear: Hear, node: string): Log {
  const tell =
    (level: 'warn' | 'error') =>
    (fields: Readonly<Record<string, unknown>>, message: string): void =>
      hear({ kind: 'log', node, level, text: `${message} ${JSON.stringify(fields)}` });
  const log: Log = { debug: () => {}, info: () => {}, warn: tell('warn'), error: tell('error'), child: () => log };
  return log;
}
