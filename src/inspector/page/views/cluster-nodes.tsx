import type { Cluster } from '../../api/cluster.ts';
import { bytes, duration, figure, plural } from '../format.ts';
import { Tag } from '../parts/basics.tsx';
import { TableHead } from '../parts/table-head.tsx';
import type { Deed } from './act.tsx';

export function Nodes({ nodes }: { readonly nodes: Cluster['nodes'] }) {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="Table, scrolls sideways">
      <table>
        <TableHead columns={['Node', '#Shards', '#Actors', '#Effects under way', '#Event loop late', '#Memory', '#Up']} />
        <tbody>
          {nodes.map(({ node, isThis, shards, actors, pendingEffects, eventLoopDelayMs, memoryBytes, upMs }) => (
            <tr key={node}>
              <td>
                {node} {isThis ? <Tag level="good">this one</Tag> : <span class="faint">{actors === null ? 'does not answer' : ''}</span>}
              </td>
              <td class="number">{shards}</td>
              <td class="number">{figure(actors)}</td>
              <td class="number">{figure(pendingEffects)}</td>
              <td class="number">{duration(eventLoopDelayMs)}</td>
              <td class="number">{bytes(memoryBytes)}</td>
              <td class="number">{duration(upMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function drainOf(node: string, shards: number, isAlone: boolean): Deed {
  const rest = isAlone
    ? 'There is no other node: nothing is scaled until one is started again, and targets stay as they are.'
    : 'The other nodes take them over within seconds.';
  return {
    title: `Drain ${node}?`,
    consequence: `It finishes what it does, hands its ${plural(shards, 'shard')} over, and stops. ${rest} This page ends with it.`,
    button: 'Drain it',
    isDangerous: true,
    path: '/api/v1/drain',
    body: () => ({ node }),
  };
}
