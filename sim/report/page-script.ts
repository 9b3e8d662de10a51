/**
 * What report.html does in the browser: plain script, run as it is. It reads the page's data, draws with uPlot, and keeps
 * both charts and the list of decisions on the same stretch of time. A browser has another world than this program's
 * type checker, hence the text.
 */
export const PAGE_SCRIPT = String.raw`
(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('data').textContent);
  const { report, policies } = data;
  const n = report.intervals, step = report.intervalMs / 1000, start = report.startMs / 1000;
  const el = (id) => document.getElementById(id);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const color = (i) => css('--c' + (i % 6));

  function expand(coded) {
    const values = new Array(n);
    for (let i = 0, at = 0; i < coded.length; i += 2) { values.fill(coded[i], at, at + coded[i + 1]); at += coded[i + 1]; }
    return values;
  }
  const absent = (values) => values.map((v) => (v < 0 ? null : v));
  const times = Array.from({ length: n }, (_, i) => start + i * step);
  const required = expand(data.required);
  const runs = policies.map((p, i) => ({
    ...p, index: i,
    ready: expand(p.ready), requested: expand(p.requested), violation: expand(p.violation), latency: expand(p.latency),
    band: p.forecast && { q05: absent(expand(p.forecast.q05)), q50: absent(expand(p.forecast.q50)), q95: absent(expand(p.forecast.q95)) },
    shown: i < 2,
  }));

  // Numbers for people.
  const fixed = (v, d) => v.toLocaleString('en', { minimumFractionDigits: d, maximumFractionDigits: d });
  const pct = (v) => fixed(100 * v, 100 * v < 10 ? 2 : 1) + '%';
  const time = (s) => new Date(s * 1000).toISOString().slice(0, 16).replace('T', ' ');
  const latency = (s) => (s < 1 ? fixed(1000 * s, 0) + ' ms' : fixed(s, s < 10 ? 2 : 1) + ' s');
  const escape = (text) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);

  // The table of results.
  const COLUMNS = [
    ['violations', (s) => fixed(s.violationMinutes, 0) + ' min'],
    ['share', (s) => '<span class="' + (s.violationShare <= report.plant.objective ? 'good' : 'bad') + '">' + pct(s.violationShare) + '</span>'],
    ['cost, replica-min', (s) => fixed(s.costReplicaMinutes, 0)],
    ['cost / required', (s) => s.perfectCostReplicaMinutes > 0 ? fixed(s.costReplicaMinutes / s.perfectCostReplicaMinutes, 3) : '–'],
    ['replicas', (s) => fixed(s.meanReplicas, 2)],
    ['short by', (s) => fixed(s.elasticity.thetaUnder, 2) + '%'],
    ['over by', (s) => fixed(s.elasticity.thetaOver, 1) + '%'],
    ['turns/day', (s) => fixed(s.reversalsPerDay, 1)],
    ['changes/day', (s) => fixed(s.changesPerDay, 1)],
    ['mean p95', (s) => latency(s.meanLatencyP95Seconds)],
    ['dropped', (s) => pct(s.droppedShare)],
  ];
  function table(part) {
    const head = '<thead><tr><th>policy</th>' + COLUMNS.map(([name]) => '<th>' + name + '</th>').join('') + '</tr></thead>';
    const body = report.policies.map((p, i) => '<tr><td style="--own:var(--c' + (i % 6) + ')"><i></i>' + escape(p.label) + '</td>' +
      COLUMNS.map(([, read]) => '<td>' + read(p[part]) + '</td>').join('') + '</tr>').join('');
    el('results').innerHTML = head + '<tbody>' + body + '</tbody>';
    for (const button of document.querySelectorAll('[data-part]')) button.setAttribute('aria-pressed', String(button.dataset.part === part));
  }
  for (const button of document.querySelectorAll('[data-part]')) button.addEventListener('click', () => table(button.dataset.part));

  // Charts. Where several intervals share a pixel, they are drawn as one point: the most required, the mean of the rest.
  let bucket = 1;
  function grouped(values, reduce) {
    if (bucket === 1) return values;
    const out = [];
    for (let at = 0; at < n; at += bucket) out.push(reduce(values.slice(at, at + bucket).filter((v) => v !== null)));
    return out;
  }
  const most = (values) => grouped(values, (part) => (part.length === 0 ? null : Math.max(...part)));
  const mean = (values) => grouped(values, (part) => (part.length === 0 ? null : part.reduce((a, b) => a + b, 0) / part.length));
  const groupedTimes = () => grouped(times, (part) => part[0]);
  function bucketFor(width) {
    const perPixel = (2 * (range[1] - range[0])) / step / Math.max(200, width - 60);
    return perPixel <= 2 ? 1 : Math.ceil(perPixel);
  }
  const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  function timeLabels(u, splits, axis, space, incr) {
    let before = '';
    return splits.map((s) => {
      const date = new Date(s * 1000), day = date.getUTCDate() + ' ' + MONTHS[date.getUTCMonth()];
      if (incr >= 86400) return day;
      const label = date.toISOString().slice(11, incr < 60 ? 19 : 16) + (day === before ? '' : '\n' + day);
      before = day;
      return label;
    });
  }
  let range = [times[0], times[n - 1] + step];
  let charts = [];
  let shared = false;
  function zoom(min, max) {
    const least = 5 * step, full = [times[0], times[n - 1] + step];
    range = max - min < least ? [min, min + least] : [min, max];
    range = [Math.max(full[0], range[0]), Math.min(full[1], range[1])];
    shared = true;
    if (bucketFor(el('capacity').clientWidth) !== bucket) draw();
    else for (const chart of charts) chart.setScale('x', { min: range[0], max: range[1] });
    shared = false;
    el('all').hidden = range[0] === full[0] && range[1] === full[1];
    decisions();
  }
  const axis = (extra) => ({ stroke: css('--soft'), grid: { stroke: css('--line'), width: 1 }, ticks: { stroke: css('--line'), width: 1, size: 4 }, font: '12px system-ui, sans-serif', ...extra });
  const steps = (u, s, a, b) => uPlot.paths.stepped({ align: 1 })(u, s, a, b);
  const faint = (c, share) => 'color-mix(in srgb, ' + c + ' ' + share + '%, transparent)';
  const canvasColor = (text) => { const probe = document.createElement('i'); probe.style.color = text; document.body.append(probe); const value = getComputedStyle(probe).color; probe.remove(); return value; };

  function marks(u) {
    const { ctx, bbox } = u, ratio = devicePixelRatio, shown = runs.filter((run) => run.shown);
    const [min, max] = [u.scales.x.min, u.scales.x.max];
    const from = Math.max(0, Math.floor((min - start) / step)), to = Math.min(n - 1, Math.ceil((max - start) / step));
    ctx.save();
    shown.forEach((run, row) => {
      const y = bbox.top + bbox.height - (shown.length - row) * 7 * ratio;
      ctx.fillStyle = color(run.index);
      ctx.fillRect(bbox.left - 5 * ratio, y, 3 * ratio, 5 * ratio);
      ctx.fillStyle = css('--bad');
      let last = -1;
      for (let i = from; i <= to; i++) {
        if (!run.violation[i]) continue;
        const x = Math.max(bbox.left, u.valToPos(times[i], 'x', true)), end = Math.min(bbox.left + bbox.width, u.valToPos(times[i] + step, 'x', true));
        if (Math.floor(end) === last) continue;
        last = Math.floor(end);
        ctx.fillRect(x, y, Math.max(1.5 * ratio, end - x), 5 * ratio);
      }
    });
    ctx.restore();
  }

  function capacityChart(width) {
    const series = [{}], values = [groupedTimes()], bands = [];
    const add = (column, options) => { values.push(column); series.push({ points: { show: false }, paths: steps, ...options }); return series.length - 1; };
    add(most(required), { stroke: css('--required-line'), width: 1, fill: css('--required') });
    for (const run of runs) {
      if (!run.shown) continue;
      const own = color(run.index);
      if (run.band) {
        const hi = add(mean(run.band.q95), { stroke: canvasColor(faint(own, 35)), width: 1 });
        const lo = add(mean(run.band.q05), { stroke: canvasColor(faint(own, 35)), width: 1 });
        bands.push({ series: [hi, lo], fill: canvasColor(faint(own, 20)) });
      }
      add(mean(run.requested), { stroke: canvasColor(faint(own, 65)), width: 1, dash: [4, 3] });
      add(mean(run.ready), { stroke: own, width: 2 });
    }
    return new uPlot({
      width, height: Math.max(240, Math.min(400, width * 0.5)), series, bands, legend: { show: false },
      scales: { x: { min: range[0], max: range[1] }, y: { range: (u, lo, hi) => [-0.09 * Math.max(1, hi), Math.max(1, hi) * 1.06] } },
      axes: [axis({ values: timeLabels }), axis({ size: 58, filter: (u, splits) => splits.map((v) => (v < 0 ? null : v)), incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000, 100000] })],
      cursor: { sync: { key: 'time' }, drag: { x: true, y: false } },
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), 'Etc/UTC'),
      hooks: { draw: [marks], setCursor: [readOut], setScale: [follow] },
    }, values, el('capacity'));
  }
  function latencyChart(width) {
    const series = [{}], values = [groupedTimes()];
    for (const run of runs) if (run.shown) { values.push(mean(run.latency.map((v) => (v > 0 ? v : null)))); series.push({ stroke: color(run.index), width: 1.25, points: { show: false } }); }
    return new uPlot({
      width, height: 150, series, legend: { show: false },
      scales: { x: { min: range[0], max: range[1] }, y: { distr: 3, log: 10, range: (u, lo, hi) => [lo > 0 ? lo / 1.3 : 0.01, hi > 0 ? hi * 1.3 : 1] } },
      axes: [axis({ values: timeLabels }), axis({ size: 58, values: (u, splits) => splits.map((v) => (v && [1, 2, 5].includes(Number((v / 10 ** Math.floor(Math.log10(v) + 1e-9)).toFixed(3))) ? latency(v) : '')) })],
      cursor: { sync: { key: 'time' }, drag: { x: true, y: false } },
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), 'Etc/UTC'),
      hooks: { setScale: [follow] },
    }, values, el('latency'));
  }
  function follow(u, key) {
    if (key !== 'x' || shared || !charts.includes(u)) return;
    const { min, max } = u.scales.x;
    // Not from within the chart's own call: zooming may replace it.
    if (min !== range[0] || max !== range[1]) setTimeout(() => zoom(min, max));
  }
  function readOut(u) {
    const i = u.cursor.idx === null || u.cursor.idx === undefined ? null : u.cursor.idx * bucket;
    if (i === null || i >= n) { el('read').textContent = 'Move over the chart for figures, drag to zoom, double-click for everything.'; return; }
    const own = runs.filter((run) => run.shown).map((run) => '<span style="--own:' + color(run.index) + '"><i></i>' + escape(run.label) + ' <b>' +
      run.ready[i] + '</b> ready' + (run.requested[i] !== run.ready[i] ? ' of ' + fixed(run.requested[i], Number.isInteger(run.requested[i]) ? 0 : 2) : '') +
      (run.violation[i] ? ' <span class="bad">short</span>' : '') + (run.band && run.band.q50[i] !== null ? ', forecast ' + fixed(run.band.q05[i], 1) + ' to ' + fixed(run.band.q95[i], 1) : '') + '</span>').join('');
    el('read').innerHTML = '<b>' + time(times[i]) + '</b><span>required <b>' + required[i] + '</b></span>' + own;
  }
  function draw() {
    for (const chart of charts) chart.destroy();
    charts = [];
    const width = el('capacity').clientWidth;
    bucket = bucketFor(width);
    charts = [capacityChart(width), latencyChart(width)];
    for (const chart of charts) chart.over.addEventListener('dblclick', () => zoom(times[0], times[n - 1] + step));
    readOut({ cursor: {} });
  }

  // Which policies are drawn.
  el('chips').innerHTML = runs.map((run) => '<label class="chip" style="--own:var(--c' + (run.index % 6) + ')"><input type="checkbox" value="' + run.index + '"' + (run.shown ? ' checked' : '') + '><i></i>' + escape(run.label) + '</label>').join('');
  el('chips').addEventListener('change', (event) => { runs[Number(event.target.value)].shown = event.target.checked; draw(); decisions(); });
  el('all').addEventListener('click', () => zoom(times[0], times[n - 1] + step));

  // Decisions of the shown policies in the shown time.
  const LIST_MAX = 200;
  function decisions() {
    const rows = [];
    let left = 0;
    for (const run of runs) {
      if (!run.shown) continue;
      for (const [at, from, to, reason] of run.changes) if (start + at >= range[0] && start + at <= range[1]) rows.push([start + at, run, from, to, reason]);
      left += run.changesLeftOut;
    }
    rows.sort((a, b) => a[0] - b[0] || a[1].index - b[1].index);
    el('count').textContent = rows.length + ' in view' + (rows.length > LIST_MAX ? ', the first ' + LIST_MAX + ' listed: zoom in for others' : '') + (left > 0 ? '; ' + left + ' more are only in decisions.jsonl' : '');
    el('decisions').innerHTML = rows.length === 0 ? '<tbody><tr><td class="empty">Nothing was changed in this time.</td></tr></tbody>' : '<tbody>' +
      rows.slice(0, LIST_MAX).map(([at, run, from, to, reason]) => '<tr data-at="' + at + '"><td style="--own:' + 'var(--c' + (run.index % 6) + ')"><i></i>' + time(at) + '</td><td>' + from + ' → <b>' + to + '</b></td><td class="text">' + escape(reason) + '</td></tr>').join('') + '</tbody>';
  }
  el('decisions').addEventListener('click', (event) => {
    const row = event.target.closest('tr[data-at]');
    if (row) zoom(Number(row.dataset.at) - 60 * step, Number(row.dataset.at) + 60 * step);
  });

  table('score');
  draw();
  decisions();
  let waiting;
  addEventListener('resize', () => { clearTimeout(waiting); waiting = setTimeout(draw, 120); });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
})();
`;
