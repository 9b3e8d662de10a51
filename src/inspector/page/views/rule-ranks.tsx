import { useMemo } from 'preact/hooks';
import type { PoolDetail } from '../../api/pools.ts';
import { duration, figure, percent, plural } from '../format.ts';
import { Empty, Panel } from '../parts/basics.tsx';
import { TableHead } from '../parts/table-head.tsx';
import { ruleScores, type RuleScore } from './rule-scores.ts';

/** What each rule would have asked for, what that would have cost, and how often it would have been too little. */
export function RuleRanks({ detail: { decisions, leadTimes, settings } }: { readonly detail: PoolDetail }) {
  const leadMs = middleOf(leadTimes) ?? priorOf(settings) ?? 0;
  const scores = useMemo(() => ruleScores(decisions, leadMs), [decisions, leadMs]);
  const note = scores === undefined ? undefined : `Over ${plural(scores.judged, 'decision')}, the safest first`;
  return (
    <Panel title="What each rule would have asked for" note={note}>
      {scores === undefined ? (
        <Empty title="Not judged yet" isSmall>
          A decision is judged by what was needed {duration(leadMs)} later, when its replicas would have been ready.
        </Empty>
      ) : (
        <>
          <div class="scroll" tabIndex={0} role="group" aria-label="Table, scrolls sideways">
            <table>
              <TableHead columns={['Rule', '#Too few', '#Cost', '#Replicas', '#Won']} />
              <tbody>
                <Row score={scores.followed} isFollowed />
                {scores.rules.map((score) => (
                  <Row key={score.name} score={score} />
                ))}
              </tbody>
            </table>
          </div>
          <p class="faint">
            Too few: share of the time in which less was asked for than was needed {duration(leadMs)} later, when it would have been ready.
            Cost: replicas for each one needed, {figure(scores.meanNeeded)} in the mean.
          </p>
        </>
      )}
    </Panel>
  );
}

function Row({
  score: { name, short, cost, mean, won },
  isFollowed = false,
}: {
  readonly score: RuleScore;
  readonly isFollowed?: boolean;
}) {
  return (
    <tr>
      <td>{isFollowed ? <b>{name}</b> : name}</td>
      <td class="number">{percent(short)}</td>
      <td class="number">×{cost.toFixed(2)}</td>
      <td class="number">{figure(mean)}</td>
      <td class="number">{percent(won)}</td>
    </tr>
  );
}

function middleOf(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function priorOf(settings: unknown): number | undefined {
  if (typeof settings !== 'object' || settings === null || !('leadTimePrior' in settings)) return undefined;
  const { p50Ms } = settings.leadTimePrior as { readonly p50Ms?: unknown };
  return typeof p50Ms === 'number' ? p50Ms : undefined;
}
