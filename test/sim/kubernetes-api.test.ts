import { after, before } from 'node:test';
import { ALMIGHTY } from '../../sim/kubernetes/access-rules.ts';
import type { KubernetesClient } from '../../src/adapters/kubernetes/client.ts';
import { testCluster, type TestCluster } from '../adapters/kubernetes/support.ts';
import { kubernetesApiContract } from '../contracts/kubernetes-api.ts';

let cluster: TestCluster;
let admin: KubernetesClient;
before(async () => {
  cluster = await testCluster();
  admin = cluster.connect(ALMIGHTY).client;
});
after(() => cluster.close());

kubernetesApiContract('fake', () => admin);
