import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/parse.ts';

const good = `
pools:
  shop:
    interval: 1s
    horizons: [15s, 30s, 1m]
    capacity: { requestsPerSecond: 25 }
    replicas: { min: 1, max: 8 }
`;

function problemsOf(text: string): readonly string[] {
  const parsed = parseConfig(text, 'forescale.yaml');
  assert.ok(!parsed.ok, 'it was accepted');
  return parsed.error.problems.map(({ place, wanted, found }) => `${place} | ${wanted} | ${found}`);
}

test('config: what is not said gets the documented defaults', () => {
  const parsed = parseConfig(good, 'forescale.yaml');
  assert.ok(parsed.ok);
  const [pool] = parsed.settings.pools;
  assert.deepEqual(
    [pool?.pool, pool?.intervalMs, pool?.horizonsMs, pool?.lateAfterMs, pool?.trainEveryMs],
    ['shop', 1_000, [15_000, 30_000, 60_000], 500, 3_600_000],
  );
  assert.deepEqual(
    [pool?.planner.objective, pool?.planner.reviewMs, pool?.planner.staleAfterMs, pool?.planner.scaleDown.stabilizationWindowMs],
    [0.01, 1_000, 3_000, 300_000],
  );
  assert.ok(pool?.target.kind === 'local');
  assert.equal(pool.target.service.kind, 'demo');
  assert.equal(parsed.settings.root.replicasMax, Number.POSITIVE_INFINITY);
});

test('config: broken YAML names line and column', () => {
  assert.match(problemsOf('pools:\n  shop: [1, 2\n')[0] ?? '', /^forescale.yaml:\d+:\d+ \| YAML/);
});

test('config: all problems come at once, each at its line', () => {
  const said = problemsOf(`
pools:
  shop:
    intervall: 1s
    horizons: [0s, 90s, 30s]
    capacity: { requestsPerSecond: 0 }
    replicas: { min: -1, max: 2 }
    objective: 2
`);
  assert.equal(said.length, 4);
  assert.match(
    said.join('\n'),
    /forescale.yaml:4:5 pools.shop.intervall \| one of .*interval.* \| an unknown key; did you mean interval\?/,
  );
  assert.match(said.join('\n'), /forescale.yaml:6:17 pools.shop.capacity.requestsPerSecond/);
  assert.match(said.join('\n'), /forescale.yaml:7:17 pools.shop.replicas.min/);
  assert.match(said.join('\n'), /forescale.yaml:8:5 pools.shop.objective/);
});

test('config: a budget of cost needs prices, and money for the minima', () => {
  const pools = (price: string): string => `
pools:
  shop: { capacity: { cpuMillicores: 500 }, replicas: { min: 2 }${price} }
  web: { capacity: { cpuMillicores: 500 }, replicas: { min: 1 }, replicaCostPerHour: 0.1 }`;
  assert.match(problemsOf(`budget: { costPerHour: 1 }${pools('')}`).join('\n'), /pools.shop \| a replicaCostPerHour.* \| none/);
  const poor = problemsOf(`budget: { costPerHour: 0.4 }${pools(', replicaCostPerHour: 0.2')}`).join('\n');
  assert.match(poor, /budget.costPerHour \| at least 0.5, what the pools’ minima cost \| 0.4/);
  assert.match(
    problemsOf(`budget: { priorities: { web: 1 } }${pools('')}`).join('\n'),
    /budget \| replicas, costPerHour or both \| neither/,
  );
  const parsed = parseConfig(`budget: { costPerHour: 0.5 }${pools(', replicaCostPerHour: 0.2')}`, 'f.yaml');
  assert.ok(parsed.ok);
  const { replicasMax, costPerHourMax } = parsed.settings.root;
  assert.deepEqual([replicasMax, costPerHourMax], [Number.POSITIVE_INFINITY, 0.5]);
  assert.equal(parsed.settings.pools[0]?.replicaCostPerHour, 0.2);
});

