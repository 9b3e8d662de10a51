import { useMemo } from 'preact/hooks';
import { percent } from '../format.ts';
import { Empty } from '../parts/basics.tsx';
import type { ChartSeries } from '../parts/chart.tsx';
import { alignedOf, PoolChart, textOf, type ChartOf } from './pool-chart.tsx';

const QUALITY_SERIES: readonly ChartSeries[] = [
  { label: 'inside', colour: 'e1' },
  { label: 'confidence', colour: 'e3' },
  { label: 'skill', colour: 'e2' },
];

export function QualityChart({ detail: { points }, range }: ChartOf) {
  const data = useMemo(
    () =>
      alignedOf(
        points,
        ({ coverage }) => coverage,
        ({ confidence }) => confidence,
        // Below the axis it says only that the last value was better.
        ({ skill }) => (skill === null ? null : Math.max(0, skill)),
      ),
    [points],
  );
  if (points.every(({ coverage, skill }) => coverage === null && skill === null))
    return (
      <Empty title="Not measured yet" isSmall>
        A forecast is judged when the time has come that it was made for.
      </Empty>
    );
  return (
    <PoolChart
      label="Coverage, confidence and skill over time"
      height={150}
      series={QUALITY_SERIES}
      data={data}
      range={range}
      topMin={1}
      format={percent}
      legend={(read) => [
        { name: 'inside the 90% band', colour: 'e1', value: textOf(read(1), percent) },
        { name: 'confidence', colour: 'e3', value: textOf(read(2), percent) },
        { name: 'skill', colour: 'e2', value: textOf(read(3), percent) },
      ]}
    />
  );
}
