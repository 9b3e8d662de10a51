import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/parse.ts';

const target = (lines: string): string => `pools:
  shop:
    capacity: { requestsPerSecond: 50 }
    target:
      ${lines.split('\n').join('\n      ')}
`;

function compiled(lines: string): unknown {
  const parsed = parseConfig(target(lines), 'f');
  return parsed.ok ? parsed.settings.pools[0]?.target : parsed.error.message;
}

test('config: a webhook names its secret, and its defaults are filled in', () => {
  assert.deepEqual(compiled('kind: webhook\nurl: https://a.example/scale\nsecretEnv: KEY\ncallback: { listen: "127.0.0.1:8090" }'), {
    kind: 'webhook',
    url: 'https://a.example/scale',
    timeoutMs: 10_000,
    secretEnv: 'KEY',
    callback: { host: '127.0.0.1', port: 8_090, freshMs: 30_000 },
  });
});

test('config: a command is a program with arguments', () => {
  assert.deepEqual(compiled('kind: command\ncommand: [python3, scale.py]\ntimeout: 3s'), {
    kind: 'command',
    command: ['python3', 'scale.py'],
    env: {},
    timeoutMs: 3_000,
  });
});

test('config: of a webhook and a command everything that is wrong is told', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['kind: webhook', /target\.url: wanted a string.*, found nothing/],
    ['kind: webhook\nurl: ftp://a', /target\.url: wanted .*, found "ftp:\/\/a"/],
    ['kind: webhook\nurl: https://me:pass@a.example', /target\.url: wanted/],
    ['kind: webhook\nurl: "http://a.example"\ntokenEnv: T', /target\.url: wanted https, since a token is sent/],
    ['kind: webhook\nurl: "http://a"\ncallback: { listen: "127.0.0.1:1" }', /secretEnv: wanted a secret, which callbacks are signed with/],
    [
      'kind: webhook\nurl: "http://a"\nsecretEnv: S\ncallback: { listen: "127.0.0.1:99999" }',
      /callback\.listen: wanted a port up to 65535/,
    ],
    ['kind: webhook\nurl: "http://a"\nsecret: hush', /target\.secret: .*found an unknown key/],
    ['kind: command', /target\.command: wanted .*, found nothing/],
    ['kind: command\ncommand: []', /target\.command: wanted/],
    ['kind: command\ncommand: [a]\ntimeout: 2m', /target\.timeout: wanted from 1ms to 25s/],
  ];
  for (const [lines, problem] of cases) assert.match(String(compiled(lines)), problem, lines);
});

test('config: haproxy is processes with another balancer', () => {
  const settings = compiled('kind: haproxy\nsocket: /run/h.sock\nbackend: web\ncommand: [node, x.js]');
  assert.ok(typeof settings === 'object' && settings !== null && 'haproxy' in settings && 'kind' in settings);
  assert.deepEqual([settings.kind, settings.haproxy], ['local', { socket: '/run/h.sock', backend: 'web', url: 'HAProxy, backend web' }]);
  for (const [lines, problem] of [
    ['kind: haproxy', /backend: wanted .*\n.*command: wanted .*/],
    ['kind: haproxy\nsocket: h.sock\nbackend: web\ncommand: [a]', /target\.socket: wanted/],
    ['kind: haproxy\nsocket: "127.0.0.1:99999"\nbackend: web\ncommand: [a]', /target\.socket: wanted a port from 1 to 65535/],
    ['kind: haproxy\nsocket: /h\nbackend: "a b"\ncommand: [a]', /target\.backend: wanted/],
    ['kind: haproxy\nsocket: /h\nbackend: web\ncommand: [a]\nlistenPort: 1', /listenPort: .*unknown key/],
  ] as const)
    assert.match(String(compiled(lines)), problem, lines);
});

test('config: an Auto Scaling group by its name', () => {
  assert.deepEqual(compiled('kind: aws\ngroup: web-asg\nregion: eu-west-1'), {
    kind: 'aws',
    group: 'web-asg',
    timeoutMs: 10_000,
    region: 'eu-west-1',
    scheduledActions: { leadMs: 600_000, floors: [] },
    warmPool: { share: 0, min: 1, max: 20, state: 'stopped', reuse: false },
  });
  assert.match(String(compiled('kind: aws')), /target\.group: wanted .*, found nothing/);
  assert.match(String(compiled('kind: aws\ngroup: g\nregion: Europe')), /target\.region: wanted/);
});

test('config: scheduled actions are floors of events that the pool has', () => {
  const pool = (scheduled: string): string => `pools:
  shop:
    capacity: { requestsPerSecond: 50 }
    replicas: { max: 30 }
    events: [{ name: sale, at: 2026-11-27T08:00Z, lasts: 4h }]
    target: { kind: aws, group: web-asg, scheduledActions: ${scheduled} }
`;
  const parsed = parseConfig(pool('{ leadTime: 15m, minReplicas: { sale: 20 } }'), 'f');
  const made = parsed.ok ? parsed.settings.pools[0]?.target : assert.fail(parsed.error.message);
  assert.ok(made?.kind === 'aws');
  assert.equal(made.scheduledActions.leadMs, 900_000);
  assert.deepEqual(
    made.scheduledActions.floors.map(({ event, minReplicas }) => [event.name, minReplicas]),
    [['sale', 20]],
  );
  const wrong = parseConfig(pool('{ leadTime: 2d, minReplicas: { sail: 20, sale: 31 } }'), 'f');
  const problems = wrong.ok ? '' : wrong.error.message;
  for (const problem of [
    /minReplicas\.sail: wanted the name of an event/,
    /minReplicas\.sale: wanted at most 30/,
    /leadTime: wanted at most 1d/,
  ])
    assert.match(problems, problem);
  const advised = compiled('kind: ecs\nservice: web\nmode: advise\nscheduledActions: { minReplicas: {} }');
  assert.match(String(advised), /scheduledActions: wanted nothing, since the mode advise/);
});

