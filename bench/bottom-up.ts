/**
 * What the forecasts of single producers add to that of their total, on recorded families of producers. Traces are not part of the
 * project: give their folder.
 *
 *     npm run bench -- bottom-up --traces DIR [--members N] [--every ROWS]
 *
 * As it is live, the total has what its producers said an interval ago.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readTrace } from '../sim/traces/read.ts';
import type { FamilyTrace } from '../sim/traces/trace.ts';
import { createForecaster } from '../src/models/index.ts';
import { BottomUp, outlookOfPart, type PartOutlook } from '../src/models/bottom-up.ts';
import { horizonsOf } from './forecast/measure.ts';
import { Scorer, geometricMean, targetOf } from './forecast/score.ts';

export async function run(args: readonly string[]): Promise<void> {
  const { values: flags } = parseArgs({
    args: [...args],
    options: { traces: { type: 'string' }, members: { type: 'string', default: '64' }, every: { type: 'string', default: '7' } },
  });
  const folder = flags.traces === undefined ? undefined : join(flags.traces, 'families');
  if (folder === undefined || !existsSync(folder)) {
    console.log('skipped: no traces; give their folder with --traces DIR');
    return;
  }
  const ratios: number[] = [];
  console.log('loss of the total with bottom-up relative to without; point, max at each horizon; weight at the end');
  for (const file of readdirSync(folder).sort()) {
    const trace = readTrace(join(folder, file));
    if (trace.kind !== 'family' || trace.members.length > Number(flags.members) || trace.intervalMs > 600_000) continue;
    const { name, lines, weight } = measureFamily(trace, Number(flags.every));
    ratios.push(...lines);
    console.log(
      `${name.padEnd(28)} ${trace.members.length} producers  ${lines.map((one) => one.toFixed(3)).join(' ')}  ${weight.toFixed(3)}`,
    );
  }
  console.log(`geometric mean ${geometricMean(ratios).toFixed(4)}`);
}

function measureFamily({ name, intervalMs, startMs, members }: FamilyTrace, every: number) {
  const horizonsMs = horizonsOf(intervalMs);
  const settings = { intervalMs, horizonsMs, warmupIntervals: 3 };
  const parts = members.map(() => createForecaster({ ...settings, profile: 'slim' }));
  const alone = createForecaster({ ...settings, profile: 'full' });
  const joined = createForecaster({ ...settings, profile: 'full', models: ['bottom-up'] });
  const bottomUp = new BottomUp({ intervalMs, horizonsMs });
  joined.useModel('bottom-up', bottomUp);
  const rows = members[0]?.values.length ?? 0;
  const totals = Float64Array.from({ length: rows }, (_, row) => members.reduce((sum, { values }) => sum + (values[row] ?? Number.NaN), 0));
  const answers = horizonsMs.flatMap((horizonMs) => (['point', 'max'] as const).map((kind) => ({ kind, steps: horizonMs / intervalMs })));
  const scorers = answers.map(() => [new Scorer(), new Scorer()] as const);
  let outlooks: readonly PartOutlook[] = [];
  for (let row = 0; row < rows; row++) {
    const timeMs = startMs + row * intervalMs;
    bottomUp.take(outlooks);
    for (const total of [alone, joined]) total.observe(timeMs, totals[row] ?? Number.NaN);
    outlooks = parts.flatMap((part, i) => {
      const value = members[i]?.values[row] ?? Number.NaN;
      part.observe(timeMs, value);
      return Number.isNaN(value) || part.notReady() !== undefined ? [] : [outlookOfPart(value, part.forecast())];
    });
    if (row < rows / 2 || row % every !== 0) continue;
    const said = [alone.forecast(), joined.forecast()];
    for (const [i, { kind, steps }] of answers.entries()) {
      const target = targetOf(totals, row, steps, kind);
      for (const k of [0, 1] as const) scorers[i]?.[k].add(timeMs, target, said[k]?.[i]?.quantiles ?? []);
    }
  }
  const weights = Object.entries(joined.weights()).filter(([expert]) => expert.startsWith('bottom-up'));
  return {
    name,
    lines: scorers.map(([without, withParts]) => withParts.score().wql / without.score().wql),
    weight: weights.reduce((sum, [, weight]) => sum + weight, 0),
  };
}
