import type { SeedResult } from './run-seed.ts';
import { START_MS } from './world.ts';

/** Of the last events; the rest is in the trace. */
const LINES_MAX = 40;

/** The command that shows a run again, event by event. */
export function replayCommand({ draw }: SeedResult, isShort: boolean): string {
  const families = isShort ? ` --families ${draw.families.length === 0 ? 'none' : draw.families.join(',')}` : '';
  const planted = draw.planted.length === 0 ? '' : ` --plant ${draw.planted.join(',')}`;
  return `forescale dst --seed ${draw.seed}${families}${planted} --trace`;
}

/** One line. */
export function failureLine({ draw, violation }: SeedResult): string {
  if (violation === undefined) return `seed ${draw.seed} holds`;
  return `seed ${draw.seed} breaks ${violation.id} ${((violation.atMs - START_MS) / 1_000).toFixed(3)} s after the start: ${violation.sentence}`;
}

/** Everything that somebody needs to look into a failure. */
export function failureReport(failed: SeedResult, smallest: SeedResult, commit: string): string {
  const { draw } = failed;
  const fewer = smallest.draw.families.length < draw.families.length;
  return [
    failureLine(failed),
    `  commit    ${commit}`,
    `  cluster   ${draw.nodes} nodes, ${draw.producers.length} producers of each of ${draw.pools.join(', ')}`,
    `  faults    ${draw.families.join(' ') || 'none'}`,
    `  replay    ${replayCommand(failed, false)}`,
    ...(fewer ? [`  smallest  ${replayCommand(smallest, true)}`] : []),
    '  last events:',
    ...smallest.last.slice(-LINES_MAX).map((line) => `    ${line}`),
  ].join('\n');
}
