/**
 * What the shared network costs: training and answers per shape, and what a training in its thread takes from the event loop and from the steps of actors on it.
 *
 *     npm run bench -- network [--windows N] [--epochs N] [--only lstm16,gru32]
 */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { plaBehavior } from '../src/actors/pla.ts';
import { poolRules } from '../src/actors/pool-rules.ts';
import { createOpener } from '../src/adapters/compute/open-network.ts';
import { createWorkerCompute } from '../src/adapters/compute/worker-compute.ts';
import { createKernelEngine } from '../src/adapters/kernel/engine.ts';
import { createRandom } from '../src/adapters/system/random.ts';
import { QUANTILE_LEVELS } from '../src/models/forecast.ts';
import { collectWindows } from '../src/models/network/dataset.ts';
import { initialParameters } from '../src/models/network/initial.ts';
import { packNetwork } from '../src/models/network/packed.ts';
import type { CellKind } from '../src/models/network/spec.ts';
import { headsOf, levelsOf, specOf, type NetworkTask } from '../src/models/network/task.ts';
import { trainNetwork } from '../src/models/network/train.ts';
import { plaAddress } from '../src/protocol/address.ts';
import { packValues } from '../src/protocol/network.ts';
import { observation, settings } from './pla.ts';

const MINUTE_MS = 60_000;
const TASK: NetworkTask = { intervalMs: MINUTE_MS, horizonsMs: [5, 10, 15].map((minutes) => minutes * MINUTE_MS) };
const STEPS = 60;
const SERIES = 32;
const VALUES = 1_440;
const ANSWERS = 3_000;

const SHAPES: readonly (readonly [CellKind, number])[] = [
  ['lstm', 16],
  ['lstm', 24],
  ['lstm', 32],
  ['gru', 16],
  ['gru', 24],
  ['gru', 32],
];

export async function run(args: readonly string[]): Promise<void> {
  const { values: flags } = parseArgs({
    args: [...args],
    options: {
      windows: { type: 'string', default: '10000' },
      epochs: { type: 'string', default: '10' },
      only: { type: 'string' },
    },
  });
  const windows = Number(flags.windows);
  const epochs = Number(flags.epochs);
  const wanted = flags.only?.split(',');
  console.log(
    `${windows} windows of ${STEPS} intervals; answers: ${headsOf(TASK)} x ${QUANTILE_LEVELS.length} quantiles, window encoded each time`,
  );
  console.log(`shape    parameters  ${epochs} epochs, CPU s  us a window  us an answer (median of 5)`);
  for (const [cell, units] of SHAPES)
    if (wanted === undefined || wanted.includes(`${cell}${units}`)) benchShape(cell, units, windows, epochs);
  await benchSteps(windows, epochs);
}

function benchShape(cell: CellKind, units: number, windows: number, epochs: number): void {
  const spec = specOf(TASK, cell, units, STEPS);
  const levels = levelsOf(TASK);
  const engine = createKernelEngine(spec, levels);
  const dataset = collectWindows(seriesOf(SERIES), TASK, STEPS, createRandom(1), { windowsMax: windows, heldOutShare: 0 });
  const trainedUs = cpuOf(() => trainNetwork(engine, levels, dataset, createRandom(2), { epochsMax: epochs, patience: epochs }));
  const network = { task: TASK, spec, parameters: initialParameters(spec, createRandom(3)) };
  const cells = [
    `${cell}${units}`.padEnd(8),
    String(network.parameters.length).padStart(10),
    (trainedUs / 1e6).toFixed(2).padStart(14),
    (trainedUs / (epochs * dataset.learned)).toFixed(1).padStart(11),
    answerUs(packNetwork(network)).toFixed(1).padStart(12),
  ];
  console.log(cells.join('  '));
}

/** As an analyzer asks: the window is encoded, the network reads it, the quantiles are decoded. */
function answerUs(packed: string): number {
  const reader = createOpener()(packed);
  if (!('read' in reader)) throw new Error(reader.join());
  const [series] = seriesOf(1);
  const values = series?.values ?? new Float64Array();
  let at = 0;
  const view = { back: (back: number) => values[at - back] ?? Number.NaN };
  const quantiles = new Float64Array(headsOf(TASK) * QUANTILE_LEVELS.length);
  const round = (): number =>
    cpuOf(() => {
      for (let i = 0; i < ANSWERS; i++) {
        at = 200 + (i % 1_000);
        reader.read(view, at * MINUTE_MS, quantiles);
      }
    }) / ANSWERS;
  round();
  return [round(), round(), round(), round(), round()].sort((a, b) => a - b)[2] ?? Number.NaN;
}

