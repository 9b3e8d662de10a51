import { drawChart, drawCounts, LABEL_WIDTH, niceTop } from './chart.ts';
import { cutColumns, type Columns } from './columns.ts';
import { fit, wrap } from './fit.ts';
import type { Paint, Style } from './style.ts';
import type { PoolView } from './view.ts';
import { aheadText, clientsText, decisionText, forecastText, loadText, replicasText, runTimeText } from './words.ts';

export interface PanelFrame {
  /** The first is drawn in full, the others get a line each. */
  readonly pools: readonly PoolView[];
  readonly runForMs: number;
  readonly isStopping: boolean;
  /** Cells of the terminal. */
  readonly width: number;
  readonly height: number;
}

const CHART_ROWS_MAX = 10;
const CHART_ROWS_MIN = 3;
/** Lines beside the chart. */
const OTHER_LINES = 15;
const NAME_WIDTH = 10;

/** The lines of the panel, none wider than the terminal and together lower than it. */
export function drawPanel(frame: PanelFrame, style: Style): string[] {
  const [view, ...others] = frame.pools;
  if (view === undefined) return [];
  const rows = Math.min(CHART_ROWS_MAX, frame.height - OTHER_LINES - others.length - 2);
  const chart = rows < CHART_ROWS_MIN ? [] : chartLines(view, frame.width, rows, style);
  const lines = [
    style.faint('─'.repeat(frame.width)),
    titleLine(frame, view, style),
    ...field('Load', [loadText(view), aheadText(view.report)].filter((text) => text !== '').join(', '), frame.width, 1, style),
    ...field('Replicas', replicasText(view), frame.width, 1, style),
    ...field('Forecast', forecastText(view.report), frame.width, 2, style),
    ...(view.clients === undefined ? [] : field('Clients', clientsText(view), frame.width, 1, style)),
    ...chart,
    ...field('Now', decisionText(view.decision), frame.width, 3, style),
    ...others.map((other) => fit(` ${other.pool}: ${loadText(other)}, ${replicasText(other)}, ${other.url}`, frame.width)),
  ];
  return lines.slice(0, Math.max(1, frame.height - 1));
}

function titleLine({ runForMs, isStopping, width }: PanelFrame, view: PoolView, style: Style): string {
  const right = isStopping ? 'draining; Ctrl-C again kills' : `${runTimeText(runForMs)}, Ctrl-C stops`;
  const left = fit(` ${view.pool}  ${view.url}`, width - right.length - 2);
  return `${style.strong(left)}${' '.repeat(Math.max(1, width - left.length - right.length - 1))}${style.faint(right)}`;
}

function field(name: string, text: string, width: number, linesMax: number, style: Style): string[] {
  return wrap(text, width - NAME_WIDTH - 2, linesMax).map(
    (line, index) => ` ${index === 0 ? style.faint(name.padEnd(NAME_WIDTH)) : ' '.repeat(NAME_WIDTH)} ${line}`,
  );
}

function chartLines(view: PoolView, width: number, height: number, style: Style): string[] {
  const columns = cutColumns(view, width - LABEL_WIDTH - 2);
  const values = [
    ...columns.past.flatMap(({ load, capacity, forecast }) => [load, capacity, forecast]),
    ...columns.future.flatMap(({ upper, capacity }) => [upper, capacity]),
  ];
  const top = niceTop(Math.max(...values.map((value) => value ?? 0)));
  return [
    '',
    ...drawChart({ past: columns.past, future: columns.future, height, top }, style),
    axisLine(columns, style),
    `${style.faint(' ready ')}${drawCounts(columns.ready)}`,
    `${style.faint(' asked ')}${drawCounts(columns.requested)}`,
    legendLine(view, width, style),
    '',
  ];
}

/** Ages under the columns of the past, `now`, and the end of the forecast. */
function axisLine({ past, future, columnMs }: Columns, style: Style): string {
  const cells = Array.from({ length: past.length + 1 + future.length }, () => ' ');
  const put = (at: number, text: string): void => {
    for (let i = 0; i < text.length; i++) if (cells[at + i] !== undefined) cells[at + i] = text.charAt(i);
  };
  for (let column = past.length - 15; column >= 0; column -= 15) put(column, `-${runTimeText((past.length - column) * columnMs)}`);
  put(past.length - 1, 'now');
  const end = `+${runTimeText(future.length * columnMs)}`;
  if (future.length > end.length + 3) put(cells.length - end.length, end);
  return `${' '.repeat(LABEL_WIDTH)}${style.faint(cells.join('').trimEnd())}`;
}

/** As many of its parts as fit. */
function legendLine(view: PoolView, width: number, style: Style): string {
  const parts: readonly (readonly [mark: string, paint: Paint, text: string])[] = [
    ['█', style.load, 'load'],
    ['•░', style.forecast, 'forecast and its 90% band'],
    ...(view.requestsPerReplica === undefined
      ? []
      : ([
          ['━', style.capacity, 'ready capacity'],
          ['█', style.over, 'over it'],
        ] as const)),
  ];
  let line = ' '.repeat(LABEL_WIDTH);
  let used = LABEL_WIDTH;
  for (const [mark, paint, text] of parts) {
    used += mark.length + text.length + 3;
    if (used > width) break;
    line += `${paint(mark)} ${text}  `;
  }
  return line.trimEnd();
}
