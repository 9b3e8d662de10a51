/** One full example of every message, every optional field present: golden files, benchmarks and tests are made from it. */
import type { AnyMessage, Message, MessageData, MessageName } from '../../src/protocol/index.ts';

const T0 = Date.UTC(2026, 0, 5, 12, 0, 0);
const LEVELS = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99];

const load = (requests: number): MessageData['observation']['load'] => ({
  requests,
  cpuSeconds: requests * 0.0125,
  memoryBytes: requests * 65_536,
  networkBytes: requests * 1_536,
});

const recommendation = {
  resource: 'cpu',
  direction: 'increase',
  amount: 1_500,
  unit: 'millicores',
  percent: 20,
  horizonMs: 600_000,
  sentence: 'Increase CPU by 20%',
} as const;

const resourceReport = (
  resource: 'requests' | 'cpu' | 'memory' | 'network',
  unit: string,
  scale: number,
): MessageData['state-report']['resources'][number] => ({
  resource,
  unit,
  current: 41.25 * scale,
  forecasts: [300_000, 600_000, 900_000].flatMap((horizonMs) =>
    (['point', 'max'] as const).map((kind) => ({
      horizonMs,
      kind,
      mean: 43.5 * scale,
      quantiles: LEVELS.map((level) => (30 + 25 * level) * scale),
      interval: { level: 0.9, lower: 31.25 * scale, upper: 53.75 * scale },
    })),
  ),
  confidence: 0.875,
  coverage: { nominal: 0.9, measured: 0.8875, samples: 1_380 },
  skill: 0.21,
  skills: [
    {
      horizonMs: 300_000,
      kind: 'max',
      samples: 1_380,
      lastValue: 0.21,
      dayAgo: 0.375,
      lastValueLevels: LEVELS.map((level) => level / 4),
      dayAgoLevels: LEVELS.map((level) => (level > 0.98 ? null : level / 2)),
    },
  ],
  announced: [{ horizonMs: 300_000, factor: 3 }],
});

const plan: MessageData['plan'] = {
  id: 'web/17',
  pool: 'web',
  atMs: T0 + 5_000,
  replicas: 7,
  previousReplicas: 5,
  bottleneck: 'cpu',
  winner: 'quantile',
  candidates: [
    { name: 'quantile', replicas: 8, because: 'cpu 7,400 millicores at level 0.99 over 3 min needs 8 replicas of 1,000' },
    { name: 'reactive', replicas: 6, because: 'the largest cpu of 5 min, 5,600 millicores, needs 6' },
  ],
  clamps: [{ name: 'scale-up policy', from: 8, to: 7, because: 'at most 2 Pods in 60 s' }],
  trajectory: [
    { atMs: T0 + 300_000, replicas: 7 },
    { atMs: T0 + 600_000, replicas: 8 },
  ],
  confidence: 0.875,
  reason: 'The forecast for the lead time needs more than is there.',
  recommendations: [recommendation],
  selection: {
    rule: 'the forecast, held for 5 min',
    sentence:
      'The forecast, held for 5 min is followed: lately it cost 21% less than the best rule without a forecast, shortages included.',
  },
  grant: { revision: 4, heldReplicas: 7, wantedReplicas: 9 },
  sizing: {
    cpuMillicores: 2_000,
    memoryBytes: 4e9,
    replicas: 4,
    costPerHour: 0.48,
    present: { replicas: 7, costPerHour: 0.6 },
    peakMemoryBytes: 1.5e9,
    sinceMs: T0 - 7_200_000,
    advised: true,
    sentence: '4 replicas of 2000 millicores and 4 GB in the place of 7 replicas of 1000 millicores and 2 GB saves 20%',
  },
  resize: { cpuMillicores: 2_000, memoryBytes: 4e9 },
  advice: { replicas: 7, lower: 7, upper: 9 },
};

