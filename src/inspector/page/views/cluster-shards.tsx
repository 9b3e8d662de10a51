import { useState } from 'preact/hooks';
import type { ShardRow } from '../../api/cluster.ts';
import { duration, figure } from '../format.ts';
import { Panel } from '../parts/basics.tsx';

const LAG_BAD_MS = 5_000;

export function Shards({ shards, node }: { readonly shards: readonly ShardRow[]; readonly node: string }) {
  const [chosen, setChosen] = useState<number>();
  const shard = shards.find((one) => one.shard === chosen);
  const isBusy = (one: ShardRow): boolean => (one.lagMs ?? 0) > LAG_BAD_MS || (one.backlog ?? 0) > 1_000;
  return (
    <Panel title="Shards" note="Blue: held by this node; outlined: by another; grey: by nobody; amber: behind. Choose one for its lease">
      <div class="shards">
        {shards.map((one) => (
          <button
            type="button"
            key={one.shard}
            class={isBusy(one) ? 'busy' : one.owner === node ? 'own' : one.owner === '' ? '' : 'other'}
            aria-pressed={one.shard === chosen}
            aria-label={`Shard ${one.shard}, ${one.owner === '' ? 'held by nobody' : `held by ${one.owner}`}`}
            onClick={() => setChosen(one.shard === chosen ? undefined : one.shard)}
          >
            {one.shard}
          </button>
        ))}
      </div>
      {shard !== undefined && (
        <div role="status">
          <dl class="facts">
            <dt>Shard {shard.shard}</dt>
            <dd>{shard.owner === '' ? 'held by nobody' : `held by ${shard.owner}`}</dd>
            <dt>Lease</dt>
            <dd>
              epoch {shard.epoch}, beat {shard.beat}
            </dd>
            <dt>Actors</dt>
            <dd>{shard.actors === null ? 'known by its holder' : `${shard.actors}, ${shard.inMemory ?? 0} in memory`}</dd>
            <dt>Timers</dt>
            <dd>{figure(shard.timers)}</dd>
            <dt>In hand</dt>
            <dd>{figure(shard.backlog)}</dd>
            <dt>Lag</dt>
            <dd>{duration(shard.lagMs)}</dd>
          </dl>
        </div>
      )}
    </Panel>
  );
}
