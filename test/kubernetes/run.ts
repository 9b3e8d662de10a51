/**
 * The conformance of the Kubernetes target on a real API server: `npm run test:kubernetes`. Says what is missing, and skips,
 * where the programs are not at hand (test/kubernetes/build-binaries.sh makes them).
 */
import { after, before, test } from 'node:test';
import { strict as assert } from 'node:assert';
import { createCluster, type Cluster } from '../../src/adapters/kubernetes/cluster.ts';
import { staticCredentials } from '../../src/adapters/kubernetes/credentials.ts';
import { createKubernetesTarget, type KubernetesTarget } from '../../src/adapters/kubernetes/target.ts';
import { createRandom } from '../../src/adapters/system/random.ts';
import { silentLog } from '../../src/ports/log.ts';
import { sleep } from '../../src/ports/clock.ts';
import { armable } from '../adapters/kubernetes/faults.ts';
import { poolSettings } from '../adapters/kubernetes/support.ts';
import { runAction } from '../contracts/target/action-run.ts';
import { kubernetesApiContract } from '../contracts/kubernetes-api.ts';
import { targetContract } from '../contracts/target.ts';
import { targetFaultContract } from '../contracts/target/faults.ts';
import { findBinaries } from './binaries.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { deploysOnRealServer } from './deploys.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { headroomOnRealServer } from './headroom.ts';
import { playNodes, type Nodes } from './nodes.ts';
import { ownersOnRealServer } from './owners.ts';
import { sizesOnRealServer } from './sizes.ts';
import { upOnRealServer } from './up.ts';
import { allow, clock, createWorkload, PODS_MAX, removeWorkload } from './world.ts';

const READY_MS = 300;
const TIMEOUT_MS = 3_000;
const binaries = findBinaries(process.env);

if ('length' in binaries) {
  console.log(`SKIPPED: no real API server here; missing: ${binaries.join(', ')}. See test/kubernetes/build-binaries.sh.`);
} else {
  let plane: ControlPlane;
  let nodes: Nodes;
  let serial = 0;
  before(async () => {
    plane = await startControlPlane(binaries);
    await allow(plane);
    nodes = await playNodes(plane.admin, READY_MS, PODS_MAX);
  });
  after(async () => {
    await nodes.stop();
    await plane.stop();
  });

  kubernetesApiContract(
    'real',
    () => plane.admin,
    () => plane.compact(),
  );
  for (const onRealServer of [deploysOnRealServer, ownersOnRealServer, sizesOnRealServer, headroomOnRealServer, upOnRealServer])
    onRealServer(() => plane);

  for (const [name, user, isFloor] of [
    ['the count of a Deployment', 'forescale', false],
    ['the floor of an HPA', 'forescale', true],
    ['a Deployment by its scale only', 'scaler', false],
  ] as const) {
    const prepare = async (): Promise<{
      readonly proxy: FaultProxy;
      readonly make: () => KubernetesTarget;
      readonly close: () => Promise<void>;
    }> => {
      serial += 1;
      const workload = `web-${serial}`;
      await createWorkload(plane, workload, isFloor);
      const proxy = await startFaultProxy(plane.connection(user));
      const clusters: Cluster[] = [];
      const make = (): KubernetesTarget => {
        const connection = { server: proxy.url, credentials: staticCredentials('none', {}), namespace: 'default', isUnverified: false };
        const cluster = createCluster({ connection, clock, random: createRandom('real'), log: silentLog, timeoutMs: TIMEOUT_MS });
        clusters.push(cluster);
        return createKubernetesTarget(cluster, { ...poolSettings(), name: workload, unschedulableAfterMs: 1_000 });
      };
      const close = async (): Promise<void> => {
        await Promise.all(clusters.map((cluster) => cluster.stop()));
        await proxy.close();
        await removeWorkload(plane, workload);
      };
      return { proxy, make, close };
    };

    // An HPA without a metric never scales down, and here is nobody who measures: its floor is shown by the faults below.
    if (!isFloor)
      targetContract(`real kubernetes, ${name}`, async () => {
        const { make, close } = await prepare();
        return { target: make(), pool: 'web', advance: (ms) => sleep(clock, ms), close };
      });

    targetFaultContract(`real kubernetes, ${name}`, async () => {
      const { proxy, make, close } = await prepare();
      const under = {
        // A client that waits for an answer waits for real.
        ...armable({ server: proxy, clock: { advance: async () => {} } }),
        target: make(),
        pool: 'web',
        effects: () => proxy.effects,
        advance: (ms: number) => sleep(clock, Math.min(ms, 100)),
        async restart() {
          under.target = make();
        },
        close,
      };
      return under;
    });

    test(`real kubernetes, ${name}: pods for which there is no room end the action with that reason`, async () => {
      const { make, close } = await prepare();
      const target = make();
      const advance = (ms: number): Promise<void> => sleep(clock, Math.min(ms, 500));
      const { feedback } = await runAction({ target: () => target, pool: 'web', from: 1, to: PODS_MAX + 5, generation: 2, advance });
      await close();
      assert.equal(feedback.outcome, 'rolled-back', feedback.reason);
      assert.match(feedback.reason, /cannot be scheduled: 0\/1 nodes are available/);
    });
  }
}
