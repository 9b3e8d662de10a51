/** Sizes that plans ask for, the whole way: `up`, engine and action on the bundled API server, in real time. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import { RECOMMENDED } from '../../../sim/kubernetes/access-rules.ts';
import { runResizes } from '../../../sim/kubernetes/kubelet.ts';
import { KINDS, replicasOf } from '../../../sim/kubernetes/objects.ts';
import { containersOf } from '../../../sim/kubernetes/resize.ts';
import { killStarted, runCli } from '../process.ts';
import { kubeconfig, startApi, startService } from './bundled-cluster.ts';
import { until } from '../../until.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-resize-'));
after(() => {
  killStarted();
  rmSync(folder, { recursive: true, force: true });
});

const RULES = [...RECOMMENDED, { verbs: ['patch'], resources: ['pods/resize'] }];
const kindOf = (name: string) => KINDS.find(({ kind }) => kind === name) ?? assert.fail(name);

/** Five requests a second are three replicas of one core, or two of two cores, which are cheaper where a replica itself is dear. */
const POOL = {
  interval: '1s',
  capacity: { requestsPerSecond: 2 },
  replicas: { min: 1, max: 8 },
  autonomy: { level: 'full' },
  leadTime: { p50: '1s', p95: '1s' },
  reactive: { window: '5s' },
  scaleDown: { stabilizationWindow: '3s' },
  vertical: {
    size: { cpuMillicores: 1_000, memory: '1GB' },
    sizes: [{ cpuMillicores: 2_000, memory: '2GB' }],
    prices: { core: 0.1, replica: 1 },
    holdFor: '5s',
    apply: true,
  },
  target: { kind: 'kubernetes', workload: 'Deployment/web', mode: 'direct', size: { cpus: 1, memory: '1GB' } },
};

test(
  'up resizes: pods of a Deployment are made larger in place with the count as it is, and then they are fewer',
  { timeout: 120_000 },
  async () => {
    const { api, close } = startApi(RULES);
    const stopResizes = runResizes({ store: api.store, clock: createSystemClock(), resizeMs: 200 });
    const service = await startService();
    const kubeconfigFile = kubeconfig(folder, await api.listen());
    const resources = { requests: { cpu: '500m', memory: '500M' } };
    const template = { spec: { containers: [{ name: 'c', resources }] } };
    const spec = { replicas: 1, selector: { matchLabels: { app: 'web' } }, template };
    api.create({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec });
    const counts: number[] = [];
    api.store.subscribe(({ kind, object }) => {
      if (kind.isWorkload && replicasOf(object) !== counts.at(-1)) counts.push(replicasOf(object));
    });
    const sources = [{ pool: 'web', scrape: { urls: [service.url], requests: { metric: 'requests_total' } } }];
    const config = join(folder, 'forescale.yaml');
    const web = { ...POOL, target: { ...POOL.target, kubeconfig: kubeconfigFile } };
    writeFileSync(config, JSON.stringify({ inspector: { listen: 'off' }, sources, pools: { web } }));
    let isOver = false;
    const up = runCli(['up', '--json', '--verbose', '--config', config]);
    const told = (): string => [...up.errors, ...up.lines.filter((line) => /"(warn|error)"/.test(line))].slice(-20).join('\n');
    void up.exited.then(() => (isOver = true));
    const pods = () => api.store.all(kindOf('Pod'));
    const cpus = (): unknown[] => pods().map(({ spec: one }) => containersOf(one)[0]?.resources?.requests?.['cpu']);
    const when = (isSo: () => boolean, what: string): Promise<void> =>
      until(() => isOver || isSo(), what, 60_000).catch((error: unknown) =>
        assert.fail(`${String(error)}: ${counts.join(' ')}, ${cpus().join(' ')}\n${told()}`),
      );
    try {
      await when(() => cpus().length >= 3, 'three pods or more');
      await when(() => cpus().includes('2000m'), 'a pod of two cores');
      const before = counts.at(-1) ?? 0;
      const uids = new Set(pods().map(({ metadata }) => metadata.uid));
      assert.ok(before >= 3, `larger first: ${counts.join(' ')}`);
      await when(() => cpus().length === 2 && cpus().every((cpu) => cpu === '2000m'), 'two pods of two cores');
      assert.ok(
        pods().every(({ metadata }) => uids.has(metadata.uid)),
        'none was replaced',
      );
      up.child.kill('SIGTERM');
      assert.equal((await up.exited).code, 0, told());
    } finally {
      killStarted();
      stopResizes();
      await service.close();
      await close();
    }
  },
);
