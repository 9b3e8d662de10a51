import { INTERVAL_MS } from '../pools.ts';
import { about, type FaultFamily } from './family.ts';

export const PRODUCER_FAMILIES = [
  {
    name: 'producer-restart',
    says: 'a producer dies and begins anew, with a new incarnation',
    everyMs: 8_000,
    strike(world, random) {
      const producer = world.fleet.pick(random);
      if (producer === undefined) return;
      producer.process.crash();
      world.later(about(2_000, random), () => world.fleet.restart(producer));
    },
  },
  {
    name: 'producer-leaves',
    says: 'a producer says goodbye, and comes back later',
    everyMs: 12_000,
    strike(world, random) {
      const producer = world.fleet.pick(random);
      if (producer === undefined) return;
      producer.leave();
      world.later(about(8_000, random), () => world.fleet.restart(producer));
    },
  },
  {
    name: 'producer-clone',
    says: 'two processes go by the name of one producer',
    everyMs: 20_000,
    strike(world, random) {
      const producer = world.fleet.pick(random);
      if (producer === undefined) return;
      world.fleet.restart(producer);
      world.later(about(5_000, random), () => producer.process.crash());
    },
  },
  {
    name: 'producer-clock',
    says: 'a producer’s intervals begin at the wrong time, some in the past, some in the future',
    everyMs: 10_000,
    strike(world, random) {
      const producer = world.fleet.pick(random);
      if (producer === undefined) return;
      producer.skewMs = (random.int(9) - 4) * INTERVAL_MS;
      world.later(about(5_000, random), () => {
        producer.skewMs = 0;
      });
    },
  },
  {
    name: 'garbage',
    says: 'somebody writes nonsense into the streams',
    everyMs: 3_000,
    strike: (world, random) => void world.litter.drop(random),
  },
] as const satisfies readonly FaultFamily[];
