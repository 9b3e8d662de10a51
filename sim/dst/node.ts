import type { Compute } from '../../src/ports/compute.ts';
import { createNode, type ForescaleNode } from '../../src/node.ts';
import { BusError } from '../../src/ports/bus.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Meter } from '../../src/ports/meter.ts';
import type { Random } from '../../src/ports/random.ts';
import type { PoolSettings, RootSettings } from '../../src/actors/pool-settings.ts';
import type { Behavior } from '../../src/runtime/behavior.ts';
import type { IsWanted } from '../../src/runtime/leases.ts';
import type { RuntimeSettings } from '../../src/runtime/settings.ts';
import { createProcess, type SimProcess } from '../kernel/process.ts';
import type { Hear } from './happening.ts';
import { CLEAN_LINK, createLink, type LinkFaults } from './link.ts';
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
  readonly isWanted: IsWanted;
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
  /** It was told to stop, and takes nothing more. */
  isLeaving = false;

  constructor(options: SimNodeOptions) {
    const { name, clock, random, server, targets, hear, behaviors } = options;
    this.name = name;
    this.busFaults = { ...options.links.bus };
    this.targetFaults = { ...options.links.target };
    this.machine = new MachineClock(clock);
    this.process = createProcess(this.machine);
    const bus = createLink(server.connect(name), {
      clock,
      random: random.fork('bus'),
      faults: this.busFaults,
      timeoutMs: BUS_TIMEOUT_MS,
      waitMs: (method, args) => (method === 'readAfter' ? Number(args[2]) : 0),
      gaveUp: (method) => {
        throw new BusError('unavailable', `no reply to ${method}`);
      },
    });
    const target = this.process.connect(targets.connect(name, random.fork('target'), this.targetFaults));
    this.node = createNode({
      name,
      bus: this.process.connect(bus),
      clock: this.process.clock,
      random,
      log: logTo(hear, name),
      meter: { count: options.count, gauge: () => {}, observe: () => {} },
      pools: options.pools,
      root: options.root,
      targets: () => target,
      compute: options.compute,
      settings: options.settings,
      isWanted: options.isWanted,
      ...(behaviors === undefined ? undefined : { behaviors }),
      ...(options.withoutLocalGuard ? { withoutLocalGuard: true } : undefined),
    });
  }

  /** It runs, and others can reach it. */
  get isWell(): boolean {
    const { requestLost, replyLost } = this.busFaults;
    return this.process.isAlive && !this.process.isPaused && requestLost < 1 && replyLost < 1;
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
