/** Forescale beside the HPA: it raises the floor, the HPA stays reactive above it. */
import { createInlineCompute } from '../../src/adapters/compute/inline-compute.ts';
import { createCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { createKubernetesTarget } from '../../src/adapters/kubernetes/target.ts';
import { createMemoryBus } from '../../src/adapters/memory/bus.ts';
import { createRandom } from '../../src/adapters/system/random.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { createNode } from '../../src/node.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { silentLog } from '../../src/ports/log.ts';
import { silentMeter } from '../../src/ports/meter.ts';
import { CAPACITY, PODS_MAX, type ExampleCluster } from './cluster.ts';

const INTERVAL_MS = 60_000;
/** One node alone: nobody waits for its leases, and beating at this speed would cost the machine. */
const ALONE = { leaseMs: 600_000, beatMs: 120_000, leaseMarginMs: 60_000, readWaitMs: 60_000, lookMs: 60_000, sliceMs: 600 };
const CONFIG = `pools:
  web:
    interval: 1m
    review: 15s
    capacity: { requestsPerSecond: ${CAPACITY} }
    replicas: { min: 1, max: ${PODS_MAX} }
    leadTime: { p50: 75s, p95: 120s }
    autonomy: { level: full }
    target: { kind: kubernetes, workload: Deployment/web, namespace: default }
`;

export interface Beside {
  stop(): Promise<void>;
}

export async function runForescale(
  { connection, namespace }: ExampleCluster,
  clock: Clock,
  demandAt: (timeMs: number) => number,
): Promise<Beside> {
  const parsed = parseConfig(CONFIG, 'examples/kubernetes');
  if (!parsed.ok) throw parsed.error;
  const { pools, root } = parsed.settings;
  // At the speed of this clock, the usual 15 s would be over before the machine has turned round.
  const cluster = createCluster({ connection, clock, random: createRandom('kubernetes'), log: silentLog, timeoutMs: 900_000 });
  const place = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' };
  const target = createKubernetesTarget(cluster, { pool: 'web', ...place, mode: 'auto', unschedulableAfterMs: 300_000 });
  target.start();
  const common = { clock, log: silentLog, meter: silentMeter, random: createRandom('example') };
  const node = createNode({
    name: 'example',
    bus: createMemoryBus({ clock }),
    pools,
    root,
    targets: () => target,
    compute: createInlineCompute(),
    settings: ALONE,
    ...common,
  });
  await node.start();
  let sequence = 0;
  let timer = clock.setTimer(0, () => {});
  /** The middle of the interval stands for it: a producer would have counted. */
  const observe = (intervalStartMs: number): void => {
    timer = clock.setTimer(intervalStartMs + INTERVAL_MS - clock.nowMs(), () => {
      sequence += 1;
      const requests = (demandAt(intervalStartMs + INTERVAL_MS / 2) * INTERVAL_MS) / 1_000;
      const load = { requests, cpuSeconds: 0, memoryBytes: 0, networkBytes: 0 };
      const told = { pool: 'web', producer: 'ingress', intervalStartMs, intervalMs: INTERVAL_MS, load, byType: {} };
      void node.observe({ ...told, bySource: { distinct: 1, top: [] } }, { incarnation: 1, sequence });
      observe(intervalStartMs + INTERVAL_MS);
    });
  };
  observe(Math.ceil(clock.nowMs() / INTERVAL_MS) * INTERVAL_MS);
  return {
    async stop() {
      timer.cancel();
      await node.stop();
      await cluster.stop();
    },
  };
}
