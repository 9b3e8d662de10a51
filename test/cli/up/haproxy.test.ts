import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { noHaproxy, startHaproxy } from '../../adapters/haproxy/support.ts';
import { SERVICE, ask, poolSettings } from '../../adapters/local/support.ts';
import { killStarted, runCli } from '../process.ts';
import { until } from '../../until.ts';

after(killStarted);

test(
  'up: serves a pool behind HAProxy, and sees its load there',
  { timeout: 90_000, ...(noHaproxy === undefined ? {} : { skip: noHaproxy }) },
  async (t) => {
    const haproxy = await startHaproxy();
    t.after(() => haproxy.close());
    const file = join(dirname(haproxy.socket), 'forescale.yaml');
    const { from, to } = poolSettings().portRange;
    writeFileSync(
      file,
      `pools:
  web:
    interval: 1s
    review: 1s
    capacity: { requestsPerSecond: 5 }
    replicas: { min: 1, max: 4 }
    target: { kind: haproxy, socket: ${haproxy.socket}, backend: web, command: [${process.execPath}, ${SERVICE}],
              healthPath: /healthz, portRange: { from: ${from}, to: ${to} } }
`,
    );
    const run = runCli(['up', '--config', file, '--json', '--inspector', 'off']);
    await until(async () => (await ask(haproxy.url)).status === 200, 'it serves', 30_000);
    const end = new AbortController();
    const load = (async () => {
      while (!end.signal.aborted) {
        await Promise.all(Array.from({ length: 5 }, () => ask(haproxy.url)));
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    })();
    await until(async () => (await haproxy.api.ask('show stat web 4 -1')).split('\n').length >= 3, 'it scales up', 40_000);
    end.abort();
    await load;
    run.child.kill('SIGTERM');
    assert.equal((await run.exited).code, 0, run.errors.join('\n'));
    assert.deepEqual(run.living(), []);
  },
);
