import type { Random } from '../../../src/ports/random.ts';
import type { LinkFaults } from '../link.ts';
import { about, type FaultFamily, type Surroundings } from './family.ts';

/** Shares of the calls on every link, drawn once for each run. */
function onAllLinks({ links, fleet }: Surroundings, faults: Partial<LinkFaults>): void {
  Object.assign(links.bus, faults);
  Object.assign(links.target, faults);
  fleet.setFaults(faults);
}

/** One of a node's links gets a fault, and loses it after a while. */
function forAWhile(world: Surroundings, random: Random, faults: Partial<LinkFaults>, meanMs: number, what: string): void {
  const node = world.cluster.pick(random);
  if (node === undefined) return;
  const isBus = random.next() < 0.75;
  const [link, usual] = isBus ? [node.busFaults, world.links.bus] : [node.targetFaults, world.links.target];
  const forMs = about(meanMs, random);
  world.tellFault(what, `${node.name} to the ${isBus ? 'bus' : 'target'}, for ${Math.round(forMs)} ms`);
  Object.assign(link, faults);
  world.later(forMs, () => Object.assign(link, usual));
}

export const NETWORK_FAMILIES = [
  {
    name: 'loss',
    says: 'requests are lost before they are carried out',
    begin: (world, random) => onAllLinks(world, { requestLost: 0.01 + 0.1 * random.next() }),
  },
  {
    name: 'reply-lost',
    says: 'requests are carried out, and the caller does not learn of it',
    begin: (world, random) => onAllLinks(world, { replyLost: 0.01 + 0.1 * random.next() }),
  },
  {
    name: 'duplicate',
    says: 'requests arrive twice, the second at any time',
    begin: (world, random) => onAllLinks(world, { twice: 0.02 + 0.15 * random.next() }),
  },
  {
    name: 'delay',
    says: 'everything takes its time, and calls overtake each other',
    begin: (world, random) => onAllLinks(world, { delayMs: 10 + 90 * random.next() }),
  },
  {
    name: 'partition',
    says: 'a node reaches nothing, neither way',
    everyMs: 9_000,
    strike: (world, random) => forAWhile(world, random, { requestLost: 1, replyLost: 1 }, 4_000, 'partition'),
  },
  {
    name: 'partition-out',
    says: 'what a node asks for is not heard, one way only',
    everyMs: 12_000,
    strike: (world, random) => forAWhile(world, random, { requestLost: 1 }, 4_000, 'partition-out'),
  },
  {
    name: 'partition-in',
    says: 'what a node asks for is done, but no answer comes back',
    everyMs: 12_000,
    strike: (world, random) => forAWhile(world, random, { replyLost: 1 }, 4_000, 'partition-in'),
  },
  {
    name: 'clog',
    says: 'a link is so slow that callers give up, and what they asked for is done later',
    everyMs: 10_000,
    strike: (world, random) => forAWhile(world, random, { delayMs: 200 + 1_800 * random.next() }, 5_000, 'clog'),
  },
] as const satisfies readonly FaultFamily[];
