import { createPoolView, takeClients, takeMessage, type PoolView } from '../../../src/cli/up/view.ts';
import { QUANTILE_LEVELS } from '../../../src/models/forecast.ts';
import type { AnyMessage } from '../../../src/protocol/message.ts';
import { createMessage } from '../../../src/protocol/create-message.ts';
import type { Decision } from '../../../src/protocol/plan.ts';
import type { StateReport } from '../../../src/protocol/state-report.ts';

/** A moment on the grid of the chart's columns. */
export const START_MS = 1_700_000_040_000;

export function totalReport(second: number, current: number, given: Partial<StateReport> = {}): StateReport {
  const forecasts = [15, 30, 60].map((ahead) => ({
    horizonMs: ahead * 1_000,
    kind: 'point' as const,
    mean: current + ahead,
    quantiles: QUANTILE_LEVELS.map((level) => current + ahead + (level - 0.5) * ahead),
    interval: { level: 0.9, lower: current, upper: current + 2 * ahead },
  }));
  return {
    pool: 'demo',
    producer: null,
    state: 'predicting',
    originMs: START_MS + second * 1_000,
    intervalMs: 1_000,
    observedIntervals: second + 1,
    producers: 2,
    levels: [...QUANTILE_LEVELS],
    resources: [
      {
        resource: 'requests',
        unit: 'requests/s',
        current,
        forecasts,
        confidence: 0.8,
        coverage: { nominal: 0.9, measured: 0.91, samples: 100 },
        skill: 0.25,
      },
    ],
    confidence: 0.8,
    ready: true,
    model: { version: 1, trainedAtMs: null, weights: {} },
    recommendations: [],
    ...given,
  };
}

export function decisionOf(from: number, to: number): Decision {
  const plan = {
    id: 'demo/17',
    pool: 'demo',
    atMs: START_MS,
    replicas: to,
    previousReplicas: from,
    bottleneck: 'requests' as const,
    winner: 'quantile',
    candidates: [],
    clamps: [],
    trajectory: [],
    confidence: 0.8,
    reason: `Scale demo up from ${from} to ${to}: requests stay within 66.4 requests/s over 15 s with 99% confidence; one replica serves 22 requests/s.`,
    recommendations: [],
  };
  return { plan, inputs: {}, settings: {}, action: 'act:demo/4' };
}

export function message(name: 'state-report', data: StateReport): AnyMessage;
export function message(name: 'decision', data: Decision): AnyMessage;
export function message(name: 'state-report' | 'decision', data: StateReport | Decision): AnyMessage {
  const origin = { source: 'pse:demo', timeMs: START_MS };
  return name === 'decision' ? createMessage(name, data as Decision, origin) : createMessage(name, data as StateReport, origin);
}

/** Two minutes of a load that rises from 10 to 130 requests/s, with 2 of 3 replicas ready that serve 22 each. */
export function filledView(): PoolView {
  const view = createPoolView('demo', 'http://127.0.0.1:4000', 22);
  view.replicas = { requested: 3, ready: 2, starting: 1, draining: 0 };
  for (let second = 0; second < 120; second++) takeMessage(view, message('state-report', totalReport(second, 10 + second)));
  takeMessage(view, message('decision', decisionOf(2, 3)));
  takeClients(view, {
    kind: 'load',
    offered: 100,
    answered: 99,
    failed: 1,
    skipped: 0,
    inFlight: 4,
    latency: { p50Ms: 110.4, p95Ms: 290, p99Ms: 400 },
  });
  return view;
}
