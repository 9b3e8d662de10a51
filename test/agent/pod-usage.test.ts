/** The metrics API of a cluster as a source, on a fake API server over real HTTP. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPodUsage, parseGoDuration, readPodMetrics } from '../../src/adapters/kubernetes/pod-usage.ts';
import { createPodUsageSource } from '../../src/agent/pod-usage-source.ts';
import type { SourceSettings } from '../../src/config/source-settings.ts';
import { ALMIGHTY, type Rule } from '../../sim/kubernetes/access-rules.ts';
import type { MeasuredPod } from '../../sim/kubernetes/pod-metrics.ts';
import { testCluster, type TestCluster } from '../adapters/kubernetes/support.ts';
import { createSetClock, createWorld } from './world.ts';
import { until } from '../until.ts';

const START_MS = 1_700_000_040_000;
const INTERVAL_MS = 60_000;
const EVERY_MS = 15_000;
const MIB = 2 ** 20;
const kind = { name: 'kubernetes', selector: 'app=web', container: undefined, everyMs: EVERY_MS } as const;
const web: SourceSettings = { pool: 'web', intervalMs: INTERVAL_MS, latenessMs: 0, kind };

function measured(atMs: number, cores: number, memoryBytes: number, windowMs = EVERY_MS): MeasuredPod {
  return { atMs, windowMs, containers: { app: { cores, memoryBytes }, sidecar: { cores: 0.25, memoryBytes: 32 * MIB } } };
}

function addPod(cluster: TestCluster, name: string, app = 'web'): void {
  cluster.server.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app } }, spec: {} });
}

/** A source at work, and a way to let one reading pass at a time. */
async function source(cluster: TestCluster, rules: readonly Rule[] = ALMIGHTY, container?: string) {
  const clock = createSetClock(START_MS);
  const world = createWorld(clock);
  const { client } = cluster.connect(rules);
  const usage = createPodUsage(client, { namespace: 'default', selector: 'app=web', container });
  const reads = () => cluster.server.requests.filter(({ path }) => path.includes('metrics.k8s.io')).length;
  const running = createPodUsageSource(web, kind, usage, world.context);
  await running.start();
  return {
    world,
    running,
    async turn(atMs: number, pods: Readonly<Record<string, MeasuredPod>>): Promise<void> {
      cluster.server.measuredPods = new Map(Object.entries(pods));
      clock.ms = atMs;
      const before = reads();
      // One that was under way may have been answered before.
      await until(() => reads() >= before + 3, 'another reading');
    },
  };
}

test('kubernetes source: CPU and memory of each pod, by interval, from the windows of the metrics API', async () => {
  const cluster = await testCluster();
  try {
    for (const name of ['web-a', 'web-b']) addPod(cluster, name);
    addPod(cluster, 'other', 'api');
    const { world, running, turn } = await source(cluster);
    for (let i = 0; i <= 9; i += 1) {
      const atMs = START_MS + i * EVERY_MS;
      await turn(atMs, {
        'web-a': measured(atMs, i <= 4 ? 0.25 : 0.75, 64 * MIB),
        'web-b': measured(atMs, 1, 128 * MIB),
        other: measured(atMs, 9, MIB),
      });
    }
    await running.stop();
    const told = (producer: string) => world.observations.filter((one) => one.producer === producer);
    assert.deepEqual(
      told('web-a').map(({ intervalStartMs, load }) => [
        intervalStartMs - START_MS,
        load.requests,
        load.cpuSeconds,
        load.memoryBytes / MIB,
      ]),
      [
        [0, 0, 30, 96],
        [INTERVAL_MS, 0, 60, 96],
      ],
    );
    assert.deepEqual(
      told('web-b').map(({ load }) => [load.cpuSeconds, load.memoryBytes / MIB]),
      [
        [75, 160],
        [75, 160],
      ],
    );
    assert.deepEqual(told('other'), []);
    assert.ok(world.counted('forescale_agent_samples_total{source="kubernetes"}') >= 20);
  } finally {
    await cluster.close();
  }
});

