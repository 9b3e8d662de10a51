import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { drawChart, drawCounts, niceTop } from '../../../src/cli/up/chart.ts';
import { cutColumns } from '../../../src/cli/up/columns.ts';
import { fit, wrap } from '../../../src/cli/up/fit.ts';
import { drawPanel } from '../../../src/cli/up/panel.ts';
import { createStyle, hasColour } from '../../../src/cli/up/style.ts';
import { createPoolView } from '../../../src/cli/up/view.ts';
import { filledView, message, START_MS, totalReport } from './view-samples.ts';
import { takeMessage } from '../../../src/cli/up/view.ts';

const plain = createStyle(false);
const frame = (width: number, height: number) => ({ pools: [filledView()], runForMs: 134_000, isStopping: false, width, height });
const ESCAPE = String.fromCharCode(27);
const withoutColour = (line: string): string => line.replaceAll(new RegExp(`${ESCAPE}\\[[0-9]+m`, 'g'), '');

test('panel: says what is loaded, forecast, ready, requested and why', () => {
  const text = drawPanel(frame(100, 34), plain).join('\n');
  assert.match(text, /demo {2}http:\/\/127\.0\.0\.1:4000 .* 2m 14s, Ctrl-C stops/);
  assert.match(text, /Load +129 requests\/s, in 15 s 144, 30 s 159, 60 s 189 \(162 to 216\)/);
  assert.match(text, /Replicas +2 ready of 3 requested, 1 starting, room for 44 requests\/s/);
  assert.match(text, /Forecast +predicting, confidence 80%, 91% came inside the 90% band, skill 0.25/);
  assert.match(text, /Clients +latency p50 110 ms, p95 290 ms, p99 400 ms, 1 of 100 failed/);
  assert.match(text, /Now +Scale demo up from 2 to 3: requests stay within/);
});

test('panel: no line is wider and no panel higher than the terminal, in all sizes, with and without colour', () => {
  for (const style of [plain, createStyle(true)]) {
    for (const width of [40, 60, 79, 80, 100, 139, 200, 320]) {
      for (const height of [8, 15, 20, 24, 34, 60]) {
        const lines = drawPanel(frame(width, height), style).map(withoutColour);
        assert.ok(lines.length < height, `${lines.length} lines in ${height}`);
        for (const line of lines) assert.ok(line.length <= width, `${line.length} of ${width}: ${line}`);
      }
    }
  }
});

test('panel: without colour there is no escape sequence', () => {
  assert.doesNotMatch(drawPanel(frame(80, 30), plain).join('\n'), new RegExp(ESCAPE));
});

test('panel: before anything is known it says so', () => {
  const pools = [createPoolView('demo', 'http://127.0.0.1:1', undefined)];
  const text = drawPanel({ pools, runForMs: 0, isStopping: false, width: 80, height: 30 }, plain).join('\n');
  assert.match(text, /nothing measured yet/);
  assert.match(text, /waiting for the first observation/);
  assert.match(text, /no decision yet/);
  assert.doesNotMatch(text, /NaN|undefined|Infinity/);
});

test('panel: tells why a forecast is not ready and what it still needs', () => {
  const view = createPoolView('demo', '', 22);
  const [requests] = totalReport(0, 5).resources;
  assert.ok(requests !== undefined);
  const notReady = {
    code: 'not-enough-history',
    message: 'Three intervals are needed.',
    haveIntervals: 1,
    needIntervals: 3,
    etaMs: 2_000,
  } as const;
  const resources = [{ ...requests, forecasts: [], notReady }];
  takeMessage(view, message('state-report', totalReport(0, 5, { state: 'collecting', ready: false, resources })));
  const text = drawPanel({ pools: [view], runForMs: 0, isStopping: false, width: 100, height: 30 }, plain).join('\n');
  assert.match(text, /collecting, not ready: Three intervals are needed \(1 of 3 intervals\)/);
});

test('panel: a second pool gets a line of its own', () => {
  const pools = [filledView(), createPoolView('other', 'http://127.0.0.1:2', undefined)];
  const lines = drawPanel({ pools, runForMs: 0, isStopping: false, width: 100, height: 40 }, plain);
  assert.match(lines.at(-1) ?? '', /^ other: nothing measured yet, 0 ready of 0 requested/);
});

test('chart: bars end in eighths, forecast, capacity and band have marks of their own', () => {
  const chart = {
    past: [
      { load: 10, capacity: 30, forecast: undefined },
      { load: 35, capacity: 30, forecast: 5 },
      { load: undefined, capacity: undefined, forecast: undefined },
    ],
    future: [
      { lower: 5, median: 15, upper: 25, capacity: 40 },
      { lower: 15, median: 25, upper: 40, capacity: 40 },
    ],
    height: 4,
    top: 40,
  };
  assert.deepEqual(drawChart(chart, plain), ['  40 ┤ ▄ ┊━━', '     │━━ ┊░•', '  20 ┤ █ ┊•░', '   0 ┤█• ┊░']);
});

test('chart: the top is a round number at or above the value', () => {
  assert.deepEqual([0, 5, 9, 11, 130, 151, 222, 1_001].map(niceTop), [5, 5, 10, 15, 150, 200, 250, 1_500]);
});

test('columns: a column that is over does not change when time goes on', () => {
  const view = filledView();
  const before = cutColumns(view, 70);
  const nowColumn = before.past.length - 1;
  for (let second = 120; second < 120 + before.columnMs / 1_000; second++)
    takeMessage(view, message('state-report', totalReport(second, 200)));
  const after = cutColumns(view, 70);
  assert.deepEqual(after.past.slice(0, nowColumn - 1), before.past.slice(1, nowColumn));
  assert.equal(START_MS % before.columnMs, 0);
});

test('columns: the future takes at most about a quarter and ends at the furthest horizon', () => {
  const { past, future, columnMs } = cutColumns(filledView(), 70);
  assert.equal(past.length + future.length, 70);
  assert.ok(future.length <= 18);
  assert.equal(future.length * columnMs, 60_000);
  const last = future.at(-1);
  assert.ok(last !== undefined && last.lower < last.median && last.median < last.upper);
});

test('counts: one character per count', () => {
  assert.equal(drawCounts([0, 3, 9, 10, undefined]), '039+ ');
});

test('fit and wrap: within the width, and cut with a mark when there is more', () => {
  assert.equal(fit('abcdef', 4), 'abc…');
  assert.deepEqual(wrap('one two three four', 9, 3), ['one two', 'three', 'four']);
  assert.deepEqual(wrap('one two three four', 9, 2), ['one two', 'three fo…']);
  assert.deepEqual(wrap('x'.repeat(12), 5, 3), ['xxxxx', 'xxxxx', 'xx']);
});

test('style: NO_COLOR and TERM=dumb switch colour off, FORCE_COLOR on', () => {
  assert.equal(hasColour({ isTTY: true }, {}), true);
  assert.equal(hasColour({ isTTY: true }, { NO_COLOR: '1' }), false);
  assert.equal(hasColour({ isTTY: true }, { TERM: 'dumb' }), false);
  assert.equal(hasColour({}, {}), false);
  assert.equal(hasColour({}, { FORCE_COLOR: '1' }), true);
  assert.equal(hasColour({}, { FORCE_COLOR: '1', NO_COLOR: '1' }), false);
});
