import type { Random } from '../../../src/ports/random.ts';
import type { CloudFault } from '../../cloud-faults.ts';
import type { Builds } from '../builds.ts';
import type { Cluster } from '../cluster.ts';
import type { Fleet } from '../fleet.ts';
import type { Litter } from '../litter.ts';
import type { Links } from '../node.ts';
import type { BusServer } from '../server.ts';
import type { Targets } from '../target.ts';

/** What trouble may lay its hands on. */
export interface Surroundings {
  readonly random: Random;
  readonly server: BusServer;
  readonly targets: Targets;
  readonly cluster: Cluster;
  readonly fleet: Fleet;
  readonly builds: Builds;
  readonly litter: Litter;
  /** Faults that the links of nodes begin with. */
  readonly links: Links;
  /** Runs something after a while, unless the faults are over by then. */
  later(delayMs: number, callback: () => void): void;
  tellFault(family: string, what: string): void;
}

/** One kind of trouble. All that it does is undone when the world heals. */
export interface FaultFamily<Name extends string = string> {
  readonly name: Name;
  /** One sentence for people. */
  readonly says: string;
  /** Once, before anything runs. */
  begin?(world: Surroundings, random: Random): void;
  /** Mean time between strikes, milliseconds. */
  readonly everyMs?: number;
  strike?(world: Surroundings, random: Random): void;
  /** What the target is made to do, known beforehand. */
  cloud?(random: Random, fromMs: number, toMs: number): readonly CloudFault[];
}

/** Exponential with this mean. */
export function about(meanMs: number, random: Random): number {
  return -Math.log(1 - random.next()) * meanMs;
}
