import { useState } from 'preact/hooks';
import type { About } from '../../api/about.ts';
import type { Cluster as ClusterState, DeadLetterRow, ShardRow } from '../../api/cluster.ts';
import { bytes, clock, dateTime, duration, figure, plural } from '../format.ts';
import { useEvents, useResource } from '../live.ts';
import { Dot, Empty, Panel, Tag, Tile, Trouble, Waiting } from '../parts/basics.tsx';
import { link } from '../router.ts';
import { Confirm, type Deed } from './act.tsx';

const POLL_MS = 2_000;
const LAG_BAD_MS = 5_000;

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
        <Shards shards={shards} node={own?.node ?? ''} />
        {quarantined.length > 0 && (
          <Panel title="Actors that stopped" note="Their messages are set aside until they go on">
            <table>
              <tbody>
                {quarantined.map(({ address, reason, parked }) => (
                  <tr key={address}>
                    <td>
                      <a href={link('actors', address)}>{address}</a>
                    </td>
                    <td>{reason}</td>
                    <td class="nowrap">{plural(parked, 'message')}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Panel>
        )}
        <DeadLetters letters={deadLetters} isMore={data.deadLettersMore} about={about} onDone={reload} />
        <div class="two">
          <Panel title="Takeovers" note="Shards that changed hands since a page is open">
            {data.takeovers.length === 0 ? (
              <Empty title="None seen" isSmall />
            ) : (
              <div class="list-scroll" tabIndex={0} role="group" aria-label="Takeovers, newest first">
                <table>
                  <tbody>
                    {data.takeovers.map(({ atMs, shard, from, to, epoch }) => (
                      <tr key={`${shard} ${epoch} ${atMs}`}>
                        <td class="nowrap faint">{clock(atMs)}</td>
                        <td>shard {shard}</td>
                        <td>
                          {from === '' ? 'nobody' : from} → {to === '' ? 'nobody' : to}
                        </td>
                        <td class="nowrap faint">epoch {epoch}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
          </Panel>
          <Panel title="What people did" note="Written on the bus with what it changed">
            {data.audit.length === 0 ? (
              <Empty title="Nobody acted" isSmall>
                {about.mayAct
                  ? 'Pause, override and resume are on the page of a pool.'
                  : 'This inspector only shows; --inspector-act lets people act.'}
              </Empty>
            ) : (
              <div class="list-scroll" tabIndex={0} role="group" aria-label="Audit, newest first">
                <table>
                  <tbody>
                    {data.audit.map(({ atMs, what, by, pool, reason }, i) => (
                      <tr key={i}>
                        <td class="nowrap faint">{dateTime(atMs)}</td>
                        <td>
                          {what} {pool}
                        </td>
                        <td>{by}</td>
                        <td class="soft">{reason}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
          </Panel>
        </div>
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

function drainOf(node: string, shards: number, isAlone: boolean): Deed {
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

function Nodes({ nodes }: { readonly nodes: ClusterState['nodes'] }) {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="Table, scrolls sideways">
      <table>
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col" class="number">
              Shards
            </th>
            <th scope="col" class="number">
              Actors
            </th>
            <th scope="col" class="number">
              Effects under way
            </th>
            <th scope="col" class="number">
              Event loop late
            </th>
            <th scope="col" class="number">
              Memory
            </th>
            <th scope="col" class="number">
              Up
            </th>
          </tr>
        </thead>
        <tbody>
          {nodes.map(({ node, isThis, shards, actors, pendingEffects, eventLoopDelayMs, memoryBytes, upMs }) => (
            <tr key={node}>
              <td>
                {node} {isThis ? <Tag level="good">this one</Tag> : <span class="faint">its actors are on its own page</span>}
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

function Shards({ shards, node }: { readonly shards: readonly ShardRow[]; readonly node: string }) {
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

interface LettersProps {
  readonly letters: readonly DeadLetterRow[];
  readonly isMore: boolean;
  readonly about: About;
  readonly onDone: () => void;
}

function DeadLetters({ letters, isMore, about, onDone }: LettersProps) {
  const [deed, setDeed] = useState<Deed>();
  return (
    <Panel title="Dead letters" note="Messages that nobody could take">
      {letters.length === 0 ? (
        <Empty title="None" isSmall>
          Every message was taken.
        </Empty>
      ) : (
        letters.map((letter) => (
          <details class="message-row" key={`${letter.shard} ${letter.id}`}>
            <summary>
              <span class="faint">{dateTime(letter.atMs)}</span>
              <b>{letter.name ?? 'unreadable'}</b>
              <Tag level="bad">{letter.code}</Tag>
              <span>to {letter.to}</span>
              <span class="faint">
                shard {letter.shard}, {bytes(letter.bytes)}
                {letter.source !== null && `, from ${letter.source}`}
              </span>
            </summary>
            <p>{letter.reason}</p>
            <pre>{typeof letter.content === 'string' ? letter.content : JSON.stringify(letter.content, null, 2)}</pre>
            {about.mayAct && (
              <div class="moment">
                <button type="button" class="button" onClick={() => setDeed(letterDeed(letter, 'replay'))}>
                  Replay
                </button>
                <button type="button" class="button" onClick={() => setDeed(letterDeed(letter, 'drop'))}>
                  Drop
                </button>
              </div>
            )}
          </details>
        ))
      )}
      {isMore && <p class="faint">There are more; these are the oldest of each shard.</p>}
      {deed !== undefined && <Confirm deed={deed} onClose={() => setDeed(undefined)} onDone={onDone} />}
    </Panel>
  );
}

function letterDeed({ shard, id, to, name }: DeadLetterRow, what: 'replay' | 'drop'): Deed {
  const isReplay = what === 'replay';
  return {
    title: isReplay ? 'Replay this message?' : 'Drop this message?',
    consequence: isReplay
      ? `The ${name ?? 'unreadable'} message is put at the end of the stream of ${to} and taken as if it came now. If the cause is still there, it comes back here.`
      : `The ${name ?? 'unreadable'} message to ${to} is deleted. It cannot be brought back.`,
    button: isReplay ? 'Replay' : 'Drop',
    isDangerous: !isReplay,
    path: '/api/v1/dead-letter',
    body: () => ({ shard, id, do: what }),
  };
}