const DATA: MessageData = {
  observation: {
    pool: 'web',
    producer: 'web-7f9c',
    intervalStartMs: T0,
    intervalMs: 5_000,
    load: load(412),
    byType: { 'GET:/items': load(300), 'POST:/orders': load(110), other: load(2) },
    bySource: {
      distinct: 57.25,
      top: [
        { source: 'c0ffee12', requests: 120 },
        { source: 'tenant ü', requests: 64.5 },
      ],
    },
    tables: { intervalMs: 15_000, load: load(1_236) },
    peakRequestsPerSecond: 131,
    process: { cpuSeconds: 4.75, memoryBytes: 201_326_592, eventLoopDelayMs: 12.5, inFlight: 9 },
    final: true,
  },
  'state-report': {
    pool: 'web',
    producer: null,
    state: 'predicting',
    originMs: T0,
    intervalMs: 60_000,
    observedIntervals: 4_321,
    producers: 5,
    levels: LEVELS,
    resources: [
      resourceReport('requests', 'requests/s', 1),
      resourceReport('cpu', 'millicores', 12.5),
      {
        ...resourceReport('memory', 'bytes', 65_536),
        current: null,
        forecasts: [],
        skill: null,
        coverage: { nominal: 0.9, measured: null, samples: 0 },
        notReady: {
          code: 'not-enough-history',
          message: 'Memory needs 60 intervals and has 12.',
          haveIntervals: 12,
          needIntervals: 60,
          etaMs: 2_880_000,
        },
      },
      resourceReport('network', 'bytes/s', 1_536),
    ],
    confidence: 0.875,
    ready: true,
    demoted: 'Skill of cpu has been below 0 for 30 min.',
    promoted: 'trusted again: skill at least 0.04, at least 91% under the 95% quantile',
    model: { version: 3, trainedAtMs: T0 - 3_600_000, weights: { last: 0.25, ridge: 0.5, season: 0.25 }, network: 'ab'.repeat(32) },
    costs: {
      types: [
        { type: 'search', share: 0.25, cpuSeconds: 0.05, memoryBytes: 65_536, networkBytes: 1_536 },
        { type: 'other', share: 0.75, cpuSeconds: 0.005, memoryBytes: 4_096, networkBytes: 512 },
      ],
      idleCores: 0.02,
      intervals: 720,
      skill: 0.625,
      weighting: { now: 1.25, ahead: [{ horizonMs: 300_000, factor: 1.5 }] },
    },
    capacity: { requestsPerSecond: 56.25, configured: 50, cpuBound: 56.25, proven: null, failing: 72.5 },
    peakMemoryBytes: 1.5e9,
    recommendations: [recommendation],
  },
  'producer-outlook': {
    pool: 'web',
    producer: 'web-7f9c',
    originMs: T0,
    intervalMs: 60_000,
    resources: [{ resource: 'requests', last: 41.25, means: [42.5, 44.75], variances: [9.25, 12.5] }],
  },
  'network-window': {
    pool: 'web',
    producer: 'web-7f9c',
    cause: 'schedule',
    network: 'ab'.repeat(32),
    intervalMs: 60_000,
    // 412, not measured, 408.5.
    series: [{ resource: 'requests', startMs: T0 - 180_000, values: 'AADOQwAAwH8AQMxD' }],
  },
  'network-model': { network: 'cd'.repeat(32), version: 3, trainedAtMs: T0, loss: 0.1186 },
  'training-job': {
    pool: 'web',
    producer: 'web-7f9c',
    version: 4,
    cause: 'drift',
    cycles: true,
    series: [{ resource: 'requests', intervalMs: 60_000, startMs: T0 - 240_000, values: [40.5, null, 42, 41.25] }],
  },
  'training-result': {
    version: 4,
    ok: true,
    error: 'One of two models did not converge.',
    durationMs: 812.5,
    models: [{ resource: 'requests', model: { kind: 'ridge', weights: [0.5, -0.25, 1e-7] } }],
  },
  plan,
  decision: {
    plan,
    inputs: { nowMs: T0 + 5_000, loads: { cpu: [5_400.5, 5_600] } },
    settings: { minReplicas: 2, maxReplicas: 20, objective: 0.01 },
    action: 'act:web/17',
  },
  'demand-ahead': {
    pool: 'web',
    from: 'edge',
    originMs: T0,
    levels: [0.5, 0.99],
    maxima: [{ horizonMs: 300_000, quantiles: [120.5, 180] }],
  },
  pulse: { pool: 'web', producer: 'web-7f9c', atMs: T0 + 6_000, windowMs: 6_000, requestsPerSecond: 410.5, usualPerSecond: 98.25 },
  'scaling-command': {
    pool: 'web',
    planId: 'web/17',
    generation: 17,
    fromReplicas: 5,
    toReplicas: 7,
    resize: { from: { cpuMillicores: 1_000, memoryBytes: 2e9 }, to: { cpuMillicores: 500, memoryBytes: 1e9 } },
    decidedAtMs: T0 + 5_000,
    deadlineMs: T0 + 725_000,
    expectedReadyMs: T0 + 185_000,
    pending: [{ replicas: 6, decidedAtMs: T0 - 25_000 }],
    reason: 'The forecast for the lead time needs more than is there.',
  },
  confirmation: {
    pool: 'web',
    planId: 'web/17',
    generation: 17,
    step: 'partially-ready',
    fromReplicas: 5,
    requestedReplicas: 7,
    readyReplicas: 6,
    size: { cpuMillicores: 500, memoryBytes: 1e9 },
    resizedReplicas: 4,
    atMs: T0 + 95_000,
    attempts: 1,
    reason: 'One of two new replicas is ready.',
  },
  feedback: {
    pool: 'web',
    planId: 'web/17',
    generation: 17,
    outcome: 'succeeded',
    reason: 'All replicas are ready.',
    fromReplicas: 5,
    toReplicas: 7,
    readyReplicas: 7,
    size: { cpuMillicores: 500, memoryBytes: 1e9 },
    attempts: 2,
    leadTimesMs: [90_000, 131_500.5],
    effect: { observedForMs: 120_000, shortMs: 0, utilisation: 0.83 },
  },
  control: {
    pool: 'web',
    command: 'override',
    replicas: 12,
    expiresAtMs: T0 + 3_600_000,
    level: 'guarded',
    actor: 'pla:web/web-7f9c',
    by: 'cli/ada',
    reason: 'Sale at noon',
  },
  budget: { pool: 'web', maxReplicas: 30, revision: 5, reason: 'batch gave 10 back' },
  heartbeat: {
    node: 'node-a',
    atMs: T0,
    build: '0.1.0',
    protocolVersion: 1,
    shards: [0, 1, 2, 63],
    actors: 210,
    eventLoopDelayMs: 1.75,
    ready: true,
  },
  'timer-fired': { name: 'review', version: 12, dueAtMs: T0 + 60_000 },
  'effect-result': {
    effect: 'write-2',
    executor: 'target.scale',
    ok: false,
    value: { requestedReplicas: 7 },
    error: { code: 'throttled', message: 'Too many requests', detail: { retryAfterMs: 2_000 } },
  },
};

/** The example of one message, every envelope attribute and one extension present. */
export function sampleMessage<N extends MessageName>(name: N): Message<N> & AnyMessage {
  const message: Message<N> = {
    name,
    id: `sample/${name}#1.42`,
    source: 'producer/web/web-7f9c',
    incarnation: 1,
    sequence: 42,
    timeMs: T0 + 5_123,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    data: DATA[name],
    extensions: { subject: 'web', futureattribute: { kept: true } },
  };
  return message as Message<N> & AnyMessage;
}