test('config: contradictions are found', () => {
  const said = problemsOf(`
budget: { replicas: 3, priorities: { ghost: 1 } }
pools:
  shop:
    interval: 1m
    horizons: [0s, 90s]
    capacity: { cpuMillicores: 500 }
    replicas: { min: 5, max: 4 }
    leadTime: { p50: 3m, p95: 2m }
    target: { kind: local, command: [node, x.js], demo: {}, portRange: { from: 5000, to: 5001 } }
`).join('\n');
  assert.match(said, /budget.replicas \| at least 5, the sum/);
  assert.match(said, /budget.priorities.ghost/);
  assert.match(said, /horizons\[0\]/);
  assert.match(said, /horizons\[1\].*90s/);
  assert.match(said, /replicas.min \| at most 4, the maximum \| 5/);
  assert.match(said, /leadTime.p50 \| at most the p95 \(2m\) \| 3m/);
  assert.match(said, /portRange \| at least 4 ports/);
  assert.match(said, /either a command or the demo/);
});

for (const [what, text] of [
  ['an empty file', ''],
  ['no pools', 'pools: {}\n'],
  ['a list', '- a\n'],
  ['a text', 'hello\n'],
  ['no capacity', 'pools: { a: { interval: 1s } }\n'],
  ['an empty capacity', 'pools: { a: { capacity: {} } }\n'],
  ['a bad name', 'pools: { "a b": { capacity: { cpuMillicores: 1 } } }\n'],
  ['a pool twice', 'pools: { a: { capacity: { cpuMillicores: 1 } }, a: { capacity: { cpuMillicores: 2 } } }\n'],
  ['a second document', `${good}---\nmore: 1\n`],
  ['an unknown tag', 'pools: !secret { a: { capacity: { cpuMillicores: 1 } } }\n'],
  ['a pool called __proto__', 'pools: { __proto__: { capacity: { cpuMillicores: 1 } } }\n'],
  ['a size below nothing', 'pools: { a: { capacity: { memoryBytes: -1MiB } } }\n'],
  ['a duration without an end', 'pools: { a: { capacity: { cpuMillicores: 1 }, interval: .inf } }\n'],
  ['an interval that is no number', 'pools: { a: { capacity: { cpuMillicores: 1 }, interval: .nan } }\n'],
] as const) {
  test(`config: ${what} is refused`, () => {
    assert.ok(problemsOf(text).length > 0);
  });
}

test('config: durations and sizes are read with units, and as plain numbers', () => {
  const parsed = parseConfig(
    `
pools:
  a: { interval: 1500ms, horizons: [3s, 4500], capacity: { memoryBytes: 1.5GiB, networkBytesPerSecond: 10MB } }
  b: { interval: 60000, capacity: { memoryBytes: 1000000, cpuMillicores: 250 } }
`,
    'f',
  );
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  const [a, b] = parsed.settings.pools;
  assert.deepEqual([a?.intervalMs, a?.horizonsMs], [1_500, [3_000, 4_500]]);
  assert.deepEqual(a?.planner.replicaCapacity, { memoryBytes: 1.5 * 2 ** 30, networkBytesPerSecond: 10_000_000 });
  assert.deepEqual([b?.intervalMs, b?.planner.replicaCapacity], [60_000, { memoryBytes: 1_000_000, cpuMillicores: 250 }]);
});

test('config: defaults that follow the interval stay whole intervals, long ones too', () => {
  const parsed = parseConfig('pools: { a: { interval: 10m, capacity: { cpuMillicores: 1 } } }', 'f');
  assert.ok(parsed.ok);
  const [pool] = parsed.settings.pools;
  assert.deepEqual(pool?.horizonsMs, [600_000, 1_200_000]);
  assert.equal(pool?.trainEveryMs, 60 * 600_000);
});

test('config: settings are frozen to the bottom', () => {
  const parsed = parseConfig(good, 'f');
  assert.ok(parsed.ok);
  const [pool] = parsed.settings.pools;
  assert.ok(pool?.target.kind === 'local');
  for (const part of [parsed.settings, parsed.settings.pools, pool, pool.planner, pool.planner.scaleDown, pool.target.portRange])
    assert.ok(Object.isFrozen(part));
});

