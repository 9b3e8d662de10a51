import type { Cluster } from '../../api/cluster.ts';
import { bytes, duration, plural } from '../format.ts';
import { Dot, Panel, Tag } from '../parts/basics.tsx';
import { TableHead } from '../parts/table-head.tsx';

/** What keeps the streams: how far it is, and how it is. */
export function Store({ store }: { readonly store: Cluster['store'] }) {
  const { kind, roundTripMs, roundTripMostMs, failing, servers } = store;
  const way =
    roundTripMs === null
      ? 'Not read yet'
      : `${duration(roundTripMs)} there and back, at most ${duration(roundTripMostMs)} of the last sixty`;
  if (kind === 'memory') return null;
  return (
    <Panel title="Redis" note={way} aside={failing === null ? <Tag level="good">answers</Tag> : <Tag level="bad">away</Tag>}>
      {failing !== null && (
        <ul class="problems">
          <li class="bad">
            <Dot level="bad" label="away" />
            <span>
              It cannot be read: {failing}. What this page shows is what was known last; no action begins until it is back, so Forescale
              leaves replicas as they are. See whether it runs and can be reached: <code>forescale doctor --bus URL</code> says what is
              wrong. When it is back, nodes and this page go on by themselves.
            </span>
          </li>
        </ul>
      )}
      <table>
        <TableHead columns={['Server', '#Memory', '#Limit', '#Copies', 'Health']} />
        <tbody>
          {servers.map(({ version, role, usedMemoryBytes, maxMemoryBytes, replicas, findings }, i) => (
            <tr key={i}>
              <td>
                {role} <span class="faint">{version}</span>
              </td>
              <td class="number">{bytes(usedMemoryBytes)}</td>
              <td class="number">{maxMemoryBytes === 0 ? 'none' : bytes(maxMemoryBytes)}</td>
              <td class="number">{replicas}</td>
              <td>
                {findings.length === 0 ? <Tag level="good">well set</Tag> : <Tag level="warn">{plural(findings.length, 'finding')}</Tag>}
                {findings.map((finding) => (
                  <div class="faint" key={finding}>
                    {finding}
                  </div>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
