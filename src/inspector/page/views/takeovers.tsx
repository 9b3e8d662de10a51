import { useMemo } from 'preact/hooks';
import type { Cluster } from '../../api/cluster.ts';
import { clock } from '../format.ts';
import { Empty, Legend, Panel } from '../parts/basics.tsx';
import { Chart } from '../parts/chart.tsx';
import { TableHead } from '../parts/table-head.tsx';
import { nodeNowMs } from '../live.ts';
import { heldOverTime, together } from './held-over-time.ts';

/** Shards that changed hands: how many each node held over time, and which they were. */
export function Takeovers({ takeovers, nodes }: Pick<Cluster, 'takeovers' | 'nodes'>) {
  return (
    <Panel title="Takeovers" note="Shards that changed hands since a page is open">
      {takeovers.length === 0 ? (
        <Empty title="None seen" isSmall>
          Every shard is where it was when this page was opened.
        </Empty>
      ) : (
        <>
          <Timeline takeovers={takeovers} nodes={nodes} />
          <List takeovers={takeovers} />
        </>
      )}
    </Panel>
  );
}

function Timeline({ takeovers, nodes }: Pick<Cluster, 'takeovers' | 'nodes'>) {
  const nowMs = nodeNowMs();
  const { names, data } = useMemo(() => heldOverTime(takeovers, nodes, nowMs), [takeovers, nodes]);
  const moments = [...new Set(takeovers.map(({ atMs }) => atMs))];
  const series = names.map((label, i) => ({ label, colour: `e${i + 1}`, isStepped: true, width: 2 }));
  return (
    <>
      <Chart
        label="Shards that each node held over time"
        height={150}
        series={series}
        data={data}
        range={[data[0][0] ?? 0, data[0].at(-1) ?? 0]}
        topMin={4}
        marks={moments.map((atMs) => ({ atMs, colour: 'faint' }))}
      />
      <Legend entries={names.map((name, i) => ({ name, colour: `e${i + 1}` }))} />
    </>
  );
}

function List({ takeovers }: { readonly takeovers: Cluster['takeovers'] }) {
  return (
    <div class="list-scroll" tabIndex={0} role="group" aria-label="Takeovers, newest first">
      <table>
        <TableHead columns={['Seen', 'From', 'To', 'Shards']} />
        <tbody>
          {together(takeovers).map(({ atMs, from, to, shards }) => (
            <tr key={`${atMs} ${from} ${to}`}>
              <td class="nowrap faint">{clock(atMs)}</td>
              <td>{from === '' ? 'nobody' : from}</td>
              <td>{to === '' ? 'nobody' : to}</td>
              <td>
                {shards.length} <span class="faint">{shards.join(', ')}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
