import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testService } from '../../adapters/aws/ecs-support.ts';
import { testGroup } from '../../adapters/aws/support.ts';
import { openDesk } from '../../adapters/command/support.ts';
import { noEngine, startEngine } from '../../adapters/docker/support.ts';
import { startSystem } from '../../adapters/webhook/system.ts';
import { cli, killStarted, runCli } from '../process.ts';

const SCALER = fileURLToPath(new URL('../../adapters/command/scaler.mjs', import.meta.url));
after(killStarted);

const config = (target: string): string => `pools:
  web:
    interval: 1s
    review: 1s
    capacity: { requestsPerSecond: 50 }
    replicas: { min: 3, max: 6 }
    autonomy: { level: full }
    target: ${target}
`;

test('up: a pool that a program scales is brought to its minimum by it', { timeout: 60_000 }, async (t) => {
  const desk = openDesk();
  t.after(() => desk.close());
  const file = join(desk.folder, 'forescale.yaml');
  writeFileSync(file, config(`{ kind: command, command: [${process.execPath}, ${SCALER}], workingDirectory: ${desk.folder} }`));
  const { out, code } = await cli(['check', file]);
  assert.equal(code, 0, out);
  const run = runCli(['up', '--config', file, '--for', '12s', '--json', '--inspector', 'off']);
  assert.equal((await run.exited).code, 0, run.errors.join('\n'));
  assert.deepEqual(desk.effects(), [3]);
  assert.deepEqual(run.living(), []);
});

test(
  'up: a pool behind a webhook is brought to its minimum, and its secret is in no line that is written',
  { timeout: 60_000 },
  async (t) => {
    const system = await startSystem();
    t.after(() => system.close());
    const desk = openDesk();
    t.after(() => desk.close());
    const file = join(desk.folder, 'forescale.yaml');
    writeFileSync(file, config(`{ kind: webhook, url: "${system.url}", secretEnv: SCALER_SECRET }`));
    const missing = await cli(['up', '--config', file, '--for', '1s']);
    assert.match(missing.err, /pools\.web\.target\.secretEnv: wanted the environment variable SCALER_SECRET, found none/);
    assert.equal(missing.code, 2);
    const run = runCli(['up', '--config', file, '--for', '12s', '--json', '--inspector', 'off'], { SCALER_SECRET: 'hush-hush' });
    assert.equal((await run.exited).code, 0, run.errors.join('\n'));
    assert.deepEqual(system.effects, [3]);
    assert.doesNotMatch([...run.lines, ...run.errors].join('\n'), /hush-hush/);
  },
);

test('up: an Auto Scaling group is brought to its minimum, with the credentials of the environment', { timeout: 60_000 }, async (t) => {
  const { server, group, close } = await testGroup();
  t.after(close);
  const desk = openDesk();
  t.after(() => desk.close());
  const file = join(desk.folder, 'forescale.yaml');
  writeFileSync(file, config(`{ kind: aws, group: web-asg, region: eu-west-1, endpoint: "${server.endpoint}" }`));
  const secrets = { AWS_ACCESS_KEY_ID: 'AKIAHUSH', AWS_SECRET_ACCESS_KEY: 'hush-hush' };
  const run = runCli(['up', '--config', file, '--for', '12s', '--json', '--inspector', 'off'], secrets);
  assert.equal((await run.exited).code, 0, run.errors.join('\n'));
  assert.deepEqual(group.effects, [3]);
  assert.doesNotMatch([...run.lines, ...run.errors].join('\n'), /hush-hush|AKIAHUSH/);
});

test('up: an ECS service is brought to its minimum', { timeout: 60_000 }, async (t) => {
  const { server, service, close } = await testService();
  t.after(close);
  const desk = openDesk();
  t.after(() => desk.close());
  const file = join(desk.folder, 'forescale.yaml');
  writeFileSync(file, config(`{ kind: ecs, cluster: shop, service: web, region: eu-west-1, endpoint: "${server.endpoint}" }`));
  const secrets = { AWS_ACCESS_KEY_ID: 'AKIAHUSH', AWS_SECRET_ACCESS_KEY: 'hush-hush' };
  const run = runCli(['up', '--config', file, '--for', '12s', '--json', '--inspector', 'off'], secrets);
  assert.equal((await run.exited).code, 0, run.errors.join('\n'));
  assert.deepEqual(service.effects, [3]);
  assert.doesNotMatch([...run.lines, ...run.errors].join('\n'), /hush-hush|AKIAHUSH/);
});

test(
  'up: containers are run to the minimum, and stay when the node stops',
  noEngine === undefined ? { timeout: 120_000 } : { skip: noEngine },
  async (t) => {
    const engine = await startEngine();
    t.after(() => engine.close());
    const desk = openDesk();
    t.after(() => desk.close());
    const file = join(desk.folder, 'forescale.yaml');
    const { image, command, network, portRange, healthPath, mounts, ulimits } = engine.settings();
    const target = { kind: 'docker', engine: engine.socket, image, command, network, portRange, healthPath, mounts, ulimits };
    writeFileSync(file, config(JSON.stringify(target)));
    const run = runCli(['up', '--config', file, '--for', '15s', '--json', '--inspector', 'off']);
    assert.equal((await run.exited).code, 0, run.errors.join('\n'));
    assert.deepEqual(engine.names(), ['forescale.web.1', 'forescale.web.2', 'forescale.web.3']);
    assert.match(engine.podman('ps', '--format', '{{.Status}}'), /^(Up .*\n){3}$/);
  },
);
