/** Many whole pools in one node on a memory bus in virtual time: each with a producer, two analyzers, an engine, a simulated target. */
import { createInlineCompute } from '../../src/adapters/compute/inline-compute.ts';
import { createMemoryBus } from '../../src/adapters/memory/bus.ts';
import { createNode, type ForescaleNode } from '../../src/node.ts';
import { silentLog } from '../../src/ports/log.ts';
import { silentMeter } from '../../src/ports/meter.ts';
import { SimulatedCloud } from '../../sim/cloud.ts';
import { createKernel } from '../../sim/kernel/kernel.ts';
import { plantFor } from '../../sim/plant.ts';
import { ProducerFleet } from '../../sim/predictive/fleet.ts';
import { poolSettingsFor } from '../../sim/predictive/pool.ts';
import type { ProducerObservation } from '../../sim/workloads/workload.ts';

export const MINUTE_MS = 60_000;
export const DAY_MINUTES = 1_440;
const START_MS = 1_700_000_040_000;

export interface ManyPools {
  readonly node: ForescaleNode;
  /** Writes that took effect at all targets. */
  writes(): number;
  /** Minutes, the first from the start; all pools tell their load at the end of each. */
  live(from: number, minutes: number): Promise<void>;
}

export async function createPools(count: number): Promise<ManyPools> {
  const names = Array.from({ length: count }, (_, i) => `pool-${i}`);
  const kernel = createKernel(1, { startMs: START_MS });
  const { clock, random } = kernel;
  const bus = createMemoryBus({ clock, topicEntriesMax: 4 * count });
  const plant = plantFor(Float64Array.of(2_000), {});
  const { minReplicas, maxReplicas, leadTime } = plant;
  const options = { clock, leadTime, replicas: 10, minReplicas, maxReplicas };
  const clouds = new Map(names.map((pool) => [pool, new SimulatedCloud({ ...options, pool, random: random.fork(pool) })]));
  const node = createNode({
    name: 'bench',
    bus,
    clock,
    random: random.fork('node'),
    log: silentLog,
    meter: silentMeter,
    pools: names.map((name) => poolSettingsFor(name, plant, MINUTE_MS, { objective: 0.01 })),
    root: { replicasMax: Number.POSITIVE_INFINITY, priorities: {} },
    targets: (name) => clouds.get(name),
    compute: createInlineCompute(),
  });
  await node.start();
  const fleets = names.map((pool) => new ProducerFleet(bus, clock, pool));
  return {
    node,
    writes: () => [...clouds.values()].reduce((sum, { writes }) => sum + writes, 0),
    async live(from, minutes) {
      for (let minute = from; minute < from + minutes; minute += 1) {
        for (const [i, fleet] of fleets.entries()) await fleet.publish([observation(minute, i)]);
        await kernel.run(START_MS + (minute + 1) * MINUTE_MS);
      }
    },
  };
}

function observation(minute: number, pool: number): ProducerObservation {
  const daily = Math.sin((2 * Math.PI * (minute + 37 * pool)) / DAY_MINUTES);
  const noise = Math.sin(minute * 12.9898 + pool) * Math.cos(minute * 78.233);
  const requests = Math.round(1_200 * (1 + 0.5 * daily + 0.15 * noise));
  return {
    producer: 'p0',
    intervalStartMs: START_MS + minute * MINUTE_MS,
    intervalMs: MINUTE_MS,
    load: { requests, cpuSeconds: requests / 200, memoryBytes: requests * 2e4, networkBytes: requests * 2e3 },
    byType: {},
    bySource: { distinct: 1, top: [] },
  };
}
