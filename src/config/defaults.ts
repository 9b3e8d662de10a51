import { PLANNER_DEFAULTS } from '../planning/index.ts';

/** Every default of the config, in one place: the schema, the documentation and the compiled settings take them from here. */
export const CONFIG_DEFAULTS = {
  node: { name: 'node-1', logLevel: 'info' },
  inspector: { listen: '127.0.0.1', act: false },
  pool: {
    intervalMs: 60_000,
    horizonsMs: [300_000, 600_000, 900_000],
    /** Not sooner than after this many intervals. */
    trainEveryMs: 3_600_000,
    trainEveryIntervals: 60,
    producerTimeoutIntervals: 3,
    lateAfterIntervals: 0.5,
    confirmEveryMs: 2_000,
    deadlineFactor: 4,
    observeReviews: 2,
    attemptsMax: 6,
    bottomUp: false,
    network: { use: false, cell: 'gru', units: 32, steps: 60, windows: 10_000, epochs: 10 },
  },
  sources: {
    scrapeEveryMs: 15_000,
    historyMs: 14 * 86_400_000,
    queryDelayMaxMs: 30_000,
    otlpPeriodMs: 60_000,
    host: '127.0.0.1',
    statsdPort: 8_125,
    otlpPort: 4_318,
    logFormat: 'combined',
    logProducer: 'access-log',
  },
  bridge: { name: 'bridge', accept: ['observation', 'state-report'], topics: ['reports', 'plans', 'actions'] },
  planner: PLANNER_DEFAULTS,
  local: {
    listenPort: 0,
    portRange: { from: 21_000, to: 21_999 },
    healthPath: '/',
    startTimeoutMs: 60_000,
    drainMs: 10_000,
    waitMs: 5_000,
    demo: { workMs: 40, startupMs: 8_000 },
  },
  kubernetes: { mode: 'auto', unschedulableAfterMs: 300_000 },
  webhook: { timeoutMs: 10_000, callbackFreshMs: 30_000 },
  command: { timeoutMs: 10_000 },
  aws: { timeoutMs: 10_000 },
} as const;
