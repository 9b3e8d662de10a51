import { useEffect, useMemo, useState } from 'preact/hooks';
import type { About } from '../../api/about.ts';
import type { ActorList, ActorRow } from '../../api/actors.ts';
import { plural } from '../format.ts';
import { useEvents, useResource } from '../live.ts';
import { Dot, Empty, Tag, Trouble, Waiting } from '../parts/basics.tsx';
import { useDeferred } from '../parts/deferred.ts';
import { useWindowSize } from '../parts/size.ts';
import { VirtualList } from '../parts/virtual-list.tsx';
import { link } from '../router.ts';
import { levelOf } from './actor-level.ts';
import { leavesOf } from './leaves.ts';
import { Actor } from './actor.tsx';

const POLL_MS = 3_000;
/** A long list is a megabyte and more: it is read seldom. */
const POLL_LONG_MS = 15_000;
const LONG_FROM = 2_000;

export function Actors({ address, about }: { readonly address: string; readonly about: About }) {
  // Messages are noted only while a page listens.
  useEvents('watch=1', () => {});
  const [isLong, setLong] = useState(false);
  const { data, error } = useResource<ActorList>('/api/v1/actors', isLong ? POLL_LONG_MS : POLL_MS);
  useEffect(() => setLong((data?.actors.length ?? 0) > LONG_FROM), [data]);
  const [filter, setFilter] = useState('');
  const wanted = useDeferred(filter);
  const tree = useMemo(() => filtered(treeOf(data?.actors ?? []), wanted), [data, wanted]);
  const { height, width } = useWindowSize();
  if (error !== undefined) return <Trouble error={error} />;
  if (data === undefined) return <Waiting what="the actors" />;
  return (
    <>
      <div class="head">
        <h1>Actors</h1>
        <Counts actors={data.actors} />
        <span class="faint">
          {plural(data.actors.length + data.leftOut, 'actor')} on {data.nodes.length === 1 ? data.node : plural(data.nodes.length, 'node')}
          {data.leftOut > 0 && `, the first ${data.actors.length} are listed`}
        </span>
      </div>
      <Missing nodes={data.nodes} />
      <div class={`split ${address === '' ? '' : 'with-detail'}`}>
        <section class="panel actor-list" aria-label="All actors">
          <div class="bar">
            <input
              class="field"
              type="search"
              placeholder="Filter by address, state, status or node"
              aria-label="Filter actors"
              value={filter}
              onInput={({ currentTarget }) => setFilter(currentTarget.value)}
            />
          </div>
          {tree.length === 0 ? (
            <Empty title={data.actors.length === 0 ? 'No actor lives here yet' : 'Nothing matches'} isSmall />
          ) : (
            <VirtualList
              items={tree}
              rowHeight={40}
              heightMax={Math.max(240, height - (width <= 1_000 ? 230 : 210))}
              label="Actors"
              keyOf={({ row }) => row.address}
              shown={address === '' ? undefined : tree.findIndex(({ row }) => row.address === address)}
            >
              {({ row, depth }) => <Row row={row} depth={depth} isCurrent={row.address === address} here={data.node} />}
            </VirtualList>
          )}
        </section>
        {address === '' ? (
          width > 1_000 && (
            <div class="panel">
              <Empty title="Choose an actor">Its state, its last messages, the machine it runs and everything it knows.</Empty>
            </div>
          )
        ) : (
          <Actor key={address} address={address} about={about} />
        )}
      </div>
    </>
  );
}

/** What the list does not have, and why. */
function Missing({ nodes }: { readonly nodes: ActorList['nodes'] }) {
  const missing = nodes.filter((node) => node.missing !== null);
  if (missing.length === 0) return null;
  return (
    <ul class="problems">
      {missing.map(({ node, missing: why }) => (
        <li class="warn" key={node}>
          <Dot level="warn" label="not listed" />
          {node} {why}. Its actors are not listed; it is asked again.
        </li>
      ))}
    </ul>
  );
}

function Counts({ actors }: { readonly actors: readonly ActorRow[] }) {
  const count = (status: ActorRow['status']): number => actors.filter((actor) => actor.status === status).length;
  const quarantined = count('quarantined');
  const backing = count('backing-off');
  return (
    <>
      {quarantined > 0 && <Tag level="bad">{quarantined} in quarantine</Tag>}
      {backing > 0 && <Tag level="warn">{backing} backing off</Tag>}
      {quarantined + backing === 0 && actors.length > 0 && <Tag level="good">all active</Tag>}
    </>
  );
}

interface Branch {
  readonly row: ActorRow;
  readonly depth: number;
}

interface RowProps {
  readonly row: ActorRow;
  readonly depth: number;
  readonly isCurrent: boolean;
  /** The node that was asked: of it nothing is said. */
  readonly here: string;
}

function Row({ row, depth, isCurrent, here }: RowProps) {
  const { address, node, kind, active, waiting, parked } = row;
  const level = levelOf(row);
  return (
    <a
      class="actor-row"
      href={link('actors', address)}
      aria-current={isCurrent ? 'true' : undefined}
      data-row
      style={{ paddingLeft: `${12 + depth * 14}px` }}
    >
      <span class={`kind ${kind}`}>{kind}</span>
      <span class="address" title={address}>
        {address.slice(kind.length + 1)} <small>{row.inMemory ? leavesOf(active).join(', ') : 'asleep'}</small>
        {node !== here && <small> on {node}</small>}
      </span>
      {waiting + parked > 0 && <Tag level={parked > 0 ? 'warn' : 'note'}>{waiting + parked} in hand</Tag>}
      {level !== 'good' && <Dot level={level} label={row.status} />}
    </a>
  );
}

/** Root, then each pool's engine with its analyzers and actions below it. */
function treeOf(actors: readonly ActorRow[]): Branch[] {
  const rank = ({ kind, address }: ActorRow): number =>
    kind === 'root' ? 0 : kind === 'pse' ? 1 : kind === 'pla' ? (isTotal(address) ? 2 : 3) : 4;
  const depth = (row: ActorRow): number => Math.max(0, Math.min(2, rank(row) - 1));
  const keyed = actors.map((row) => ({
    row,
    depth: rank(row) === 4 ? 1 : depth(row),
    pool: row.kind === 'root' ? '' : poolOf(row),
    rank: rank(row),
  }));
  keyed.sort((a, b) => (a.pool < b.pool ? -1 : a.pool > b.pool ? 1 : 0) || a.rank - b.rank || compare(a.row.address, b.row.address));
  return keyed;
}

const { compare } = new Intl.Collator('en', { numeric: true });

function isTotal(address: string): boolean {
  return !address.includes('/');
}

function poolOf({ address, kind }: ActorRow): string {
  return address.slice(kind.length + 1).split('/')[0] ?? '';
}

function filtered(tree: readonly Branch[], text: string): readonly Branch[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return tree;
  return tree.filter(({ row }) => {
    const of = `${row.address} ${row.status} ${row.node} ${row.active.join(' ')}`.toLowerCase();
    return words.every((word) => of.includes(word));
  });
}
