import type { KnownEvent } from '../../src/models/events/event.ts';
import type { Random } from '../../src/ports/random.ts';
import { drawPoisson } from '../draws.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Shape } from '../scenario/shapes.ts';
import { ms, shapeLoad } from './shape-loads.ts';
import { matrixFeed, producerNames, sharesOf } from './split.ts';
import { unitCosts, type TimedControl, type Workload } from './workload.ts';

/** Timelines of scenarios have a row per minute. */
export const SCENARIO_INTERVAL_MS = 60_000;
const START = '2026-01-05T00:00:00Z';

/** The workload of a scenario: whole requests, Poisson about what the shapes say, split over the producers. */
export function shapesWorkload(scenario: Scenario, random: Random): Workload {
  const intervalMs = SCENARIO_INTERVAL_MS;
  const startMs = Date.parse(scenario.start ?? START);
  const intervals = Math.floor(ms(scenario.duration) / intervalMs);
  const rates = shapeLoad(scenario.workload, intervals, intervalMs, random.fork('shapes'));
  const producers = producerNames(scenario.producers?.count ?? 1);
  const shares = sharesOf(scenario.producers?.split ?? 'even', producers.length);
  const units = shares.map((share, index) => drawCounts(rates, (share * intervalMs) / 1000, random.fork(`producer ${index}`)));
  const told = new Uint8Array(intervals).fill(1);
  const cpuFactor = new Float64Array(intervals).fill(1);
  const capacityFactor = new Float64Array(intervals).fill(1);
  for (const shape of scenario.workload) applyConditions(shape, { intervalMs, told, cpuFactor, capacityFactor });
  const costs = unitCosts(scenario.plant.replicaCapacity * (intervalMs / 1000), intervalMs);
  const unitsOf = (producer: number, interval: number): number => (told[interval] === 1 ? (units[producer]?.[interval] ?? 0) : Number.NaN);
  return {
    name: scenario.name,
    startMs,
    intervalMs,
    demand: sumOf(units, intervals),
    told,
    cpuFactor,
    capacityFactor,
    producers,
    controls: scenario.workload.flatMap((shape) => controlsOf(shape, startMs)),
    events: scenario.workload.flatMap((shape, index) => eventsOf(shape, startMs, `event-${index}`)),
    openFeed: () => matrixFeed({ startMs, intervalMs, producers, unitsOf, costs, cpuFactor }),
  };
}

function drawCounts(rates: Float64Array, secondsShare: number, random: Random): Float64Array {
  return rates.map((rate) => drawPoisson(rate * secondsShare, random));
}

function sumOf(units: readonly Float64Array[], intervals: number): Float64Array {
  const sum = new Float64Array(intervals);
  for (const series of units) for (let i = 0; i < intervals; i++) sum[i] = (sum[i] ?? 0) + (series[i] ?? 0);
  return sum;
}

interface Conditions {
  readonly intervalMs: number;
  readonly told: Uint8Array;
  readonly cpuFactor: Float64Array;
  readonly capacityFactor: Float64Array;
}

function applyConditions(shape: Shape, { intervalMs, told, cpuFactor, capacityFactor }: Conditions): void {
  const within = (from: string, lasts: string, set: (interval: number) => void): void => {
    const first = Math.round(ms(from) / intervalMs);
    const end = Math.min(told.length, first + Math.max(1, Math.round(ms(lasts) / intervalMs)));
    for (let i = first; i < end; i++) set(i);
  };
  const { outage, deploySurge, noisyNeighbour } = shape;
  if (outage !== undefined && outage.loses !== 'load') within(outage.at, outage.lasts, (i) => (told[i] = 0));
  if (deploySurge !== undefined) {
    within(deploySurge.at, deploySurge.lasts, (i) => (cpuFactor[i] = (cpuFactor[i] ?? 1) * deploySurge.cpuFactor));
  }
  if (noisyNeighbour === undefined) return;
  // A replica that can do less is one whose requests take more CPU time.
  within(noisyNeighbour.at, noisyNeighbour.lasts, (i) => {
    capacityFactor[i] = (capacityFactor[i] ?? 1) * noisyNeighbour.capacityFactor;
    cpuFactor[i] = (cpuFactor[i] ?? 1) / noisyNeighbour.capacityFactor;
  });
}

function controlsOf({ announcedEvent }: Shape, startMs: number): TimedControl[] {
  if (announcedEvent?.replicas === undefined) return [];
  const { at, lasts, announcedAt = '0s', replicas } = announcedEvent;
  const expiresAtMs = startMs + ms(at) + ms(lasts);
  const control = { command: 'override', replicas, expiresAtMs, by: 'scenario', reason: 'announced event' } as const;
  return [{ atMs: startMs + ms(announcedAt), control }];
}

/** What the config of the pool says of it. */
function eventsOf({ announcedEvent }: Shape, startMs: number, name: string): KnownEvent[] {
  if (announcedEvent?.factor === undefined) return [];
  const { at, lasts, factor } = announcedEvent;
  const span = { startMs: startMs + ms(at), endMs: startMs + ms(at) + ms(lasts) };
  return [{ name, factor, shape: 'step', decayMs: 0, when: { kind: 'spans', spans: [span] } }];
}
