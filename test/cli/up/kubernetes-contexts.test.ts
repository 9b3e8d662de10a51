/** Pools of several clusters on one node: each by the context of a kubeconfig that its target names. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createRandom } from '../../../src/adapters/system/random.ts';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import { createRemoteTargets } from '../../../src/cli/up/targets.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { silentLog } from '../../../src/ports/log.ts';
import { RECOMMENDED } from '../../../sim/kubernetes/access-rules.ts';
import { ApiServer } from '../../../sim/kubernetes/api-server.ts';
import { runWorkloads } from '../../../sim/kubernetes/workload-controller.ts';
import { KINDS, replicasOf } from '../../../sim/kubernetes/objects.ts';
import { until } from '../../until.ts';

const clock = createSystemClock();
const DEPLOYMENT = KINDS.find(({ kind }) => kind === 'Deployment') ?? assert.fail();

async function startServer(t: TestContext, token: string): Promise<{ readonly api: ApiServer; readonly server: string }> {
  const api = new ApiServer({ clock, tokens: new Map([[token, { name: 'forescale', rules: RECOMMENDED }]]) });
  const stop = runWorkloads({ store: api.store, clock, readyMs: 10 });
  t.after(async () => {
    stop();
    await api.close();
  });
  for (const name of ['web', 'api'])
    api.create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: { replicas: 1, selector: { matchLabels: { app: name } } },
    });
  return { api, server: (await api.listen()).href };
}

test('kubernetes contexts: pools of two clusters act on their own only, with its credentials; those of one share its watch', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-contexts-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const east = await startServer(t, 'token-east');
  const west = await startServer(t, 'token-west');
  const file = join(folder, 'kubeconfig');
  const named = { east, west };
  const of = Object.entries(named);
  writeFileSync(
    file,
    JSON.stringify({
      'current-context': 'east',
      clusters: of.map(([name, { server }]) => ({ name, cluster: { server } })),
      users: of.map(([name]) => ({ name, user: { token: `token-${name}` } })),
      contexts: of.map(([name]) => ({ name, context: { cluster: name, user: name, namespace: 'default' } })),
    }),
  );
  const target = (workload: string, context?: string) => ({
    kind: 'kubernetes',
    workload: `Deployment/${workload}`,
    kubeconfig: file,
    context,
  });
  const pool = { capacity: { requestsPerSecond: 10 } };
  const targets = { east: target('web'), west: target('web', 'west'), 'west-api': target('api', 'west') };
  const pools = Object.fromEntries(Object.entries(targets).map(([name, one]) => [name, { ...pool, target: one }]));
  const parsed = parseConfig(JSON.stringify({ pools }), 'contexts');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const remote = createRemoteTargets(parsed.settings.pools, { clock, random: createRandom('contexts'), log: silentLog });
  t.after(() => remote.stop());
  await remote.start();
  const scale = async (name: string, replicas: number): Promise<void> => {
    const scaled = await remote.of(name)?.scale({ pool: name, replicas, expectedReplicas: 1, generation: 2 });
    assert.ok(scaled?.ok, JSON.stringify(scaled));
  };
  await scale('west', 3);
  await scale('west-api', 2);
  const countsOf = ({ api }: typeof east): readonly number[] =>
    ['web', 'api'].map((name) => replicasOf(api.store.get(DEPLOYMENT, 'default', name) ?? assert.fail()));
  assert.deepEqual(
    [countsOf(east), countsOf(west)],
    [
      [1, 1],
      [3, 2],
    ],
  );
  await scale('east', 2);
  assert.deepEqual(
    [countsOf(east), countsOf(west)],
    [
      [2, 1],
      [3, 2],
    ],
  );
  const watches = ({ api }: typeof east): number =>
    api.requests.filter(({ isWatch, path }) => isWatch && path.endsWith('/deployments')).length;
  for (const name of Object.keys(targets)) assert.ok((await remote.of(name)?.get(name))?.ok);
  await until(() => watches(east) > 0 && watches(west) > 0, 'the watches', 10_000);
  assert.deepEqual([watches(east), watches(west)], [1, 1]);
});