test('kubernetes source: one container can be named, and a pod that is gone says goodbye while one that was not measured does not', async () => {
  const cluster = await testCluster();
  try {
    for (const name of ['web-a', 'web-b', 'web-c']) addPod(cluster, name);
    const { world, running, turn } = await source(cluster, ALMIGHTY, 'app');
    const at = (i: number) => START_MS + i * EVERY_MS;
    const all = (i: number) => ({ 'web-a': measured(at(i), 1, MIB), 'web-b': measured(at(i), 1, MIB), 'web-c': measured(at(i), 1, MIB) });
    for (let i = 0; i <= 5; i += 1) await turn(at(i), all(i));
    const pods = cluster.server.store;
    const podKind = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', hasScale: false, isWorkload: false };
    pods.delete(podKind, 'default', 'web-b');
    // web-c lives, and was missed by the cluster this time.
    await turn(at(6), { 'web-a': measured(at(6), 1, MIB) });
    await running.stop();
    const goodbyes = world.observations.filter(({ final }) => final === true);
    assert.deepEqual(
      goodbyes.map(({ producer, intervalStartMs, load }) => [producer, intervalStartMs - START_MS, load.cpuSeconds]),
      [['web-b', INTERVAL_MS, 15]],
    );
    assert.equal(world.observations.find(({ producer }) => producer === 'web-a')?.load.cpuSeconds, 60);
  } finally {
    await cluster.close();
  }
});

test('kubernetes source: no metrics API, no right to it, and readings of the future are counted, and nothing is told', async () => {
  const cluster = await testCluster();
  try {
    addPod(cluster, 'web-a');
    const without = await source(cluster);
    await until(() => without.world.counted('forescale_agent_refused_total{source="kubernetes",reason="unreachable"}') >= 1, 'none there');
    await without.running.stop();
    const listOnly = await source(cluster, [{ verbs: ['list'], resources: ['pods'] }]);
    await listOnly.turn(START_MS, { 'web-a': measured(START_MS, 1, MIB) });
    assert.ok(listOnly.world.counted('forescale_agent_refused_total{source="kubernetes",reason="unreachable"}') >= 1);
    await listOnly.running.stop();
    const future = await source(cluster);
    await future.turn(START_MS, { 'web-a': measured(START_MS + 3_600_000, 1, MIB) });
    assert.ok(future.world.counted('forescale_agent_refused_total{source="kubernetes",reason="future"}') >= 1);
    await future.running.stop();
    for (const { world } of [without, listOnly, future]) assert.deepEqual(world.observations, []);
  } finally {
    await cluster.close();
  }
});

test('kubernetes source: what a server tells that is no PodMetrics is left out, never a number that is none', () => {
  const pod = (over: object) => ({
    metadata: { name: 'web-a' },
    timestamp: '2026-11-24T02:48:03Z',
    window: '15.034s',
    containers: [{ name: 'app', usage: { cpu: '12345678n', memory: '1388Ki' } }],
    ...over,
  });
  const read = (...items: unknown[]) => readPodMetrics({ kind: 'PodMetricsList', items }, undefined);
  assert.deepEqual(read(pod({})), {
    ok: true,
    value: [{ pod: 'web-a', atMs: Date.UTC(2026, 10, 24, 2, 48, 3), windowMs: 15_034, cores: 0.012345678, memoryBytes: 1_388 * 1_024 }],
  });
  const broken = [
    pod({ timestamp: 'yesterday' }),
    pod({ window: '-15s' }),
    pod({ window: 15 }),
    pod({ containers: [] }),
    pod({ containers: [{ name: 'app', usage: { cpu: '-1', memory: '1Ki' } }] }),
    pod({ containers: [{ name: 'app', usage: { cpu: 'much', memory: '1Ki' } }] }),
    pod({ containers: [{ name: 'app', usage: { cpu: '1' } }] }),
    pod({ metadata: {} }),
    null,
    7,
  ];
  assert.deepEqual(read(...broken), { ok: true, value: [] });
  assert.ok(!readPodMetrics({ kind: 'Status' }, undefined).ok);
  assert.deepEqual(['15s', '1m0.5s', '1h', '20.154s', '300ms', '0s', '15', ''].map(parseGoDuration), [
    15_000,
    60_500,
    3_600_000,
    20_154,
    300,
    undefined,
    undefined,
    undefined,
  ]);
});
