/**
 * What many pools take: `npm run bench -- pools [COUNT]` (default 25). Whole ones, each with a producer, an analyzer of it and of the
 * total, an engine with its thirty shadows, and a simulated target, in one node on a memory bus in virtual time: streams, codecs,
 * forecasts, decisions and actions. Only the network between processes is not in it. Bar: 20,000 at a minute on two cores, extrapolated.
 * CPU time of this process after a day, when the rules are proven; the producers and the targets are in it, too.
 */
import { createInlineCompute } from '../src/adapters/compute/inline-compute.ts';
import { createMemoryBus } from '../src/adapters/memory/bus.ts';
import { createNode } from '../src/node.ts';
import { silentLog } from '../src/ports/log.ts';
import { silentMeter } from '../src/ports/meter.ts';
import { SimulatedCloud } from '../sim/cloud.ts';
import { createKernel } from '../sim/kernel/kernel.ts';
import { plantFor } from '../sim/plant.ts';
import { ProducerFleet } from '../sim/predictive/fleet.ts';
import { poolSettingsFor } from '../sim/predictive/pool.ts';
import type { ProducerObservation } from '../sim/workloads/workload.ts';

const MINUTE_MS = 60_000;
const START_MS = 1_700_000_040_000;
const DAY = 1_440;
/** A rule is followed after a day of evidence. */
const WARM_INTERVALS = DAY + 120;
const TIMED_INTERVALS = 120;
const POOLS = 20_000;
const CORES = 2;

export async function run([count = '25']: readonly string[]): Promise<void> {
  const names = Array.from({ length: Number(count) }, (_, i) => `pool-${i}`);
  const kernel = createKernel(1, { startMs: START_MS });
  const { clock, random } = kernel;
  const bus = createMemoryBus({ clock, topicEntriesMax: 4 * names.length });
  const plant = plantFor(Float64Array.of(2_000), {});
  const { minReplicas, maxReplicas, leadTime } = plant;
  const pools = names.map((name) => poolSettingsFor(name, plant, MINUTE_MS, 0.01));
  const clouds = new Map(
    names.map((pool) => [
      pool,
      new SimulatedCloud({ pool, clock, random: random.fork(pool), leadTime, replicas: 10, minReplicas, maxReplicas }),
    ]),
  );
  const node = createNode({
    name: 'bench',
    bus,
    clock,
    random: random.fork('node'),
    log: silentLog,
    meter: silentMeter,
    pools,
    root: { replicasMax: Number.POSITIVE_INFINITY, priorities: {} },
    targets: (name) => clouds.get(name),
    compute: createInlineCompute(),
  });
  await node.start();
  const fleets = names.map((pool) => new ProducerFleet(bus, clock, pool));
  const live = async (from: number, intervals: number): Promise<void> => {
    for (let minute = from; minute < from + intervals; minute += 1) {
      for (const [i, fleet] of fleets.entries()) await fleet.publish([observation(minute, i)]);
      await kernel.run(START_MS + (minute + 1) * MINUTE_MS);
    }
  };
  await live(0, WARM_INTERVALS);
  const before = process.cpuUsage();
  await live(WARM_INTERVALS, TIMED_INTERVALS);
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1_000 / TIMED_INTERVALS / names.length;
  const share = (ms * POOLS) / (CORES * MINUTE_MS);
  const mebibytes = process.memoryUsage.rss() / 2 ** 20;
  const acted = names.reduce((sum, name) => sum + (clouds.get(name)?.writes ?? 0), 0);
  console.log(
    `${names.length} pools of a producer each: ${ms.toFixed(2)} ms of CPU a pool and interval, ${(mebibytes / names.length).toFixed(2)} MiB a pool, ${acted} writes at targets; ${POOLS} at a minute, extrapolated: ${(100 * share).toFixed(0)}% of ${CORES} cores (bar 100: ${share <= 1 ? 'held' : 'missed'})`,
  );
}

function observation(minute: number, pool: number): ProducerObservation {
  const daily = Math.sin((2 * Math.PI * (minute + 37 * pool)) / DAY);
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
