/** `forescale up` on a real cluster: pools that are custom resources, and the metrics that a real HPA scales by. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { createServer as createHttp } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parseDocument } from 'yaml';
import { at, listAt, textAt, type JsonObject } from '../../src/adapters/kubernetes/json.ts';
import { runCli, type Running } from '../cli/process.ts';
import { manifestFile, registerMetrics } from './aggregation.ts';
import type { ControlPlane } from './control-plane.ts';
import { clock, createWorkload, DEPLOYMENTS, get, HPAS, post, removeWorkload } from './world.ts';

const SCALERS = '/apis/forescale.io/v1alpha1/namespaces/default/predictivescalers';
const WAIT_MS = 120_000;
const POOL = { interval: '1s', capacity: { requestsPerSecond: 10 }, replicas: { min: 2, max: 3 } };

export function upOnRealServer(plane: () => ControlPlane): void {
  let defined: Promise<unknown> | undefined;
  const define = (): Promise<unknown> => {
    const definition = parseDocument(manifestFile('predictivescalers.yaml')).toJS() as JsonObject;
    return (defined ??= post(plane(), '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition));
  };

  test('real kubernetes: a PredictiveScaler becomes a pool that scales, a wrong one is told so in its status', async (t) => {
    const names = ['scaler-1', 'scaler-2'];
    t.after(() => Promise.all(names.map((name) => removeWorkload(plane(), name))));
    await define();
    for (const name of names) await createWorkload(plane(), name, false);
    const up = await startUp(t, plane(), {});
    const sources = await startSources(t);
    const target = (name: string) => ({ kind: 'kubernetes', workload: `Deployment/${name}` });
    await createScaler(t, plane(), 'scaler-1', { ...POOL, autonomy: { level: 'full' }, target: target('scaler-1'), sources });
    await createScaler(t, plane(), 'scaler-2', { ...POOL, replicas: { min: 7, max: 3 }, target: target('scaler-2') });
    const condition = async (name: string, type: string): Promise<unknown> => {
      const conditions = listAt(await get(plane(), `${SCALERS}/${name}`), 'status', 'conditions');
      return conditions.find((one) => textAt(one, 'type') === type);
    };
    await untilSo(async () => textAt(await condition('scaler-2', 'Accepted'), 'status') === 'False', up, 'a refused spec');
    assert.match(textAt(await condition('scaler-2', 'Accepted'), 'message') ?? '', /spec\.replicas\.min: wanted at most 3/);
    await untilSo(async () => at(await get(plane(), `${DEPLOYMENTS}/scaler-1`), 'spec', 'replicas') === 2, up, 'two replicas');
    await untilSo(
      async () => {
        const status = at(await get(plane(), `${SCALERS}/scaler-1`), 'status');
        return at(status, 'replicas') === 2 && textAt(status, 'lastDecision', 'id')?.startsWith('scaler-1/') === true;
      },
      up,
      'a status with count and decision',
    );
    assert.equal(at(await get(plane(), `${DEPLOYMENTS}/scaler-2`), 'spec', 'replicas'), 1);
  });

  test('real kubernetes: a real HPA scales by forescale_replicas, through the aggregation of the API server', async (t) => {
    t.after(() => removeWorkload(plane(), 'metered-1'));
    await define();
    await createWorkload(plane(), 'metered-1', false);
    const port = await freePort();
    t.after(await registerMetrics(plane(), port));
    const serve = {
      externalMetrics: { listen: `127.0.0.1:${port}` },
      tls: { certFile: plane().file('external-metrics.crt'), keyFile: plane().file('external-metrics.key') },
    };
    const up = await startUp(t, plane(), { serve });
    const target = { kind: 'kubernetes', workload: 'Deployment/metered-1', mode: 'advise' };
    await createScaler(t, plane(), 'metered-1', { ...POOL, target, sources: await startSources(t) });
    const path = '/apis/external.metrics.k8s.io/v1beta1/namespaces/default/forescale_replicas?labelSelector=pool%3Dmetered-1';
    const value = async (): Promise<string | undefined> => {
      const read = await plane().admin.send({ method: 'GET', path, intent: 'read' });
      return read.ok ? textAt(read.value, 'items', 0, 'value') : read.error.message;
    };
    await untilSo(
      async () => (await value()) === '2',
      up,
      'a metric of 2 by the API server',
      async () => String(await value()),
    );
    const metric = { name: 'forescale_replicas', selector: { matchLabels: { pool: 'metered-1' } } };
    const metrics = [{ type: 'External', external: { metric, target: { type: 'AverageValue', averageValue: '1' } } }];
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'metered-1' };
    const spec = { minReplicas: 1, maxReplicas: 5, scaleTargetRef, metrics };
    const metadata = { name: 'metered-1', namespace: 'default' };
    await post(plane(), HPAS, { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata, spec });
    const hpa = async (): Promise<string> => JSON.stringify(at(await get(plane(), `${HPAS}/metered-1`), 'status'));
    await untilSo(async () => at(await get(plane(), `${DEPLOYMENTS}/metered-1`), 'status', 'readyReplicas') === 2, up, 'two pods', hpa);
  });
}

/** A node whose pools are the custom resources of the cluster. */
async function startUp(t: TestContext, plane: ControlPlane, more: object): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-up-'));
  const file = join(folder, 'forescale.yaml');
  const predictiveScalers = { namespace: 'default' };
  writeFileSync(file, JSON.stringify({ inspector: { listen: 'off' }, predictiveScalers, pools: {}, ...more }));
  const up = runCli(['up', '--json', '--verbose', '--config', file], { KUBECONFIG: plane.file('forescale.kubeconfig') });
  t.after(async () => {
    up.child.kill('SIGTERM');
    await up.exited;
    rmSync(folder, { recursive: true, force: true });
  });
  await untilSo(async () => up.lines.some((line) => line.includes('"started"')), up, 'the node starts');
  return up;
}

async function createScaler(t: TestContext, plane: ControlPlane, name: string, spec: object): Promise<void> {
  await post(plane, SCALERS, { apiVersion: 'forescale.io/v1alpha1', kind: 'PredictiveScaler', metadata: { name }, spec });
  t.after(() => plane.admin.send({ method: 'DELETE', path: `${SCALERS}/${name}`, intent: 'write' }));
}

async function untilSo(
  isSo: () => Promise<boolean>,
  up: Running,
  what: string,
  found: () => Promise<string> = async () => '',
): Promise<void> {
  const untilMs = clock.monotonicMs() + WAIT_MS;
  let isIt = false;
  while (!isIt && clock.monotonicMs() < untilMs) {
    isIt = await isSo();
    if (!isIt) await new Promise((resolve) => void clock.setTimer(500, () => resolve(undefined)));
  }
  const told = [...up.errors, ...up.lines.filter((line) => /"(warn|error)"/.test(line))].slice(-10).join('\n');
  if (!isIt) assert.fail(`${what}: not within ${WAIT_MS} ms; found ${await found()}\n${told}`);
}

/** A service that tells its load: about five requests a second. */
async function startSources(t: TestContext): Promise<readonly object[]> {
  const startMs = clock.monotonicMs();
  const server = createHttp((_request, response) => {
    response.end(`# TYPE requests_total counter\nrequests_total ${Math.floor((clock.monotonicMs() - startMs) / 200)}\n`);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  return [{ scrape: { urls: [url], requests: { metric: 'requests_total' } } }];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  return port;
}
