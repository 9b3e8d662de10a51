import { about, type FaultFamily, type Surroundings } from './family.ts';

/** Down, and back after a while without the last changes. */
function outage(world: Surroundings, forMs: number, lost: number, what: string): void {
  if (!world.server.isUp) return;
  world.tellFault(what, `the bus is down for ${Math.round(forMs)} ms, then without its last ${lost} changes`);
  world.server.stop();
  world.later(forMs, () => void world.server.start(lost));
}

export const BUS_FAMILIES = [
  {
    name: 'bus-down',
    says: 'the bus restarts and loses nothing',
    everyMs: 15_000,
    strike: (world, random) => outage(world, about(2_500, random), 0, 'bus-down'),
  },
  {
    name: 'bus-tail-loss',
    says: 'the bus crashes and comes back without what it had not written to disk',
    everyMs: 20_000,
    strike: (world, random) => outage(world, about(1_500, random), 1 + random.int(60), 'bus-tail-loss'),
  },
  {
    name: 'bus-failover',
    says: 'a replica that lags becomes the bus',
    everyMs: 25_000,
    strike: (world, random) => outage(world, about(800, random), 1 + random.int(300), 'bus-failover'),
  },
  {
    name: 'bus-full',
    says: 'the bus has no memory left and refuses what needs some',
    everyMs: 15_000,
    strike(world, random) {
      const forMs = about(2_500, random);
      world.tellFault('bus-full', `for ${Math.round(forMs)} ms`);
      world.server.isFull = true;
      world.later(forMs, () => {
        world.server.isFull = false;
      });
    },
  },
  {
    name: 'relay-repeats',
    says: 'the outbox is moved, and moved again, as on a bus of several machines',
    begin(world) {
      world.server.relayForgets = 0.2;
    },
  },
] as const satisfies readonly FaultFamily[];
