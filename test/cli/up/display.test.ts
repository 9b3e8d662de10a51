import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { createJsonDisplay } from '../../../src/cli/up/display-json.ts';
import { createPanelDisplay } from '../../../src/cli/up/display-panel.ts';
import { createPlainDisplay } from '../../../src/cli/up/display-plain.ts';
import type { Display } from '../../../src/cli/up/display.ts';
import { createStyle } from '../../../src/cli/up/style.ts';
import { decisionOf, filledView, START_MS } from './view-samples.ts';

const ESCAPE = String.fromCharCode(27);

/** A terminal that understands what the painter writes: text, line feeds, carriage returns, cursor up, clear. */
class Screen {
  readonly lines: string[] = [''];
  #row = 0;
  #column = 0;

  write(text: string): void {
    for (const part of text.match(new RegExp(`${ESCAPE}\\[[?0-9]*[A-Za-z]|[\\s\\S]`, 'gu')) ?? []) this.#take(part);
  }

  #take(part: string): void {
    if (part === '\n') {
      this.#row += 1;
      this.#column = 0;
      if (this.#row === this.lines.length) this.lines.push('');
    } else if (part === '\r') this.#column = 0;
    else if (part.endsWith('A') && part.startsWith(ESCAPE)) this.#row -= Number(part.slice(2, -1));
    else if (part.endsWith('K') && part.startsWith(ESCAPE)) this.lines[this.#row] = this.#line().slice(0, this.#column);
    else if (part.endsWith('J') && part.startsWith(ESCAPE)) {
      this.lines[this.#row] = this.#line().slice(0, this.#column);
      this.lines.length = this.#row + 1;
    } else if (!part.startsWith(ESCAPE)) {
      this.lines[this.#row] = this.#line().padEnd(this.#column).slice(0, this.#column) + part + this.#line().slice(this.#column + 1);
      this.#column += 1;
    }
  }

  #line(): string {
    return this.lines[this.#row] ?? '';
  }
}

function panelOn(screen: Screen): Display {
  const terminal = { write: (text: string) => screen.write(text), size: () => ({ columns: 80, rows: 30 }), onResize: () => {} };
  return createPanelDisplay(terminal, createStyle(false));
}

test('panel display: decisions scroll above the panel, which stays whole below', () => {
  const screen = new Screen();
  const display = panelOn(screen);
  const view = filledView();
  display.started({ node: 'n', nowMs: START_MS, isDemo: true, pools: [view] });
  const panel = screen.lines.join('\n');
  display.notice(view, { kind: 'decision', decision: decisionOf(2, 3) }, START_MS);
  display.notice(view, { kind: 'decision', decision: decisionOf(3, 5) }, START_MS);
  const text = screen.lines.join('\n');
  assert.ok(text.endsWith(panel), 'the panel is the same');
  assert.match(screen.lines[0] ?? '', /^\d\d:\d\d:\d\d {2}2 → 3 {2}Scale demo up/);
  assert.equal(text.match(/Scale demo up from 3 to 5/g)?.length, 1);
  display.tick([view], START_MS + 1_000);
  assert.match(screen.lines.join('\n'), /1s, Ctrl-C stops/);
  assert.equal(screen.lines.length, text.split('\n').length, 'a tick repaints in place');
});

test('panel display: an unchanged panel writes nothing', () => {
  let written = 0;
  const terminal = { write: () => void (written += 1), size: () => ({ columns: 80, rows: 30 }), onResize: () => {} };
  const display = createPanelDisplay(terminal, createStyle(false));
  const view = filledView();
  display.started({ node: 'n', nowMs: START_MS, isDemo: true, pools: [view] });
  const before = written;
  display.tick([view], START_MS);
  assert.equal(written, before);
});

test('panel display: at the end the panel makes room for a sentence and the cursor is back', () => {
  const screen = new Screen();
  const display = panelOn(screen);
  const view = filledView();
  display.started({ node: 'n', nowMs: START_MS, isDemo: true, pools: [view] });
  display.stopping('SIGINT');
  assert.match(screen.lines.join('\n'), /draining; Ctrl-C again kills/);
  display.stopped({ why: 'SIGINT', nowMs: START_MS, ranForMs: 65_000, pools: [view] });
  assert.deepEqual(screen.lines, ['stopped after 1m 5s, nothing is left running', '']);
});

test('plain display: a line every fifth tick and one per decision, without escape sequences', () => {
  let text = '';
  const display = createPlainDisplay((more) => void (text += more));
  const view = filledView();
  display.started({ node: 'n', nowMs: START_MS, isDemo: true, pools: [view] });
  for (let i = 0; i < 11; i++) display.tick([view], START_MS + i * 1_000);
  display.notice(view, { kind: 'decision', decision: decisionOf(2, 3) }, START_MS);
  const lines = text.trimEnd().split('\n');
  assert.equal(lines.length, 1 + 3 + 1);
  for (const line of lines) assert.match(line, /^\d\d:\d\d:\d\d {2}/);
  assert.doesNotMatch(text, new RegExp(ESCAPE));
});

test('json display: each line is an object with kind and time; a tick holds load, forecast and replicas', () => {
  let text = '';
  const display = createJsonDisplay((more) => void (text += more));
  const view = filledView();
  display.started({ node: 'n', nowMs: START_MS, isDemo: true, pools: [view] });
  display.tick([view], START_MS);
  display.notice(view, { kind: 'decision', decision: decisionOf(2, 3) }, START_MS);
  display.stopped({ why: 'SIGINT', nowMs: START_MS, ranForMs: 1_000, pools: [view] });
  const objects = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    objects.map(({ kind }) => kind),
    ['started', 'tick', 'decision', 'stopped'],
  );
  assert.ok(objects.every(({ time }) => time === new Date(START_MS).toISOString()));
  const [, tick, decision] = objects;
  assert.deepEqual([tick?.['load'], tick?.['requested'], tick?.['ready'], tick?.['capacity']], [129, 3, 2, 44]);
  assert.deepEqual(tick?.['forecast'], [
    { horizonMs: 15_000, q05: 137.25, q50: 144, q95: 150.75 },
    { horizonMs: 30_000, q05: 145.5, q50: 159, q95: 172.5 },
    { horizonMs: 60_000, q05: 162, q50: 189, q95: 216 },
  ]);
  assert.deepEqual([decision?.['id'], decision?.['from'], decision?.['to'], decision?.['winner']], ['demo/17', 2, 3, 'quantile']);
});
