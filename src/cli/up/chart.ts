import type { Style } from './style.ts';

/** One column of the past; undefined where nothing was measured. */
export interface PastColumn {
  readonly load: number | undefined;
  /** What ready replicas could serve; undefined if that is not known. */
  readonly capacity: number | undefined;
  /** What the forecast had said about this moment. */
  readonly forecast: number | undefined;
}

/** One column of the future. */
export interface FutureColumn {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
  /** What the requested replicas will serve. */
  readonly capacity: number | undefined;
}

export interface Chart {
  readonly past: readonly PastColumn[];
  readonly future: readonly FutureColumn[];
  /** Rows of the plot, at least 2. */
  readonly height: number;
  /** Value at the top. */
  readonly top: number;
}

export const LABEL_WIDTH = 6;
const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

type Cell = readonly [text: string, paint: keyof Style | undefined];
const EMPTY: Cell = [' ', undefined];

/** Lines of the plot from top to bottom: label, past, a line for now, future. */
export function drawChart(chart: Chart, style: Style): string[] {
  const lines: string[] = [];
  for (let row = chart.height - 1; row >= 0; row--) {
    const past = chart.past.map((column) => pastCell(column, row, chart));
    const future = chart.future.map((column) => futureCell(column, row, chart));
    lines.push(label(row, chart) + paintRuns([...past, ['┊', 'faint'], ...future], style));
  }
  return lines;
}

function pastCell({ load, capacity, forecast }: PastColumn, row: number, chart: Chart): Cell {
  if (isInRow(capacity, row, chart)) return ['━', 'capacity'];
  if (isInRow(forecast, row, chart)) return ['•', 'forecast'];
  if (load === undefined) return EMPTY;
  const filled = Math.round(Math.min(1, Math.max(0, (load / chart.top) * chart.height - row)) * 8);
  return [EIGHTHS[filled] ?? ' ', capacity !== undefined && load > capacity ? 'over' : 'load'];
}

function futureCell({ lower, median, upper, capacity }: FutureColumn, row: number, chart: Chart): Cell {
  if (isInRow(capacity, row, chart)) return ['━', 'capacity'];
  if (isInRow(median, row, chart)) return ['•', 'forecast'];
  return rowOf(lower, chart) <= row && row <= rowOf(upper, chart) ? ['░', 'forecast'] : EMPTY;
}

/** Neighbours of one colour share one escape sequence. */
function paintRuns(cells: readonly Cell[], style: Style): string {
  let line = '';
  for (let i = 0; i < cells.length;) {
    const paint = cells[i]?.[1];
    let run = '';
    for (; i < cells.length && cells[i]?.[1] === paint; i++) run += cells[i]?.[0] ?? '';
    line += paint === undefined ? run : style[paint](run);
  }
  return line.trimEnd();
}

function isInRow(value: number | undefined, row: number, chart: Chart): boolean {
  return value !== undefined && rowOf(value, chart) === row;
}

/** The row that a value falls into; a value that stands on a row's edge belongs to the row below, where its bar ends. */
function rowOf(value: number, chart: Chart): number {
  const height = (value / chart.top) * chart.height;
  return Math.min(chart.height - 1, Math.max(0, Math.ceil(height) - 1));
}

/** The value at the upper edge of the top row, of the row in the middle, and zero at the bottom. */
function label(row: number, chart: Chart): string {
  const isLabelled = row === chart.height - 1 || row === Math.floor(chart.height / 2) - 1;
  const value = isLabelled ? String(Math.round((chart.top * (row + 1)) / chart.height)) : row === 0 ? '0' : '';
  return `${value.padStart(LABEL_WIDTH - 2)} ${value === '' ? '│' : '┤'}`;
}

/** The next of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10 times a power of ten at or above a value; at least 5. */
export function niceTop(value: number): number {
  const atLeast = Math.max(5, value);
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return power * ([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * power >= atLeast) ?? 10);
}

/** Counts, one character each: digits, `+` above nine, a space where there is none. */
export function drawCounts(counts: readonly (number | undefined)[]): string {
  return counts.map((count) => (count === undefined ? ' ' : count > 9 ? '+' : String(count))).join('');
}
