/** Style of report.html: quiet, one accent per policy, light and dark, readable from 360 px on. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fbfbfa; --card: #ffffff; --line: #e3e3df; --text: #1d1d1b; --soft: #6b6b66; --bad: #c8322b; --good: #2f7d4f;
  --required: #d9d9d3; --required-line: #a5a59d; --c0: #2f6fde; --c1: #d9730d; --c2: #7a5bd0; --c3: #12908e; --c4: #b8477f; --c5: #6d7d1f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #16171a; --card: #1e2024; --line: #32353b; --text: #e8e8e4; --soft: #9b9c9f; --bad: #ff6b61; --good: #5cc48a;
    --required: #3a3d43; --required-line: #6f737b; --c0: #6ea1ff; --c1: #ff9f43; --c2: #ab8fff; --c3: #3cc9c6; --c4: #ef7fb4; --c5: #b4c653;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 0 0 10px; }
p { margin: 0 0 8px; }
.soft { color: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 10px 0 22px; color: var(--soft); font-size: 13.5px; }
.facts b { color: var(--text); font-weight: 600; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; margin: 0 0 16px; }
.bar { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-bottom: 12px; }
.bar h2 { margin: 0 auto 0 0; }
.bar .soft { font-size: 13px; }
button, .chip { font: inherit; font-size: 13.5px; color: inherit; background: none; border: 1px solid var(--line); border-radius: 999px; padding: 3px 12px; cursor: pointer; display: inline-flex; align-items: center; gap: 7px; }
button:hover, .chip:hover { border-color: var(--soft); }
.chip:focus-within, button:focus-visible { outline: 2px solid var(--c0); outline-offset: 2px; }
.chip input { position: absolute; opacity: 0; width: 1px; height: 1px; }
.chip i { width: 10px; height: 10px; border-radius: 3px; background: var(--own); }
.chip:not(:has(:checked)) { color: var(--soft); }
.chip:not(:has(:checked)) i { background: none; box-shadow: inset 0 0 0 2px var(--own); }
button[aria-pressed="true"] { background: var(--line); }
.scroll { overflow-x: auto; margin: 0 -18px; padding: 0 18px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13.5px; }
th, td { padding: 6px 10px; text-align: right; white-space: nowrap; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-weight: 500; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; padding-left: 0; position: sticky; left: 0; background: var(--card); }
td.text { text-align: left; white-space: normal; min-width: 260px; overflow-wrap: anywhere; }
td i { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 8px; background: var(--own); }
.bad { color: var(--bad); } .good { color: var(--good); }
.key { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 12.5px; color: var(--soft); margin-top: 8px; }
.key span { display: inline-flex; align-items: center; gap: 6px; }
.key s { width: 18px; height: 0; border-top: 2px solid var(--soft); } .key s.thin { border-top: 1.5px dashed var(--soft); }
.key s.area { height: 10px; border: 0; background: var(--required); border-top: 1.5px solid var(--required-line); }
.key s.band { height: 10px; border: 0; background: color-mix(in srgb, var(--c0) 25%, transparent); }
.key s.miss { height: 8px; border: 0; background: var(--bad); width: 4px; }
.read { min-height: 20px; font-size: 13px; font-variant-numeric: tabular-nums; color: var(--soft); display: flex; flex-wrap: wrap; gap: 0 16px; margin-bottom: 6px; }
.read b { color: var(--text); font-weight: 600; } .read i { display: inline-block; width: 9px; height: 9px; border-radius: 3px; margin-right: 5px; background: var(--own); }
.list { max-height: 420px; overflow: auto; margin: 0 -18px; padding: 0 18px; }
.list tr[data-at] { cursor: pointer; } .list tr[data-at]:hover td { background: color-mix(in srgb, var(--line) 45%, var(--card)); }
.empty { color: var(--soft); padding: 8px 0; }
@media (max-width: 560px) { td.text { min-width: 150px; } main { padding: 18px 12px 40px; } section { padding: 12px; } .scroll, .list { margin: 0 -12px; padding: 0 12px; } h1 { font-size: 20px; } }
`;
