/** A panel at the bottom of a terminal that is repainted in place, and lines that scroll away above it. */
export interface Painter {
  /** Writes lines that stay, above the panel. */
  print(lines: readonly string[]): void;
  /** Shows these lines as the panel. Writes only what differs. */
  paint(panel: readonly string[]): void;
  /** The terminal was resized: what was shown is anywhere now; the next panel is drawn anew, below it. */
  forget(): void;
  /** Leaves the last panel where it is and shows the cursor again. */
  end(): void;
}

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const CLEAR_LINE_END = '\u001B[K';
const CLEAR_DOWN = '\u001B[J';
/** Synchronized output: terminals that know it show the whole frame at once, others ignore it. */
const BEGIN_FRAME = '\u001B[?2026h';
const END_FRAME = '\u001B[?2026l';

export function createPainter(write: (text: string) => void): Painter {
  let shown: readonly string[] = [];
  let isBegun = false;

  /** To the first column of the panel's first line. */
  const toTop = (): string => (shown.length > 1 ? `\r\u001B[${shown.length - 1}A` : '\r');
  const frame = (body: string): void => {
    write(`${isBegun ? '' : HIDE_CURSOR}${BEGIN_FRAME}${body}${END_FRAME}`);
    isBegun = true;
  };
  const drawn = (panel: readonly string[]): string => panel.map((line) => `${line}${CLEAR_LINE_END}`).join('\n');

  return {
    print(lines) {
      const panel = shown;
      frame(`${toTop()}${CLEAR_DOWN}${lines.map((line) => `${line}\n`).join('')}${drawn(panel)}`);
    },
    paint(panel) {
      if (panel.length === shown.length && panel.every((line, index) => line === shown[index])) return;
      frame(`${toTop()}${drawn(panel)}${panel.length < shown.length ? CLEAR_DOWN : ''}`);
      shown = panel;
    },
    forget() {
      frame(`${toTop()}${CLEAR_DOWN}`);
      shown = [];
    },
    end() {
      if (isBegun) write(`${shown.length > 0 ? '\n' : ''}${SHOW_CURSOR}`);
      shown = [];
      isBegun = false;
    },
  };
}
