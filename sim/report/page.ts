import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { formatDuration } from '../../src/config/duration.ts';
import type { Verdict } from '../scenario/expect.ts';
import type { Simulation } from '../simulate.ts';
import { pageData } from './page-data.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import type { SimulationReport } from './report.ts';

/** report.html: one file that needs no network, with the chart library inside. */
export function reportPage(simulation: Simulation): string {
  const data = pageData(simulation);
  const { report } = data;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(report.name)}: policies compared</title>
<style>${chartFile('uPlot.min.css')}${PAGE_STYLE}</style>
</head>
<body>
<main>
<h1>${escape(report.name)}</h1>
${report.description === '' ? '' : `<p class="soft">${escape(report.description)}</p>`}
${facts(report)}
${expectations(report.expectations)}
<section>
<div class="bar"><h2>Results</h2><button data-part="score">whole run</button><button data-part="secondHalf">second half</button></div>
<div class="scroll"><table id="results"></table></div>
</section>
<section>
<div class="bar"><h2>Capacity</h2><button id="all" hidden>show everything</button><span id="chips" class="bar" style="margin:0"></span></div>
<div id="read" class="read"></div>
<div id="capacity"></div>
<div class="key"><span><s class="area"></s>required</span><span><s></s>ready</span><span><s class="thin"></s>requested</span>
<span><s class="band"></s>forecast 5 to 95%, one horizon before</span><span><s class="miss"></s>fewer ready than required</span></div>
</section>
<section><h2>Latency, 95th percentile</h2><div id="latency"></div></section>
<section><div class="bar"><h2>Decisions</h2><span id="count" class="soft"></span></div><div class="list"><table id="decisions"></table></div></section>
</main>
<script type="application/json" id="data">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
<script>${chartFile('uPlot.iife.min.js')}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function facts({ intervals, intervalMs, startMs, producers, plant, seed }: SimulationReport): string {
  const { leadTime, replicaCapacity, minReplicas, maxReplicas, objective, shortMinutePrice } = plant;
  const entries: readonly (readonly [string, string])[] = [
    ['from', new Date(startMs).toISOString().slice(0, 16).replace('T', ' ')],
    ['length', formatDuration(intervals * intervalMs)],
    ['interval', formatDuration(intervalMs)],
    ['producers', String(producers)],
    ['a replica serves', `${Number(replicaCapacity.toPrecision(6))} per interval`],
    ['lead time', `${formatDuration(leadTime.p50Ms)} median, ${formatDuration(leadTime.p95Ms)} p95`],
    ['replicas', `${minReplicas} to ${maxReplicas}`],
    ['objective', `${Number((100 * objective).toPrecision(4))}% of intervals short at most`],
    ...(shortMinutePrice === undefined ? [] : [['a short minute costs', `${shortMinutePrice} minutes of one replica`] as const]),
    ['seed', String(seed)],
  ];
  return `<div class="facts">${entries.map(([name, value]) => `<span>${name} <b>${escape(value)}</b></span>`).join('')}</div>`;
}

function expectations(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return '';
  const rows = verdicts.map(({ policy, expected, found, holds }) => {
    const mark = holds ? '<span class="good">holds</span>' : '<span class="bad">fails</span>';
    return `<tr><td>${mark}</td><td class="text">${escape(policy)}: ${escape(expected)}</td><td>${escape(found)}</td></tr>`;
  });
  return `<section><h2>What must hold</h2><div class="scroll"><table><tbody>${rows.join('')}</tbody></table></div></section>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const require = createRequire(import.meta.url);

function chartFile(name: string): string {
  return readFileSync(require.resolve(`uplot/dist/${name}`), 'utf8').replaceAll('</script', '<\\/script');
}