test('config: contradictions in time are found at their place', () => {
  const said = problemsOf(`
pools:
  shop:
    interval: 1m
    horizons: [10m, 5m]
    capacity: { cpuMillicores: 500 }
    review: 0s
    staleAfter: 30s
    producerTimeout: 1s
    trainEvery: 0s
    confirmEvery: 1ms
    scaleUp: { policies: [{ type: Pods, value: 1, period: 0s }] }
    scaleDown: { policies: [{ type: Percent, value: 10, period: 1m }, { type: Pods, value: 1, period: 31m }] }
    target: { kind: local, workingDirectory: /srv }
`).join('\n');
  for (const wanted of [
    /:5:21 pools.shop.horizons\[1\] \| more than the horizon before it \(10m\) \| 5m/,
    /review \| above 0/,
    /staleAfter \| at least the interval \| 30s/,
    /producerTimeout \| at least the interval \| 1s/,
    /trainEvery \| above 0/,
    /confirmEvery \| at least 10ms/,
    /scaleUp.policies\[0\].period \| above 0 and at most 30m \| 0s/,
    /scaleDown.policies\[1\].period \| above 0 and at most 30m \| 31m/,
    /workingDirectory \| a command that runs there/,
  ])
    assert.match(said, wanted);
});

test('config: aliases that would blow up are refused', () => {
  const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array.from({ length: 9 }, () => `*l${i}`).join(', ')}]`);
  assert.match(problemsOf(`l0: &l0 x\n${levels.join('\n')}\n`)[0] ?? '', /at most 100 aliases/);
});

test('config: a bad name of a pool is told with what a name is', () => {
  assert.match(
    problemsOf('pools: { "a b": { capacity: { cpuMillicores: 1 } } }')[0] ?? '',
    /pools\["a b"\] \| a key matching .* \| an unknown key/,
  );
});

test('config: more problems than are listed are counted', () => {
  const pools = Array.from({ length: 50 }, (_, i) => `  p${i}: { capacity: { cpuMillicores: 0 } }`);
  const parsed = parseConfig(`pools:\n${pools.join('\n')}\n`, 'f');
  assert.ok(!parsed.ok);
  assert.deepEqual([parsed.error.problems.length, parsed.error.count], [20, 50]);
});

const kubernetes = (target: string): string => `pools:
  shop:
    capacity: { requestsPerSecond: 50 }
    target:
      kind: kubernetes
      ${target}
