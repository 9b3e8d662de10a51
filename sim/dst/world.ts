import { createInlineCompute } from '../../src/adapters/compute/inline-compute.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Random } from '../../src/ports/random.ts';
import type { PoolSettings } from '../../src/actors/pool-settings.ts';
import { createKernel, type Kernel } from '../kernel/kernel.ts';
import { buildsOf, type Builds } from './builds.ts';
import { Cluster } from './cluster.ts';
import type { Draw } from './draw.ts';
import type { Surroundings } from './families/family.ts';
import { Fleet } from './fleet.ts';
import type { Hear } from './happening.ts';
import { Litter } from './litter.ts';
import { CLEAN_LINKS, type Links } from './node.ts';
import { poolSettings, rootSettings, shardsOf } from './pools.ts';
import { BusServer } from './server.ts';
import { Targets } from './target.ts';

/** After healing the nodes know who is there within this, milliseconds. */
const CALM_MS = 4_000;

export const START_MS = 1_700_000_040_000;

/** Everything of one simulated cluster: the bus, the targets, the nodes, the producers and what of all that can be seen. */
export class World implements Surroundings {
  readonly draw: Draw;
  readonly kernel: Kernel;
  readonly pools: readonly PoolSettings[];
  readonly shards: readonly number[];
  readonly server: BusServer;
  readonly targets: Targets;
  readonly cluster: Cluster;
  readonly fleet: Fleet;
  readonly builds: Builds;
  readonly litter: Litter;
  readonly links: Links = { bus: { ...CLEAN_LINKS.bus }, target: { ...CLEAN_LINKS.target } };
  readonly #hear: Hear;
  /** Sums of the nodes' counters, by name and labels. */
  readonly counters = new Map<string, number>();
  isHealed = false;

  constructor(draw: Draw, hear: Hear) {
    this.draw = draw;
    this.#hear = hear;
    this.kernel = createKernel(`dst/${draw.seed}`, { startMs: START_MS });
    const { clock, random } = this.kernel;
    this.pools = draw.pools.map(poolSettings);
    this.shards = shardsOf(draw.pools, draw.producers);
    const planted = new Set(draw.planted);
    this.server = new BusServer({ clock, random: random.fork('server'), hear, planted, shards: this.shards });
    this.targets = new Targets({
      pools: draw.pools,
      clock,
      random: random.fork('target'),
      hear,
      planted,
      faults: draw.cloudFaults,
      hasPrecondition: draw.hasPrecondition,
    });
    const compute = createInlineCompute();
    const root = rootSettings(draw.pools);
    this.builds = buildsOf({ pools: this.pools, root, openNetwork: (packed) => compute.open(packed) });
    this.cluster = new Cluster({
      clock,
      random: random.fork('cluster'),
      server: this.server,
      targets: this.targets,
      hear,
      count: (name, labels, amount = 1) => this.#count(name, labels, amount),
      pools: this.pools,
      root,
      compute,
      settings: draw.settings,
      size: draw.nodes,
      build: (place) => this.builds.at(place),
      links: this.links,
      withoutLocalGuard: planted.has('no-local-guard'),
    });
    this.fleet = new Fleet(draw.pools, draw.producers, clock, random.fork('producers'), this.server);
    this.litter = new Litter(clock, this.server, draw.pools, this.shards);
  }

  get clock(): Clock {
    return this.kernel.clock;
  }

  get random(): Random {
    return this.kernel.random;
  }

  begin(): void {
    this.cluster.begin();
    this.fleet.begin();
  }

  later(delayMs: number, callback: () => void): void {
    this.clock.setTimer(delayMs, () => {
      if (!this.isHealed) callback();
    });
  }

  tellFault(family: string, what: string): void {
    this.#hear({ kind: 'fault', family, what });
  }

  async heal(): Promise<void> {
    this.isHealed = true;
    Object.assign(this.links.bus, CLEAN_LINKS.bus);
    Object.assign(this.links.target, CLEAN_LINKS.target);
    await this.server.start(0);
    this.server.isFull = false;
    this.server.relayForgets = 0;
    this.targets.staleReads = 0;
    this.builds.finishUpgrade();
    this.cluster.heal();
    this.fleet.heal();
    this.#hear({ kind: 'healed' });
    this.#restartOne();
  }

  /** As a rolling upgrade goes on while all is well: what is handed over then must not stand still. */
  #restartOne(): void {
    const random = this.random.fork('calm restart');
    // Without faults it must be perfectly quiet.
    if (this.draw.families.length === 0 || random.next() < 0.5) return;
    this.clock.setTimer(CALM_MS, () => {
      const node = this.cluster.pick(random);
      if (node !== undefined) this.cluster.drain(node);
    });
  }

  counter(name: string): number {
    return this.counters.get(name) ?? 0;
  }

  #count(name: string, labels: Readonly<Record<string, string>> | undefined, amount: number): void {
    const key = labels === undefined ? name : `${name} ${Object.values(labels).join(' ')}`;
    this.counters.set(key, (this.counters.get(key) ?? 0) + amount);
  }
}
