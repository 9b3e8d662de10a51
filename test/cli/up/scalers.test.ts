/** Custom resources as pools: `up` with a real watch on the bundled API server. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { RECOMMENDED, type Rule } from '../../../sim/kubernetes/access-rules.ts';
import type { ApiServer } from '../../../sim/kubernetes/api-server.ts';
import { KINDS, type KubeObject } from '../../../sim/kubernetes/objects.ts';
import { cli, killStarted, runCli } from '../process.ts';
import { kubeconfig, startApi, startService } from './bundled-cluster.ts';
import { until } from '../../until.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-scalers-'));
after(() => {
  killStarted();
  rmSync(folder, { recursive: true, force: true });
});

const RULES: readonly Rule[] = [
  ...RECOMMENDED,
  { verbs: ['get', 'list', 'watch'], resources: ['predictivescalers'] },
  { verbs: ['patch'], resources: ['predictivescalers/status'] },
];
const kindOf = (name: string) => {
  const kind = KINDS.find((one) => one.kind === name);
  assert.ok(kind !== undefined);
  return kind;
};
const SCALER = kindOf('PredictiveScaler');
const DEPLOYMENT = kindOf('Deployment');

const create = (api: ApiServer, name: string, spec: Record<string, unknown>): KubeObject =>
  api.create({ apiVersion: 'forescale.io/v1alpha1', kind: 'PredictiveScaler', metadata: { name }, spec });
const edit = (api: ApiServer, name: string, spec: Record<string, unknown>): void => {
  const object = api.store.get(SCALER, 'default', name);
  assert.ok(object !== undefined);
  api.store.put(SCALER, { ...object, spec });
};

interface Status {
  readonly conditions?: readonly { type: string; status: string; reason: string; message: string; observedGeneration: number }[];
  readonly replicas?: number;
  readonly wantedReplicas?: number;
  readonly confidence?: number;
  readonly lastDecision?: { id: string; time: string; winner: string; reason: string };
}
const statusOf = (api: ApiServer, name: string): Status => api.store.get(SCALER, 'default', name)?.status ?? {};
const conditionOf = (api: ApiServer, name: string, type: string) => statusOf(api, name).conditions?.find((one) => one.type === type);

test(
  'predictive scalers: a spec becomes a pool, a wrong one a condition in the words of the check; what goes leaves its workload alone',
  {
    timeout: 180_000,
  },
  async () => {
    const { api, close } = startApi(RULES);
    const url = await api.listen();
    const service = await startService();
    for (const name of ['web', 'api'])
      api.create({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name },
        spec: { replicas: 1, selector: { matchLabels: { app: name } } },
      });
    const pool = { interval: '1s', capacity: { requestsPerSecond: 10 }, replicas: { min: 2, max: 3 }, autonomy: { level: 'full' } };
    const sources = [{ scrape: { urls: [service.url], requests: { metric: 'requests_total' } } }];
    const specOf = (name: string, more: object = {}) => ({
      ...pool,
      target: { kind: 'kubernetes', workload: `Deployment/${name}` },
      ...more,
    });
    create(api, 'web', specOf('web', { sources }));
    create(api, 'api', specOf('api', { replicas: { min: 7, max: 3 }, objective: 7, review: 'soon' }));
    const config = join(folder, 'forescale.yaml');
    writeFileSync(
      config,
      JSON.stringify({ inspector: { listen: 'off' }, predictiveScalers: { kubeconfig: kubeconfig(folder, url) }, pools: {} }),
    );
    const up = runCli(['up', '--json', '--verbose', '--config', config]);
    const told = (): string => [...up.errors, ...up.lines.filter((line) => /"(warn|error)"/.test(line))].slice(-20).join('\n');
    const replicasOf = (name: string): unknown => api.store.get(DEPLOYMENT, 'default', name)?.spec['replicas'];
    const when = (isSo: () => boolean): Promise<void> =>
      until(isSo, 'a wait', 60_000).catch((error: unknown) => assert.fail(`${String(error)}\n${told()}`));
    try {
      // The wrong one, in the same words as the check, and none of its workload was touched.
      await when(() => conditionOf(api, 'api', 'Accepted')?.status === 'False');
      const accepted = conditionOf(api, 'api', 'Accepted');
      assert.equal(accepted?.reason, 'InvalidSpec');
      const wrong = join(folder, 'wrong.yaml');
      const said = async (spec: object): Promise<readonly string[]> => {
        writeFileSync(wrong, JSON.stringify({ pools: { api: spec } }));
        return [...(await cli(['check', wrong])).err.matchAll(/pools\.api\.(.*)/g)].map(([, text = '']) => text);
      };
      assert.deepEqual(
        accepted?.message.split('\n'),
        (await said(specOf('api', { replicas: { min: 7, max: 3 }, objective: 7, review: 'soon' }))).map((text) => `spec.${text}`),
      );
      assert.match(accepted?.message ?? '', /^spec\.objective: wanted [^\n]*\nspec\.review: wanted a duration/);

      // The right one is a pool that acts.
      await when(() => replicasOf('web') === 2);
      await when(() => statusOf(api, 'web').replicas === 2 && conditionOf(api, 'web', 'Planning')?.status === 'True');
      const { conditions, confidence, lastDecision, wantedReplicas } = statusOf(api, 'web');
      assert.deepEqual(
        conditions?.map(({ type, status }) => [type, status]),
        [
          ['Accepted', 'True'],
          ['Planning', 'True'],
        ],
      );
      assert.equal(wantedReplicas, 2);
      assert.ok(confidence !== undefined && confidence >= 0 && confidence <= 1);
      assert.match(lastDecision?.id ?? '', /^web\//);
      assert.equal(replicasOf('api'), 1);

      // The next fault shows only when the first is gone; then it is a pool, too.
      edit(api, 'api', specOf('api', { replicas: { min: 7, max: 3 } }));
      await when(() => conditionOf(api, 'api', 'Accepted')?.message === 'spec.replicas.min: wanted at most 3, the maximum, found 7');
      edit(api, 'api', specOf('api', { sources }));
      await when(() => replicasOf('api') === 2);
      await when(() => conditionOf(api, 'api', 'Planning')?.status === 'True');
      assert.equal(conditionOf(api, 'api', 'Accepted')?.observedGeneration, 3);
      // The other pool went on where it was: its actions are counted on, not begun anew.
      await when(() => Number(/^web\/(\d+)$/.exec(statusOf(api, 'web').lastDecision?.id ?? '')?.[1] ?? 0) > 3);

      // Gone: its pool stops, its workload stays as it is, whoever changes it.
      api.store.delete(SCALER, 'default', 'web');
      await when(() => up.lines.filter((line) => line.includes('"started"')).length === 3);
      const web = api.store.get(DEPLOYMENT, 'default', 'web');
      assert.equal(web?.spec['replicas'], 2);
      api.store.put(DEPLOYMENT, { ...web, spec: { ...web.spec, replicas: 1 } });
      const before = statusOf(api, 'api').lastDecision?.id;
      api.store.put(DEPLOYMENT, { ...(api.store.get(DEPLOYMENT, 'default', 'api') as KubeObject), spec: { ...web.spec, replicas: 3 } });
      await when(() => statusOf(api, 'api').replicas === 3 && statusOf(api, 'api').lastDecision?.id !== before);
      assert.equal(replicasOf('web'), 1);

      up.child.kill('SIGTERM');
      assert.equal((await up.exited).code, 0, told());
      // Nothing was written but statuses and the workloads of pools, and nothing was ever deleted.
      const writes = new Set(api.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`));
      for (const write of writes)
        assert.match(write, /^(POST .*selfsubjectaccessreviews|PATCH .*\/(predictivescalers\/(web|api)\/status|deployments\/(web|api)))$/);
    } finally {
      killStarted();
      await service.close();
      await close();
    }
  },
);

test('predictive scalers: what cannot be beside them is refused before anything is started', async () => {
  const check = async (config: object): Promise<string> => {
    const file = join(folder, 'check.yaml');
    writeFileSync(file, JSON.stringify(config));
    return (await cli(['check', file])).err;
  };
  assert.match(await check({ pools: {} }), /pools: wanted at least one pool, or `predictiveScalers`/);
  const local = { web: { capacity: { requestsPerSecond: 1 } } };
  assert.match(await check({ predictiveScalers: {}, pools: local }), /pools\.web.*a target that outlives the node/);
  assert.match(
    await check({ predictiveScalers: { resync: '1s' }, pools: {} }),
    /predictiveScalers\.resync: wanted from 1m to 1d, found 1s/,
  );
});
