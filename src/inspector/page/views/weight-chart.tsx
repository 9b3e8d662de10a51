import { useMemo } from 'preact/hooks';
import type { Point } from '../../api/pools.ts';
import { percent } from '../format.ts';
import { Empty } from '../parts/basics.tsx';
import type { ChartSeries } from '../parts/chart.tsx';
import { alignedOf, PoolChart, type ChartOf } from './pool-chart.tsx';

const EXPERTS_SHOWN = 6;
/** Of less than half a percent nothing is seen. */
const SHARE_SHOWN = 0.005;

/** The experts with the largest weights now; the others are few or small. */
export function WeightChart({ detail, range }: ChartOf) {
  const { points, experts } = detail;
  const last = points.at(-1)?.weights ?? [];
  const shown = experts
    .map((name, i) => ({ name, i, weight: last[i] ?? 0 }))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, EXPERTS_SHOWN)
    .filter(({ weight }, i) => i === 0 || weight >= SHARE_SHOWN)
    .sort((a, b) => a.i - b.i);
  const key = shown.map(({ name }) => name).join();
  const series = useMemo(() => shown.map(({ name }, i): ChartSeries => ({ label: name, colour: `e${i + 1}` })), [key]);
  const data = useMemo(
    () =>
      alignedOf(
        points,
        ...shown.map(
          ({ i }) =>
            ({ bands, weights }: Point) =>
              bands === null ? null : (weights[i] ?? 0),
        ),
      ),
    [points, key],
  );
  if (shown.length === 0)
    return (
      <Empty title="No expert has answered yet" isSmall>
        They begin when the first few intervals have come.
      </Empty>
    );
  return (
    <PoolChart
      label="Weights of the experts over time"
      height={150}
      series={series}
      data={data}
      range={range}
      format={percent}
      legend={(read) =>
        shown.map(({ name, weight }, i) => {
          const value = read(i + 1);
          return { name, colour: `e${i + 1}`, value: percent(value === undefined ? weight : value) };
        })
      }
    />
  );
}
