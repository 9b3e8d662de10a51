import type { PoolRow } from '../../inspector/api/pools.ts';
import { durationText, figure, percentText } from '../../planning/words.ts';
import { fit } from '../up/fit.ts';
import type { Paint, Style } from '../up/style.ts';

export interface TopFrame {
  readonly node: string;
  readonly pools: readonly PoolRow[];
  /** Why what is shown may be old. */
  readonly problem: string | undefined;
  /** Cells of the terminal. */
  readonly width: number;
  readonly height: number;
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly isRight?: boolean;
  readonly text: (row: PoolRow) => string;
}

const COLUMNS: readonly Column[] = [
  { title: 'POOL', width: 20, text: ({ pool }) => pool },
  { title: 'LOAD', width: 9, isRight: true, text: ({ load }) => numberText(load) },
  { title: 'AHEAD', width: 22, text: aheadText },
  { title: 'READY', width: 7, isRight: true, text: ({ ready, requested }) => `${numberText(ready)}/${numberText(requested)}` },
  { title: 'NEED', width: 5, isRight: true, text: ({ required }) => numberText(required) },
  { title: 'CONF', width: 5, isRight: true, text: ({ confidence }) => percentText(confidence) },
  { title: 'STATE', width: 10, text: ({ state, autonomy }) => (autonomy === 'acting' ? state : autonomy) },
];
const GAP = '  ';
/** Title and column heads. */
const HEAD_LINES = 3;

const ORDER = { bad: 0, warn: 1, note: 2, good: 3 } as const;

/** Lines of the table, none wider than the terminal: the pools with problems first. */
export function drawTop({ node, pools, problem, width, height }: TopFrame, style: Style): string[] {
  const sorted = [...pools].sort((a, b) => ORDER[levelOf(a)] - ORDER[levelOf(b)] || a.pool.localeCompare(b.pool, 'en', { numeric: true }));
  const room = Math.max(1, height - HEAD_LINES - (problem === undefined ? 0 : 1) - 1);
  const shown = sorted.slice(0, room);
  const heads = COLUMNS.map(({ title, width: cells, isRight }) => pad(title, cells, isRight)).join(GAP);
  const lines = [
    style.strong(fit(titleText(node, pools), width)),
    ...(problem === undefined ? [] : [style.bad(fit(problem, width))]),
    '',
    style.faint(fit(`  ${heads}${GAP}WHY`, width)),
    ...shown.map((row) => paintOf(levelOf(row), style)(fit(lineOf(row), width))),
  ];
  if (shown.length < sorted.length) lines.push(style.faint(fit(`  … ${sorted.length - shown.length} more`, width)));
  return lines;
}

function titleText(node: string, pools: readonly PoolRow[]): string {
  const bad = pools.filter((row) => levelOf(row) === 'bad').length;
  const sum = (read: (row: PoolRow) => number | null): number => pools.reduce((total, row) => total + (read(row) ?? 0), 0);
  const state = bad === 0 ? 'no problems' : bad === 1 ? '1 problem' : `${bad} problems`;
  return `${node}: ${pools.length} ${pools.length === 1 ? 'pool' : 'pools'}, ${state}, ${sum((row) => row.ready)} of ${sum((row) => row.requested)} replicas ready`;
}

function lineOf(row: PoolRow): string {
  const mark = { bad: '!', warn: '~', note: '.', good: ' ' }[levelOf(row)];
  const cells = COLUMNS.map(({ width, isRight, text }) => pad(plain(text(row)), width, isRight));
  return `${mark} ${cells.join(GAP)}${GAP}${plain(row.problems[0]?.text ?? row.lastDecision?.reason ?? '')}`;
}

function aheadText({ forecast }: PoolRow): string {
  if (forecast === null) return '-';
  return `${figure(forecast.q50)} (${figure(forecast.q05)}-${figure(forecast.q95)}) ${durationText(forecast.horizonMs)}`;
}

function numberText(value: number | null): string {
  return value === null ? '-' : figure(value);
}

function pad(text: string, width: number, isRight = false): string {
  const cut = fit(text, width);
  return isRight ? cut.padStart(width) : cut.padEnd(width);
}

/** Names come from elsewhere: nothing in them may move the cursor. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '�');
}

function levelOf({ problems }: PoolRow): keyof typeof ORDER {
  return problems[0]?.level ?? 'good';
}

function paintOf(level: keyof typeof ORDER, style: Style): Paint {
  return level === 'bad' ? style.bad : level === 'warn' ? style.forecast : level === 'note' ? style.faint : (text) => text;
}