`;

test('config: a workload of a cluster, with what follows from it', () => {
  const parsed = parseConfig(kubernetes('workload: Deployment/web'), 'f');
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  assert.deepEqual(parsed.settings.pools[0]?.target, {
    kind: 'kubernetes',
    apiVersion: 'apps/v1',
    workloadKind: 'Deployment',
    name: 'web',
    mode: 'auto',
    unschedulableAfterMs: 300_000,
  });
});

test('config: of a target only what its kind knows is told to be wrong', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [kubernetes('workload: web'), /^f:6:7 pools\.shop\.target\.workload: wanted a string matching .*, found "web"$/],
    [
      kubernetes('workload: Deployment/web\n      command: [node]'),
      /^f:7:7 pools\.shop\.target\.command: wanted one of kind, workload, .*, found an unknown key/,
    ],
    [kubernetes('workload: Widget/web'), /^f:4:5 pools\.shop\.target.apiVersion: wanted the version of a Widget, .*, found nothing$/],
    [
      kubernetes('mode: fast'),
      /target.workload: wanted .*, found nothing\n.*target.mode: wanted one of auto, direct, floor, advise, found "fast"$/,
    ],
    [
      'pools: { a: { capacity: { cpuMillicores: 1 }, target: { kind: kubernets } } }',
      /target\.kind: wanted one of local, .*kubernetes.*, found "kubernets"$/,
    ],
    ['pools: { a: { capacity: { cpuMillicores: 1 }, target: local } }', /target: wanted an object with a kind, found "local"$/],
    ['pools: { a: { capacity: { cpuMillicores: 1 }, target: {} } }', /target\.kind: wanted one of local, .*kubernetes.*, found nothing$/],
  ];
  for (const [text, problem] of cases) {
    const parsed = parseConfig(text, 'f');
    assert.match(parsed.ok ? 'taken' : parsed.error.message, problem);
  }
});

test('config: bounds by time and the HPA behaviour are compiled, and windows that cannot be kept are refused where they stand', () => {
  const text = (windows: string): string =>
    `${good}    scaleUp: { selectPolicy: Min, tolerance: 0.1 }\n`.replace('max: 8 }', `max: 8, windows: ${windows} }`);
  const parsed = parseConfig(
    text('[{ name: office, days: [mon, fri], from: "08:30", to: "18:00", timeZone: Europe/Berlin, min: 4 }]'),
    'f.yaml',
  );
  assert.ok(parsed.ok);
  const { planner } = parsed.settings.pools[0] ?? assert.fail();
  assert.deepEqual([planner.scaleUp.selectPolicy, planner.scaleUp.tolerance], ['Min', 0.1]);
  assert.deepEqual(planner.windows, [
    {
      name: 'office',
      days: ['mon', 'fri'],
      fromMinutes: 510,
      toMinutes: 1_080,
      timeZone: 'Europe/Berlin',
      minReplicas: 4,
      maxReplicas: null,
    },
  ]);
  assert.match(
    problemsOf(text('[{ name: rush, min: 9 }]')).join(),
    /windows\[0\] \| bounds that can be kept \| rush: min \(9\) must not be above its max \(8\)/,
  );
  assert.match(problemsOf(text('[{ name: rush, timeZone: Mars }]')).join(), /IANA time zone, got Mars/);
  assert.match(problemsOf(text('[{ name: rush, from: "25:00" }]')).join(), /from/);
});

test('config: a dead band that is given stands beside the usual one where it is silent, and shares that are none are refused', () => {
  const bandOf = (text: string) => {
    const parsed = parseConfig(`${good}    ${text}\n`, 'forescale.yaml');
    assert.ok(parsed.ok);
    return parsed.settings.pools[0]?.planner.deadBand;
  };
  assert.equal(bandOf('review: 1s'), undefined);
  assert.deepEqual(bandOf('deadBand: { up: 0.02, down: 0 }'), { up: 0.02, down: 0 });
  assert.deepEqual(bandOf('deadBand: { down: 0.01 }'), { up: 0.08, down: 0.01 });
  assert.match(problemsOf(`${good}    deadBand: { up: 1.5, down: -1 }\n`).join('\n'), /deadBand\.up .*\n.*deadBand\.down /);
  assert.match(problemsOf(`${good}    deadBand: { sideways: 1 }\n`).join('\n'), /an unknown key/);
});

test('config: how capacity is learned has its defaults, and contradictions are refused', () => {
  const pools = (capacity: string) => `pools:\n  web:\n    capacity: ${capacity}\n    costs: use\n`;
  const parsed = parseConfig(pools('{ requestsPerSecond: 50, learn: { eventLoopDelay: 100ms, most: 1.2 } }'), 'f');
  assert.ok(parsed.ok);
  const [pool] = parsed.settings.pools;
  assert.deepEqual(pool?.learnCapacity, { utilisation: 0.8, least: 0.5, most: 1.2, eventLoopDelayMs: 100 });
  assert.equal(pool?.costs, 'use');
  const refused = (learn: string, capacity = 'requestsPerSecond: 50') => problemsOf(pools(`{ ${capacity}, learn: ${learn} }`)).join('\n');
  assert.match(refused('{}'), /capacity.learn \| a limit: cpuMillicores or eventLoopDelay/);
  assert.match(refused('{ cpuMillicores: 1000 }', 'memoryBytes: 1GB'), /`requestsPerSecond` beside it/);
  assert.match(refused('{ eventLoopDelay: 0ms }'), /eventLoopDelay \| above 0/);
  assert.match(refused('{ cpuMillicores: 0 }'), /cpuMillicores \| a number > 0/);
  assert.match(refused('{ cpuMillicores: 1000, least: 1.5 }'), /least \| /);
  assert.match(refused('{ cpuMillicores: 1000, most: 0.5 }'), /most \| /);
});

test('config: sizes of replicas have their defaults, and prices that cannot be are refused', () => {
  const pools = (prices: string, more = '') =>
    `pools:\n  web:\n    capacity: { requestsPerSecond: 50 }\n    vertical: { size: { cpuMillicores: 1000, memory: 2GB }, sizes: [{ cpuMillicores: 2000, memory: 4GB }], prices: ${prices}${more} }\n`;
  const parsed = parseConfig(pools('{ core: 0.04 }'), 'f');
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.settings.pools[0]?.planner.vertical, {
    size: { cpuMillicores: 1_000, memoryBytes: 2e9 },
    sizes: [{ cpuMillicores: 2_000, memoryBytes: 4e9 }],
    prices: { core: 0.04, memoryGB: 0, replica: 0 },
    memoryMargin: 0.2,
    savingMin: 0.1,
    holdMs: 3_600_000,
  });
  assert.match(problemsOf(pools('{}')).join('\n'), /vertical.prices \| one price above 0 \| none/);
  assert.match(problemsOf(pools('{ core: -1 }')).join('\n'), /vertical.prices.core \| .* \| -1/);
  assert.match(problemsOf(pools('{ core: 1 }', ', memoryMargin: -1')).join('\n'), /vertical.memoryMargin \| /);
});

test('config: sizes are carried out only by a target that can, with a capacity that is not learned', () => {
  const pool = (target: string, learn = '') =>
    `pools:\n  web:\n    capacity: { requestsPerSecond: 50${learn} }\n    target: ${target}\n    vertical: { size: { cpuMillicores: 1000, memory: 2GB }, sizes: [{ cpuMillicores: 2000, memory: 4GB }], prices: { core: 1 }, apply: true }\n`;
  const docker = '{ kind: docker, image: web:1, cpus: 1, memory: 2GB }';
  const parsed = parseConfig(pool(docker), 'f');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  assert.equal(parsed.settings.pools[0]?.planner.vertical?.apply, true);
  const refused = (target: string, learn = '') => problemsOf(pool(target, learn)).join('\n');
  assert.match(refused('{ kind: docker, image: web:1, cpus: 1 }'), /vertical.apply \| `cpus` and `memory` of the target/);
  assert.match(
    refused('{ kind: local, command: [node, a.js] }'),
    /vertical.apply \| a target that resizes by plans \(docker, kubernetes\) \| local/,
  );
  assert.match(refused(docker, ', learn: { cpuMillicores: 1000 }'), /vertical.apply \| a capacity that is not learned/);
  const kubernetes = (size: string, more = 'mode: direct') => `{ kind: kubernetes, workload: Deployment/web, size: ${size}, ${more} }`;
  assert.deepEqual(parseConfig(pool(kubernetes('{ cpus: 1, memory: 2GB }')), 'f').ok, true);
  for (const [target, wanted] of [
    [kubernetes('{ cpus: 1 }'), /vertical.apply \| `size` of the target with `cpus` and `memory`, to begin with \| not both/],
    ['{ kind: kubernetes, workload: Deployment/web, mode: direct }', /vertical.apply \| `size` of the target/],
    [kubernetes('{ cpus: 1, memory: 2GB, by: rollout }'), /vertical.apply \| `size.by: pods` of the target.* \| rollout/],
    [kubernetes('{ cpus: 1, memory: 2GB }', 'mode: floor'), /vertical.apply \| `mode: direct` of the target.* \| floor/],
    [kubernetes('{ cpus: 1, memory: 2GB }', ''), /vertical.apply \| `mode: direct` of the target.* \| auto/],
    [
      '{ kind: kubernetes, workload: Widget/web, apiVersion: example.com/v1, mode: direct, size: { cpus: 1, memory: 2GB } }',
      /a workload of apps\/v1/,
    ],
  ] as const)
    assert.match(refused(target), wanted);
});
