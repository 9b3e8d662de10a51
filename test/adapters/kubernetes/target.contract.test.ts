import { SCALE_ONLY } from '../../../sim/kubernetes/access-rules.ts';
import { targetFaultContract, type FaultyTargetUnderTest } from '../../contracts/target/faults.ts';
import { targetContract } from '../../contracts/target.ts';
import { armable } from './faults.ts';
import type { KubernetesTarget } from '../../../src/adapters/kubernetes/target.ts';
import type { Target } from '../../../src/ports/target.ts';
import { RULES, SIZING } from './sized-cluster.ts';
import { createDeployment, createHpa, journal, testCluster, type TestCluster } from './support.ts';

/** What is scaled, and by which rights. */
const CASES = {
  'kubernetes, the count of a Deployment': { make: ({ server }: TestCluster) => createDeployment(server), settings: {} },
  'kubernetes, the count of a Deployment with a size in each write': {
    make: ({ server }: TestCluster) => createDeployment(server),
    settings: { sizing: SIZING },
    rules: RULES,
    wrap: withSize,
  },
  'kubernetes, the floor of an HPA': {
    make: ({ server }: TestCluster) => [createDeployment(server), createHpa(server)],
    settings: {},
    field: 'minReplicas',
  },
  'kubernetes, a StatefulSet by its scale only': {
    make: ({ server }: TestCluster) => createDeployment(server, 'web', 1, 'StatefulSet'),
    settings: { kind: 'StatefulSet' },
    rules: SCALE_ONLY,
  },
  'kubernetes, a custom resource': {
    make: ({ server }: TestCluster) => createDeployment(server, 'web', 1, 'Widget'),
    settings: { apiVersion: 'example.com/v1', kind: 'Widget' },
    rules: [...SCALE_ONLY, { verbs: ['get', 'list', 'watch'], resources: ['widgets'] }],
  },
} as const;

function withSize(target: KubernetesTarget): Target {
  const size = { cpuMillicores: 450, memoryBytes: 2 ** 29 };
  const { kind } = target;
  return {
    kind,
    get capabilities() {
      return target.capabilities;
    },
    get: (pool) => target.get(pool),
    scale: (request) => target.scale({ ...request, size }),
  };
}

for (const [name, { make, settings, ...rest }] of Object.entries(CASES)) {
  const rules = 'rules' in rest ? rest.rules : undefined;
  const field = 'field' in rest ? rest.field : 'replicas';

  const targetOf = (cluster: TestCluster): Target => {
    const target = cluster.target(settings, rules);
    return 'wrap' in rest ? rest.wrap(target) : target;
  };

  targetContract(name, async () => {
    const cluster = await testCluster();
    make(cluster);
    return { target: targetOf(cluster), pool: 'web', advance: (ms) => cluster.clock.advance(ms * 40), close: cluster.close };
  });

  targetFaultContract(name, async () => {
    const cluster = await testCluster();
    make(cluster);
    const effects = journal(cluster.server, field);
    const under: FaultyTargetUnderTest & { target: FaultyTargetUnderTest['target'] } = {
      ...armable(cluster),
      target: targetOf(cluster),
      pool: 'web',
      effects: () => effects,
      advance: (ms) => cluster.clock.advance(ms),
      async restart() {
        under.target = targetOf(cluster);
      },
      close: cluster.close,
    };
    return under;
  });
}
