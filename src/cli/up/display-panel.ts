import type { Display } from './display.ts';
import { wrap } from './fit.ts';
import { createPainter } from './painter.ts';
import { drawPanel } from './panel.ts';
import type { Style } from './style.ts';
import type { Notice, PoolView } from './view.ts';
import { isForPeople, noticeText, noticeTimeMs, runTimeText, timeText } from './words.ts';

export interface PanelTerminal {
  write(text: string): void;
  size(): { readonly columns: number; readonly rows: number };
  onResize(callback: () => void): void;
}

const TIME_WIDTH = 10;
const NOTICE_LINES_MAX = 4;
const WIDTH_MIN = 40;

/** A panel at the bottom of the terminal; decisions scroll above it. */
export function createPanelDisplay(terminal: PanelTerminal, style: Style): Display {
  const painter = createPainter((text) => terminal.write(text));
  let pools: readonly PoolView[] = [];
  let startedAtMs = 0;
  let nowMs = 0;
  let isStopping = false;

  const paint = (): void => {
    const { columns, rows } = terminal.size();
    const width = Math.max(WIDTH_MIN, columns - 1);
    painter.paint(drawPanel({ pools, runForMs: nowMs - startedAtMs, isStopping, width, height: rows }, style));
  };
  terminal.onResize(() => {
    painter.forget();
    paint();
  });

  return {
    started(facts) {
      startedAtMs = facts.nowMs;
      nowMs = facts.nowMs;
      pools = facts.pools;
      if (facts.page !== undefined) painter.print([`${style.faint('inspector')}  ${facts.page}`]);
      paint();
    },
    tick(views, atMs) {
      pools = views;
      nowMs = atMs;
      paint();
    },
    notice(_view, notice, atMs) {
      if (!isForPeople(notice)) return;
      const lines = wrap(noticeText(notice), terminal.size().columns - TIME_WIDTH - 2, NOTICE_LINES_MAX);
      const time = timeText(noticeTimeMs(notice, atMs));
      painter.print(
        lines.map((line, index) =>
          index === 0 ? `${style.faint(time)}  ${tint(notice, line, style)}` : `${' '.repeat(TIME_WIDTH)}${line}`,
        ),
      );
    },
    log: (line) => painter.print([line]),
    stopping() {
      isStopping = true;
      paint();
    },
    stopped({ ranForMs }) {
      painter.paint([`stopped after ${runTimeText(ranForMs)}, nothing is left running`]);
      painter.end();
    },
  };
}

function tint(notice: Notice, line: string, style: Style): string {
  if (notice.kind === 'decision') return style.strong(line);
  if (notice.kind === 'confirmation') return style.bad(line);
  return notice.feedback.outcome === 'succeeded' ? style.faint(line) : style.bad(line);
}
