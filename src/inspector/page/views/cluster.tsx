import { useState } from 'preact/hooks';
import type { About } from '../../api/about.ts';
import type { Cluster as ClusterState } from '../../api/cluster.ts';
import { bytes, duration, plural } from '../format.ts';
import { useEvents, useResource } from '../live.ts';
import { Dot, Panel, Tag, Tile, Trouble, Waiting } from '../parts/basics.tsx';
import { Confirm, type Deed } from './act.tsx';
import { Audit, Stopped } from './cluster-lists.tsx';
import { drainOf, Nodes } from './cluster-nodes.tsx';
import { Shards } from './cluster-shards.tsx';
import { Store } from './cluster-store.tsx';
import { DeadLetters } from './dead-letters.tsx';
import { Takeovers } from './takeovers.tsx';

const POLL_MS = 2_000;

export function Cluster({ about }: { readonly about: About }) {
  useEvents('watch=1', () => {});
  const { data, error, reload } = useResource<ClusterState>('/api/v1/cluster', POLL_MS);
  const [deed, setDeed] = useState<Deed>();
  if (error !== undefined) return <Trouble error={error} />;
  if (data === undefined) return <Waiting what="the cluster" />;
  const { health, shards, deadLetters, quarantined, inspector } = data;
  const held = shards.filter(({ owner }) => owner !== '').length;
  const lagMs = Math.max(0, ...shards.map((shard) => shard.lagMs ?? 0));
  const own = data.nodes.find(({ isThis }) => isThis);
  const isAlone = data.nodes.length === 1;
  return (
    <>
      <div class="head">
        <h1>Cluster</h1>
        <Tag level={health.ready ? 'good' : 'bad'}>
          <Dot level={health.ready ? 'good' : 'bad'} label="readiness" /> {health.ready ? 'ready' : (health.reason ?? 'not ready')}
        </Tag>
      </div>
      <div class="stack">
        <div class="tiles">
          <Tile value={String(data.nodes.length)} label={data.nodes.length === 1 ? 'Node' : 'Nodes'} />
          <Tile value={String(held)} unit={`of ${shards.length}`} label="Shards held" />
          <Tile value={duration(lagMs)} label="Largest lag here" />
          <Tile
            value={own?.eventLoopDelayMs === null || own === undefined ? '–' : duration(own.eventLoopDelayMs)}
            label="Event loop delay, p99"
          />
          <Tile value={bytes(own?.memoryBytes)} label="Memory of this node" />
          <Tile
            value={data.store.failing === null ? duration(data.store.roundTripMs) : 'away'}
            label={data.store.kind === 'redis' ? 'Redis and back' : 'Bus and back'}
          />
          <Tile value={String(deadLetters.length)} unit={data.deadLettersMore ? 'and more' : ''} label="Dead letters" />
        </div>
        <Panel
          title="Nodes"
          aside={
            about.mayAct &&
            own !== undefined && (
              <button type="button" class="button" onClick={() => setDeed(drainOf(own.node, own.shards, isAlone))}>
                Drain this node
              </button>
            )
          }
        >
          <Nodes nodes={data.nodes} />
        </Panel>
        <Store store={data.store} />
        <Shards shards={shards} node={own?.node ?? ''} />
        <Stopped actors={quarantined} />
        <DeadLetters letters={deadLetters} isMore={data.deadLettersMore} about={about} onDone={reload} />
        <Takeovers takeovers={data.takeovers} nodes={data.nodes} />
        <Audit audit={data.audit} mayAct={about.mayAct} />
        <p class="faint">
          {plural(inspector.viewers, 'page is', 'pages are')} open; slow ones were left out {plural(inspector.dropped, 'time')};{' '}
          {plural(inspector.broken, 'entry', 'entries')} of the public streams could not be read. <a href="/api/v1/openapi.json">The API</a>
          , <a href="/metrics">metrics</a>.
        </p>
        {deed !== undefined && <Confirm deed={deed} onClose={() => setDeed(undefined)} onDone={reload} />}
      </div>
    </>
  );
}
