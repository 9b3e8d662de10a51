import { createJsonDisplay } from './display-json.ts';
import { createPanelDisplay } from './display-panel.ts';
import { createPlainDisplay } from './display-plain.ts';
import type { Display } from './display.ts';
import type { UpFlags } from './flags.ts';
import { createStyle, hasColour } from './style.ts';

/** JSON if asked for, the panel in a terminal that can, otherwise lines. */
export function chooseDisplay({ json }: UpFlags): Display {
  const { stdout, env } = process;
  const write = (text: string): void => void stdout.write(text);
  if (json === true) return createJsonDisplay(write);
  if (!stdout.isTTY || env['TERM'] === 'dumb') return createPlainDisplay(write);
  const terminal = {
    write,
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    onResize: (callback: () => void) => void stdout.on('resize', callback),
  };
  return createPanelDisplay(terminal, createStyle(hasColour(stdout, env)));
}