/** How late actor steps are while a training runs in its thread, and while nothing runs. */
async function benchSteps(windows: number, epochs: number): Promise<void> {
  const compute = createWorkerCompute();
  const series = seriesOf(64).map(({ startMs, values }) => ({ startMs, values: packValues(values) }));
  const job = {
    task: TASK,
    cell: 'gru',
    units: 32,
    steps: STEPS,
    windowsMax: windows,
    epochsMax: epochs,
    seed: 1,
    series,
    start: null,
  } as const;
  // The thread is started before: that happens once.
  await compute.learn({ ...job, windowsMax: 400, epochsMax: 1 });
  const step = analyzerSteps();
  for (let i = 0; i < 2_000; i++) step();
  const idle = await lateDuring(() => new Promise((resolve) => setTimeout(resolve, 3_000)), step);
  const busy = await lateDuring(() => compute.learn(job), step);
  await compute.close();
  const text = ({ loopMs, stepMs, steps, ownMs }: Lateness): string =>
    `event loop ${loopMs.toFixed(1)} ms late, a step ${stepMs.toFixed(1)} ms (of ${steps}), own CPU in between ${ownMs.toFixed(1)} ms`;
  console.log(`at most, while idle: ${text(idle)}; while a network is trained: ${text(busy)}`);
}

/** Gives a producer's analyzer its next observation. */
function analyzerSteps(): () => void {
  const rules = poolRules(settings, false);
  const behavior = plaBehavior(() => rules);
  let { state } = behavior.start(plaAddress(settings.pool, 'p0'), 0);
  let tick = 0;
  return () => {
    const message = observation('p0', tick, 0);
    tick += 1;
    ({ state } = behavior.step(state, message, message.timeMs));
  };
}

interface Lateness {
  readonly loopMs: number;
  /** From the time that a step was due until it was done. */
  readonly stepMs: number;
  readonly steps: number;
  /** Most CPU that this thread itself took from one step to the next: what is left of the lateness when nobody else uses the machine. */
  readonly ownMs: number;
}

/** A step is due every few milliseconds, as on a node with hundreds of analyzers. */
async function lateDuring(work: () => Promise<unknown>, step: () => void): Promise<Lateness> {
  const everyMs = 4;
  let stepMs = 0;
  let steps = 0;
  let ownMs = 0;
  let usedMs = threadCpuMs();
  let dueMs = performance.now() + everyMs;
  const timer = setInterval(() => {
    step();
    steps += 1;
    const nowUsedMs = threadCpuMs();
    ownMs = Math.max(ownMs, nowUsedMs - usedMs);
    usedMs = nowUsedMs;
    stepMs = Math.max(stepMs, performance.now() - dueMs);
    dueMs = performance.now() + everyMs;
  }, everyMs);
  const loopMs = await delayDuring(work);
  clearInterval(timer);
  return { loopMs, stepMs, steps, ownMs };
}

/** CPU time of the main thread; NaN where the system does not tell it. */
function threadCpuMs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return Number.NaN;
  }
}

async function delayDuring(work: () => Promise<unknown>): Promise<number> {
  const resolutionMs = 1;
  const monitor = monitorEventLoopDelay({ resolution: resolutionMs });
  monitor.enable();
  await work();
  monitor.disable();
  return monitor.max / 1e6 - resolutionMs;
}

function cpuOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function seriesOf(count: number): { readonly startMs: number; readonly values: Float64Array }[] {
  const random = createRandom(9);
  return Array.from({ length: count }, (_, k) => ({
    startMs: 0,
    values: Float64Array.from(
      { length: VALUES },
      (_value, i) => 100 + 40 * Math.sin((2 * Math.PI * (i + 37 * k)) / (60 + 20 * k)) + 20 * random.next(),
    ),
  }));
}
