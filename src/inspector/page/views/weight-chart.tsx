import { useMemo, useState } from 'preact/hooks';
import { percent } from '../format.ts';
import { Empty } from '../parts/basics.tsx';
import { Chart, type ChartSeries } from '../parts/chart.tsx';
import { LegendAt, type Aligned, type ChartOf, type Column } from './pool-chart.tsx';

const EXPERTS_SHOWN = 6;

/** The experts with the largest weights now; the others are few or small. */
export function WeightChart({ detail, range }: ChartOf) {
  const [at, setAt] = useState<number | null>(null);
  const { points, experts } = detail;
  const last = points.at(-1)?.weights ?? [];
  const shown = experts
    .map((name, i) => ({ name, i, weight: last[i] ?? 0 }))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, EXPERTS_SHOWN)
    .sort((a, b) => a.i - b.i);
  const key = shown.map(({ name }) => name).join();
  const series = useMemo(() => shown.map(({ name }, i): ChartSeries => ({ label: name, colour: `e${i + 1}` })), [key]);
  const data = useMemo(
    (): Aligned => [
      points.map(({ atMs }) => atMs / 1_000),
      ...shown.map(({ i }): Column => points.map(({ bands, weights }) => (bands === null ? null : (weights[i] ?? 0)))),
    ],
    [points, key],
  );
  if (shown.length === 0)
    return (
      <Empty title="No expert has answered yet" isSmall>
        They begin when the first few intervals have come.
      </Empty>
    );
  return (
    <>
      <Chart
        label="Weights of the experts over time"
        height={150}
        series={series}
        data={data}
        range={range}
        sync="pool"
        format={percent}
        onCursor={setAt}
      />
      <LegendAt
        entries={shown.map(({ name, weight }, i) => ({
          name,
          colour: `e${i + 1}`,
          value: percent(at === null ? weight : data[i + 1]?.[at]),
        }))}
        seconds={at === null ? undefined : data[0][at]}
      />
    </>
  );
}
