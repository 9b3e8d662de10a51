import type { ValueSource } from '../forecast-model.ts';
import type { Drawer } from './drawer.ts';
import { aheadSteps, checkTask, headsOf, type NetworkTask } from './task.ts';
import { squash, WindowEncoder } from './window.ts';

/** One series to learn from. */
export interface TrainingSeries {
  /** Start of the first interval, epoch ms. */
  readonly startMs: number;
  /** One value per interval, NaN where missing. */
  readonly values: Float64Array;
}

export interface DatasetOptions {
  /** Windows in all, at most; 1 to 50,000. They are spread evenly over the series and drawn within each. Default 10,000. */
  readonly windowsMax?: number;
  /** Share of each series, at its end, that is held out: never learned from, it decides when to stop. 0 to 0.5, default 0.15. */
  readonly heldOutShare?: number;
}

/** Windows with what came after them. The first `learned` are to learn from, the rest is held out. */
export interface Dataset {
  readonly count: number;
  readonly learned: number;
  /** count x steps x features. */
  readonly inputs: Float32Array;
  /** count x heads: change from the last value in units of the window's scale; NaN where not known. */
  readonly targets: Float32Array;
  /** count: how much a window matters, its scale in units of the series' mean scale. */
  readonly importances: Float32Array;
}

export const WINDOWS_MAX = 50_000;
/** Share of a window that must be measured. */
const MEASURED_SHARE = 0.25;
const IMPORTANCE_MIN = 0.1;
const IMPORTANCE_MAX = 10;

/** Pools windows of many series. Deterministic for the same series, options and source of randomness. */
export function collectWindows(
  series: readonly TrainingSeries[],
  task: NetworkTask,
  steps: number,
  random: Drawer,
  options: DatasetOptions = {},
): Dataset {
  checkTask(task);
  const windowsMax = Math.max(1, Math.min(WINDOWS_MAX, options.windowsMax ?? 10_000));
  const share = Math.max(0, Math.min(0.5, options.heldOutShare ?? 0.15));
  const ahead = aheadSteps(task);
  const longest = ahead.at(-1) ?? 1;
  const plan = drawOrigins(series, longest, windowsMax, share, random);
  return fill(series, task, steps, plan);
}

interface Origin {
  readonly series: number;
  /** Index of the newest value of the window. */
  readonly at: number;
}

interface Plan {
  readonly learned: readonly Origin[];
  readonly heldOut: readonly Origin[];
}

/** Between what is learned and what is held out lies the longest horizon, so that no target is seen by both. */
function drawOrigins(series: readonly TrainingSeries[], longest: number, windowsMax: number, share: number, random: Drawer): Plan {
  const learned: Origin[] = [];
  const heldOut: Origin[] = [];
  const each = Math.max(1, Math.floor(windowsMax / Math.max(1, series.length)));
  // With more series than windows, the newest windows of some are left out: those that come first are as good as any.
  for (const [index, { values }] of series.slice(0, windowsMax).entries()) {
    const usable = values.length - longest;
    const border = usable - Math.floor(usable * share);
    const tail = Math.round(each * share);
    for (const at of draw(FIRST_ORIGIN, border - longest, each - tail, random)) learned.push({ series: index, at });
    if (share > 0) for (const at of draw(border, usable, tail, random)) heldOut.push({ series: index, at });
  }
  return { learned, heldOut };
}

/** A window needs a few values. */
const FIRST_ORIGIN = 8;

/** About `count` of the integers in [from, to), one drawn from each of `count` equal parts. */
function draw(from: number, to: number, count: number, random: Drawer): number[] {
  const length = to - from;
  if (length <= 0 || count <= 0) return [];
  if (count >= length) return Array.from({ length }, (_, i) => from + i);
  return Array.from({ length: count }, (_, i) => from + Math.floor(((i + random.next()) * length) / count));
}

class SeriesView implements ValueSource {
  at = 0;
  private readonly values: Float64Array;

  constructor(values: Float64Array) {
    this.values = values;
  }

  back(back: number): number {
    return this.values[this.at - back] ?? Number.NaN;
  }
}

function fill(series: readonly TrainingSeries[], task: NetworkTask, steps: number, { learned, heldOut }: Plan): Dataset {
  const ahead = aheadSteps(task);
  const heads = headsOf(task);
  const encoder = new WindowEncoder(steps, task.intervalMs, [ahead[0] ?? 1, ahead.at(-1) ?? 1]);
  const views = series.map(({ values }) => new SeriesView(values));
  const total = learned.length + heldOut.length;
  const inputs = new Float32Array(total * encoder.length);
  const targets = new Float32Array(total * heads);
  const importances = new Float32Array(total);
  const owners = new Int32Array(total);
  let count = 0;
  let learnedCount = 0;
  const take = ({ series: index, at }: Origin): void => {
    const view = views[index];
    const from = series[index];
    if (view === undefined || from === undefined || !isOrigin(from.values[at])) return;
    view.at = at;
    encoder.encode(view, from.startMs + at * task.intervalMs, inputs, count * encoder.length);
    if (encoder.measured < MEASURED_SHARE * Math.min(at + 1, 2 * steps)) return;
    if (!writeTargets(from.values, at, ahead, encoder, targets, count * heads)) return;
    importances[count] = encoder.scale;
    owners[count] = index;
    count += 1;
  };
  for (const origin of learned) take(origin);
  learnedCount = count;
  for (const origin of heldOut) take(origin);
  balance(importances, owners, count, series.length);
  return {
    count,
    learned: learnedCount,
    inputs: inputs.subarray(0, count * encoder.length),
    targets: targets.subarray(0, count * heads),
    importances: importances.subarray(0, count),
  };
}

const isOrigin = (value: number | undefined): boolean => value !== undefined && Number.isFinite(value);

/** @returns false if nothing after the window is known. */
function writeTargets(
  values: Float64Array,
  at: number,
  ahead: readonly number[],
  { last, scale }: WindowEncoder,
  to: Float32Array,
  toAt: number,
): boolean {
  let max = -Infinity;
  let step = 1;
  let known = false;
  for (const [i, steps] of ahead.entries()) {
    for (; step <= steps; step++) {
      const value = values[at + step] ?? Number.NaN;
      // One missing value makes the maximum unknown from there on.
      max = Number.isFinite(value) ? Math.max(max, value) : Number.NaN;
    }
    const point = values[at + steps] ?? Number.NaN;
    to[toAt + 2 * i] = toTarget(point, last, scale);
    to[toAt + 2 * i + 1] = toTarget(max, last, scale);
    known ||= Number.isFinite(point);
  }
  return known;
}

function toTarget(value: number, last: number, scale: number): number {
  return Number.isFinite(value) ? squash((value - last) / scale) : Number.NaN;
}

/** Scales become importances of mean 1 within each series: what matters there are its large swings, as in its own loss. */
function balance(importances: Float32Array, owners: Int32Array, count: number, seriesCount: number): void {
  const sums = new Float64Array(seriesCount);
  const counts = new Float64Array(seriesCount);
  for (let i = 0; i < count; i++) {
    const owner = owners[i] as number;
    sums[owner] = (sums[owner] as number) + (importances[i] as number);
    counts[owner] = (counts[owner] as number) + 1;
  }
  for (let i = 0; i < count; i++) {
    const owner = owners[i] as number;
    const mean = (sums[owner] as number) / (counts[owner] as number);
    importances[i] = Math.max(IMPORTANCE_MIN, Math.min(IMPORTANCE_MAX, (importances[i] as number) / mean));
  }
}
