import { useMemo, useState } from 'preact/hooks';
import type { Point } from '../../api/pools.ts';
import { percent } from '../format.ts';
import { Empty } from '../parts/basics.tsx';
import { Chart, type ChartSeries } from '../parts/chart.tsx';
import { LegendAt, type Aligned, type ChartOf, type Column } from './pool-chart.tsx';

const QUALITY_SERIES: readonly ChartSeries[] = [
  { label: 'inside', colour: 'e1' },
  { label: 'confidence', colour: 'e3' },
  { label: 'skill', colour: 'e2' },
];

export function QualityChart({ detail, range }: ChartOf) {
  const [at, setAt] = useState<number | null>(null);
  const { points } = detail;
  const data = useMemo((): Aligned => {
    const column = (read: (one: Point) => number | null): Column => points.map(read);
    return [
      points.map(({ atMs }) => atMs / 1_000),
      column((one) => one.coverage),
      column((one) => one.confidence),
      // Below the axis it says only that the last value was better.
      column((one) => (one.skill === null ? null : Math.max(0, one.skill))),
    ];
  }, [points]);
  if (points.every(({ coverage, skill }) => coverage === null && skill === null))
    return (
      <Empty title="Not measured yet" isSmall>
        A forecast is judged when the time has come that it was made for.
      </Empty>
    );
  const value = (series: number): string => (at === null ? '' : percent(data[series]?.[at]));
  return (
    <>
      <Chart
        label="Coverage, confidence and skill over time"
        height={150}
        series={QUALITY_SERIES}
        data={data}
        range={range}
        sync="pool"
        topMin={1}
        format={percent}
        onCursor={setAt}
      />
      <LegendAt
        entries={[
          { name: 'inside the 90% band', colour: 'e1', value: value(1) },
          { name: 'confidence', colour: 'e3', value: value(2) },
          { name: 'skill', colour: 'e2', value: value(3) },
        ]}
        seconds={at === null ? undefined : data[0][at]}
      />
    </>
  );
}
