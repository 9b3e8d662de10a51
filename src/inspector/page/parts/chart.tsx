import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { figure } from '../format.ts';
import { colour, useThemeRound } from '../theme.ts';

export interface ChartSeries {
  readonly label: string;
  /** Name of a colour of the style sheet. */
  readonly colour: string;
  readonly width?: number;
  readonly isDashed?: boolean;
  readonly isStepped?: boolean;
  readonly hasPoints?: boolean;
  /** Drawn as the edge of a band only. */
  readonly isEdge?: boolean;
}

export interface ChartBand {
  /** Indices of the series that bound it, upper first; the first series is 1. */
  readonly between: readonly [number, number];
  readonly colour: string;
}

export interface ChartMark {
  readonly atMs: number;
  readonly colour: string;
  /** Drawn as a stretch of time when it ends. */
  readonly untilMs?: number;
}

export interface ChartProps {
  readonly label: string;
  readonly height: number;
  readonly series: readonly ChartSeries[];
  readonly bands?: readonly ChartBand[];
  /** Seconds, then one list per series. */
  readonly data: uPlot.AlignedData;
  readonly range: readonly [number, number];
  readonly marks?: readonly ChartMark[];
  /** A line at this time: now, or the moment that is looked at. */
  readonly atMs?: number | undefined;
  /** Charts of one name move their cursors together. */
  readonly sync?: string;
  readonly topMin?: number;
  readonly format?: (value: number) => string;
  readonly onPick?: (atMs: number) => void;
  /** Index under the cursor; null when it leaves. */
  readonly onCursor?: (index: number | null) => void;
}

/** One chart over time. It is made once and only its data is changed, so it can follow a scrubber. */
export function Chart(props: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const moment = useRef<HTMLElement | undefined>(undefined);
  const now = useRef(props);
  now.current = props;
  const round = useThemeRound();
  const shape = JSON.stringify([props.series, props.bands, props.height, round]);

  useEffect(() => {
    const at = box.current;
    if (at === null) return undefined;
    const line = document.createElement('div');
    line.className = 'moment-line';
    const made = new uPlot(optionsOf(now, at.clientWidth, line), now.current.data, at);
    plot.current = made;
    moment.current = line;
    const watcher = new ResizeObserver(() => made.setSize({ width: at.clientWidth, height: now.current.height }));
    watcher.observe(at);
    const pick = (): void => {
      const left = made.cursor.left ?? -1;
      if (left >= 0) now.current.onPick?.(made.posToVal(left, 'x') * 1_000);
    };
    made.over.addEventListener('click', pick);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [shape]);

  useEffect(() => {
    // The scales' ranges are functions that read the present properties.
    plot.current?.setData(props.data, true);
  }, [props.data, props.range[0], props.range[1], props.topMin]);

  useEffect(() => plot.current?.redraw(false), [props.marks]);

  useEffect(() => {
    if (plot.current !== undefined && moment.current !== undefined) placeMoment(plot.current, moment.current, props.atMs);
  }, [props.atMs]);

  return <div class="chart" ref={box} role="img" aria-label={props.label} style={{ height: `${props.height}px` }} />;
}

function optionsOf(now: { readonly current: ChartProps }, width: number, line: HTMLElement): uPlot.Options {
  const { series, bands = [], height, sync, format = (value: number) => figure(value) } = now.current;
  const axis = {
    stroke: colour('faint'),
    grid: { stroke: colour('grid'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width,
    height,
    pxAlign: true,
    legend: { show: false },
    padding: [8, 18, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 }, ...(sync === undefined ? {} : { sync: { key: sync } }) },
    scales: {
      x: { time: true, range: () => [...now.current.range] },
      y: { range: (_plot, _least, most) => [0, Math.max(now.current.topMin ?? 0, Number.isFinite(most) && most > 0 ? most * 1.12 : 1)] },
    },
    axes: [
      { ...axis, size: 26, space: 78, values: (_plot, splits) => splits.map(timeLabel(now.current.range)) },
      { ...axis, size: 52, space: 34, values: (_plot, splits) => splits.map((value) => format(value)) },
    ],
    series: [{}, ...series.map(seriesOf)],
    bands: bands.map(({ between, colour: name }) => ({ series: [...between], fill: colour(name) })),
    hooks: {
      drawAxes: [(plot) => drawMarks(plot, now.current)],
      draw: [(plot) => placeMoment(plot, line, now.current.atMs)],
      ready: [(plot) => plot.over.append(line)],
      setCursor: [(plot) => now.current.onCursor?.(plot.cursor.idx ?? null)],
    },
  };
}

function seriesOf({
  label,
  colour: name,
  width = 1.6,
  isDashed = false,
  isStepped = false,
  hasPoints = false,
  isEdge = false,
}: ChartSeries): uPlot.Series {
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    label,
    width,
    points: { show: hasPoints, size: 4, fill: colour(name) },
    spanGaps: false,
    ...(isEdge ? { stroke: 'transparent' } : { stroke: colour(name) }),
    ...(isDashed ? { dash: [5, 4] } : {}),
    ...(isStepped && stepped !== undefined ? { paths: stepped } : {}),
  };
}

function timeLabel([from, to]: readonly [number, number]): (seconds: number) => string {
  const isLong = to - from > 2 * 86_400;
  const isShort = to - from < 600;
  return (seconds) => {
    const date = new Date(seconds * 1_000);
    if (isLong)
      return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`;
    return date.toLocaleTimeString('en-GB', isShort ? {} : { hour: '2-digit', minute: '2-digit' });
  };
}

function drawMarks(plot: uPlot, { marks = [] }: ChartProps): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { atMs, untilMs, colour: name } of marks) {
    const x = plot.valToPos(atMs / 1_000, 'x', true);
    ctx.fillStyle = colour(name);
    if (untilMs === undefined) {
      ctx.globalAlpha = 0.32;
      ctx.fillRect(Math.round(x), bbox.top, devicePixelRatio, bbox.height);
    } else {
      ctx.globalAlpha = 0.1;
      ctx.fillRect(x, bbox.top, Math.max(1, plot.valToPos(untilMs / 1_000, 'x', true) - x), bbox.height);
    }
  }
  ctx.restore();
}

/** A line over the chart, not in it: it follows a scrubber without drawing anything again. */
function placeMoment(plot: uPlot, line: HTMLElement, atMs: number | undefined): void {
  const left = atMs === undefined ? -1 : plot.valToPos(atMs / 1_000, 'x');
  const isSeen = left >= 0 && left <= plot.over.clientWidth;
  line.hidden = !isSeen;
  if (isSeen) line.style.transform = `translateX(${left}px)`;
}
