import type { FutureColumn, PastColumn } from './chart.ts';
import { pointForecasts, quantileOf, requestsOf, type PoolView } from './view.ts';

/** The view of a pool cut into columns of equal time. */
export interface Columns {
  readonly past: readonly PastColumn[];
  readonly future: readonly FutureColumn[];
  readonly columnMs: number;
  /** Least ready and largest requested replicas per column of the past. */
  readonly ready: readonly (number | undefined)[];
  readonly requested: readonly (number | undefined)[];
}

/** Share of the width that the future may take. */
const FUTURE_SHARE = 0.22;
/** Intervals per column, so that times at the axis are round. */
const STEPS = [1, 2, 3, 4, 5, 6, 10, 15, 20, 30, 60, 120, 240];

/** Columns stand on a fixed grid of time, so that a column that is over does not change again. */
export function cutColumns(view: PoolView, width: number): Columns {
  const { report } = view;
  const intervalMs = report?.intervalMs ?? 1_000;
  const forecasts = pointForecasts(requestsOf(report)?.forecasts ?? []);
  const furthestMs = forecasts.at(-1)?.horizonMs ?? 0;
  const columnMs = intervalMs * (STEPS.find((step) => furthestMs / (step * intervalMs) <= width * FUTURE_SHARE) ?? 480);
  const futureCount = Math.floor(furthestMs / columnMs);
  const pastCount = width - futureCount;
  const originMs = report?.originMs ?? 0;
  const firstMs = (Math.floor(originMs / columnMs) - pastCount + 1) * columnMs;
  const past = pastColumns(view, firstMs, columnMs, pastCount);
  return { ...past, columnMs, future: futureColumns(view, originMs, columnMs, futureCount) };
}

function pastColumns(view: PoolView, firstMs: number, columnMs: number, count: number): Omit<Columns, 'columnMs' | 'future'> {
  const columns = Array.from({ length: count }, () => ({
    loads: [] as number[],
    forecasts: [] as number[],
    ready: Infinity,
    requested: 0,
  }));
  for (const sample of view.samples) {
    const column = columns[Math.floor((sample.atMs - firstMs) / columnMs)];
    if (column === undefined) continue;
    column.loads.push(sample.load);
    column.ready = Math.min(column.ready, sample.readyReplicas);
    column.requested = Math.max(column.requested, sample.requestedReplicas);
  }
  for (const { forMs, median } of view.pastForecasts) columns[Math.floor((forMs - firstMs) / columnMs)]?.forecasts.push(median);
  const known = <T>(column: { loads: number[] }, value: T): T | undefined => (column.loads.length === 0 ? undefined : value);
  return {
    past: columns.map((column) => ({
      load: mean(column.loads),
      capacity: known(column, capacityOf(view, column.ready)),
      forecast: mean(column.forecasts),
    })),
    ready: columns.map((column) => known(column, column.ready)),
    requested: columns.map((column) => known(column, column.requested)),
  };
}

function futureColumns(view: PoolView, originMs: number, columnMs: number, count: number): FutureColumn[] {
  const { report } = view;
  const requests = requestsOf(report);
  if (report === undefined || requests === undefined) return [];
  const current = requests.current ?? requests.forecasts[0]?.mean ?? 0;
  const points = pointForecasts(requests.forecasts);
  const at = (horizonMs: number, level: number): number =>
    interpolate([[0, current], ...points.map((answer) => [answer.horizonMs, quantileOf(report, answer, level)] as const)], horizonMs);
  const gridMs = Math.floor(originMs / columnMs) * columnMs;
  return Array.from({ length: count }, (_, index) => {
    const aheadMs = gridMs + (index + 1.5) * columnMs - originMs;
    return {
      lower: at(aheadMs, 0.05),
      median: at(aheadMs, 0.5),
      upper: at(aheadMs, 0.95),
      capacity: capacityOf(view, view.replicas.requested),
    };
  });
}

function capacityOf(view: PoolView, replicas: number): number | undefined {
  return view.requestsPerReplica === undefined ? undefined : view.requestsPerReplica * replicas;
}

/** Linear between the two points around x, constant beyond the last. */
function interpolate(points: readonly (readonly [number, number])[], x: number): number {
  let [leftX, leftY] = points[0] ?? [0, 0];
  for (const [rightX, rightY] of points) {
    if (rightX >= x) return rightX === leftX ? rightY : leftY + ((rightY - leftY) * (x - leftX)) / (rightX - leftX);
    leftX = rightX;
    leftY = rightY;
  }
  return leftY;
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