test('config: processes get bounds and a slow start; the demo cannot be bounded', () => {
  const read = compiled('kind: local\ncommand: [node, a.js]\ncpus: 0.5\nmemory: 256MiB\nslowStart: 30s');
  assert.ok(typeof read === 'object' && read !== null && 'bounds' in read && 'slowStartMs' in read);
  assert.deepEqual([read.bounds, read.slowStartMs], [{ cores: 0.5, memoryBytes: 256 * 2 ** 20 }, 30_000]);
  assert.match(String(compiled('kind: local\nmemory: 256MiB')), /target\.memory: wanted a command, which can be bounded, found the demo/);
});

test('config: headroom of a workload, between bounds that can be kept', () => {
  const lines = 'kind: kubernetes\nworkload: Deployment/web\nheadroom: ';
  const read = compiled(`${lines}{ share: 0.25, max: 5 }`);
  assert.ok(typeof read === 'object' && read !== null && 'headroom' in read);
  const image = 'registry.k8s.io/pause:3.10';
  assert.deepEqual(read.headroom, { by: 'pods', share: 0.25, min: 1, max: 5, priorityClass: 'forescale-headroom', image });
  assert.match(String(compiled(`${lines}{ min: 5, max: 2 }`)), /headroom\.min: wanted at most 2/);
  assert.match(String(compiled(`${lines}{ share: 2 }`)), /headroom\.share: wanted/);
});

test('config: size of pods in cores and bytes, of one of them at least', () => {
  const lines = 'kind: kubernetes\nworkload: Deployment/web\nsize: ';
  const read = compiled(`${lines}{ cpus: 0.5, memory: 512MiB }`);
  assert.ok(typeof read === 'object' && read !== null && 'sizing' in read);
  assert.deepEqual(read.sizing, { container: undefined, cores: 0.5, memoryBytes: 512 * 2 ** 20, by: 'pods' });
  assert.match(String(compiled(`${lines}{ by: rollout }`)), /target\.size: wanted cpus, memory or both, found neither/);
  assert.match(String(compiled(`${lines}{ cpus: 0 }`)), /target\.size\.cpus: wanted/);
});

test('config: an ECS service by its name', () => {
  const filled = {
    kind: 'ecs',
    service: 'web',
    cluster: 'default',
    mode: 'auto',
    timeoutMs: 10_000,
    scheduledActions: { leadMs: 600_000, floors: [] },
  };
  assert.deepEqual(compiled('kind: ecs\nservice: web'), filled);
  assert.match(String(compiled('kind: ecs\nservice: web\nmode: floor')), /target\.mode: wanted one of auto, direct, advise/);
  assert.match(String(compiled('kind: ecs\nservice: "a b"')), /target\.service: wanted/);
});

test('config: containers by their image, defaults filled in, and all that is wrong told', () => {
  assert.deepEqual(compiled('kind: docker\nimage: shop:7\ncpus: 0.5\nmemory: 256MiB\nengine: "127.0.0.1:2375"'), {
    kind: 'docker',
    engine: { host: '127.0.0.1', port: 2_375 },
    image: 'shop:7',
    env: {},
    labels: {},
    network: 'bridge',
    containerPort: 8_080,
    portRange: { from: 22_000, to: 22_999 },
    startTimeoutMs: 60_000,
    drainMs: 10_000,
    mounts: [],
    ulimits: {},
    minReplicas: 1,
    maxReplicas: 100,
    timeoutMs: 5_000,
    cpus: 0.5,
    memoryBytes: 256 * 2 ** 20,
  });
  for (const [lines, problem] of [
    ['kind: docker', /target\.image: wanted .*, found nothing/],
    ['kind: docker\nimage: a\nmemory: 1MiB', /target\.memory: wanted at least 6MiB/],
    ['kind: docker\nimage: a\nportRange: { from: 2000, to: 2001 }', /target\.portRange: wanted at least 100 ports/],
    ['kind: docker\nimage: a\ntimeout: 20s', /target\.timeout: wanted from 1ms to 6s/],
    ['kind: docker\nimage: a\nmounts: ["/usr"]', /target\.mounts.*: wanted/],
    ['kind: docker\nimage: a\nengine: "127.0.0.1:99999"', /target\.engine: wanted a port from 1 to 65535/],
  ] as const)
    assert.match(String(compiled(lines)), problem, lines);
});

test('config: a warm pool of a group, between bounds that can be kept; without the option none is kept', () => {
  const lines = 'kind: aws\ngroup: web\nwarmPool: ';
  const read = compiled(`${lines}{ share: 0.25, max: 5 }`);
  assert.ok(typeof read === 'object' && read !== null && 'warmPool' in read);
  assert.deepEqual(read.warmPool, { share: 0.25, min: 1, max: 5, state: 'stopped', reuse: false });
  assert.match(String(compiled(`${lines}{ min: 5, max: 2 }`)), /warmPool\.min: wanted at most 2/);
  const none = compiled('kind: aws\ngroup: web');
  assert.ok(typeof none === 'object' && none !== null && 'warmPool' in none);
  assert.deepEqual(none.warmPool, { share: 0, min: 1, max: 20, state: 'stopped', reuse: false });
});
