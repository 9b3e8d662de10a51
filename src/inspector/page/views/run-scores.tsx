import type { Run } from '../../api/recording.ts';
import { duration, figure, percent } from '../format.ts';
import { Panel } from '../parts/basics.tsx';
import { TableHead } from '../parts/table-head.tsx';
import { go, link } from '../router.ts';

type Query = Readonly<Record<string, string>>;

interface Score {
  readonly violationShare?: number;
  readonly violationMinutes?: number;
  readonly costReplicaMinutes?: number;
  readonly perfectCostReplicaMinutes?: number;
  readonly meanLatencyP95Seconds?: number;
}

export function Scores({ run, a, b, query }: { readonly run: Run; readonly a: string; readonly b: string; readonly query: Query }) {
  const choose = (which: 'a' | 'b', label: string): void =>
    go(link('run', '', { ...query, a, b: b === '' ? 'none' : b, [which]: label }), true);
  return (
    <Panel title="Policies" note="The same demand for each; choose two to see side by side">
      <div class="scroll" tabIndex={0} role="group" aria-label="Table, scrolls sideways">
        <table class="scores">
          <TableHead columns={['Policy', '#Short', '#Cost against needed', '#Mean p95', '#Decisions', 'Shown as']} />
          <tbody>
            {run.policies.map(({ label, score, decisions }) => {
              const {
                violationShare,
                violationMinutes,
                costReplicaMinutes = Number.NaN,
                perfectCostReplicaMinutes = Number.NaN,
                meanLatencyP95Seconds,
              } = (score ?? {}) as Score;
              return (
                <tr key={label}>
                  <td>{label}</td>
                  <td class="number">
                    {percent(violationShare)}{' '}
                    <span class="faint">{violationMinutes === undefined ? '' : `${figure(violationMinutes)} min`}</span>
                  </td>
                  <td class="number">
                    {Number.isFinite(costReplicaMinutes) ? `×${(costReplicaMinutes / perfectCostReplicaMinutes).toFixed(3)}` : '–'}
                  </td>
                  <td class="number">{meanLatencyP95Seconds === undefined ? '–' : duration(meanLatencyP95Seconds * 1_000)}</td>
                  <td class="number">{decisions}</td>
                  <td>
                    <span class="choice" role="group" aria-label={`Show ${label}`}>
                      <button type="button" aria-pressed={label === a} onClick={() => choose('a', label)}>
                        first
                      </button>
                      <button type="button" aria-pressed={label === b} onClick={() => choose('b', label === b ? 'none' : label)}>
                        second
                      </button>
                    </span>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
