import type { LoadShape } from './shape.ts';

/** The config that `forescale up` runs without one of yours: a day of three minutes, seen second by second. */
export const DEMO_CONFIG = `
node:
  logLevel: info
pools:
  demo:
    interval: 1s
    horizons: [15s, 30s, 60s]
    # A replica answers 4 requests at once, 125 ms each: 32 a second at the most, 22 without a queue.
    capacity: { requestsPerSecond: 22 }
    replicas: { min: 1, max: 10 }
    # Replicas load for 6 s before they are ready. Measured after the first starts.
    leadTime: { p50: 8s, p95: 10s }
    reactive: { window: 5s }
    scaleDown: { stabilizationWindow: 15s }
    producerTimeout: 5s
    trainEvery: 60s
    confirmEvery: 500ms
    observe: 10s
    target:
      kind: local
      healthPath: /healthz
      portRange: { from: 24000, to: 24999 }
      drain: 5s
      demo: { work: 125ms, startup: 6s }
`;

/** The load on it: about one and a half replicas at the trough, six at the peak. */
export const DEMO_LOAD: LoadShape & { readonly seed: number } = {
  periodMs: 180_000,
  troughPerSecond: 25,
  peakPerSecond: 120,
  noise: 0.08,
  seed: 1,
};

/** What the pool is told of its past when it starts: cycles of this load, enough to find their length and to measure the forecasts. */
export const DEMO_PAST_CYCLES = 20;
