import { useState } from 'preact/hooks';
import type { About } from '../../api/about.ts';
import type { ActorDetail, MessageRow } from '../../api/actors.ts';
import type { ChartState } from '../../../runtime/chart.ts';
import { ago, bytes, clock, duration, plural } from '../format.ts';
import { nodeNowMs, useResource } from '../live.ts';
import { Dot, Empty, Panel, Tag, Trouble, Waiting } from '../parts/basics.tsx';
import { StateChart } from '../parts/state-chart.tsx';
import { Tree } from '../parts/tree.tsx';
import { link } from '../router.ts';
import { Confirm, type Deed } from './act.tsx';
import { levelOf } from './actor-level.ts';
import { leavesOf } from './leaves.ts';

const POLL_MS = 1_000;

export function Actor({ address, about }: { readonly address: string; readonly about: About }) {
  const { data, error, reload } = useResource<ActorDetail>(`/api/v1/actor?${new URLSearchParams({ address }).toString()}`, POLL_MS);
  const [shown, setShown] = useState<MessageRow>();
  const [kept, setKept] = useState<{ readonly atMs: number; readonly snapshot: unknown }>();
  const [frozen, setFrozen] = useState<ActorDetail>();
  const [deed, setDeed] = useState<Deed>();
  if (error !== undefined)
    return (
      <div class="panel">
        <Trouble error={error}>
          <a class="button" href={link('actors')}>
            All actors
          </a>
        </Trouble>
      </div>
    );
  if (data === undefined) return <Waiting what={address} />;
  const { row, chart, notReady } = data;
  const active = shown?.active ?? row.active;
  const tree = frozen ?? data;
  const level = levelOf(row);
  return (
    <div class="stack">
      <div class="head">
        <div>
          <p class="crumb">
            <a href={link('actors')}>Actors</a> /
          </p>
          <h1 class="mono-title">{address}</h1>
        </div>
        <Tag level={level}>
          <Dot level={level} label={row.status} /> {row.status}
        </Tag>
        {poolOf(address) !== '' && (
          <a class="button" href={link('pools', poolOf(address))}>
            Its pool
          </a>
        )}
        {about.mayAct && row.status !== 'active' && (
          <button type="button" class="button" onClick={() => setDeed(resumeActor(address, row.parked))}>
            Let it go on
          </button>
        )}
      </div>
      {row.statusReason !== null && (
        <ul class="problems">
          <li class="bad">
            <Dot level="bad" label="why" />
            {row.statusReason}
          </li>
        </ul>
      )}
      {notReady !== null && (
        <ul class="problems">
          <li class="note">
            <Dot level="note" label="not ready" />
            <span>
              {notReady.message}
              {notReady.need > notReady.have && (
                <>
                  : {plural(notReady.need - notReady.have, 'more interval')} needed, about {duration(notReady.etaMs)}
                </>
              )}
            </span>
          </li>
        </ul>
      )}
      {chart !== null && (
        <Panel
          title="Its machine"
          note={
            shown === undefined
              ? 'Drawn from the machine that runs; lit where it is now'
              : `Lit where it was after ${shown.name} at ${clock(shown.atMs)}`
          }
          aside={<Steps messages={data.messages} shown={shown} onShow={setShown} />}
        >
          <StateChart root={chart as ChartState} active={active} label={address} />
        </Panel>
      )}
      <div class="two">
        <Panel title="Facts">
          <dl class="facts">
            <dt>State</dt>
            <dd>{row.inMemory ? leavesOf(row.active).join(', ') : 'asleep: it is stored, and comes into memory with its next message'}</dd>
            <dt>Mailbox</dt>
            <dd>
              {row.waiting} in hand, {row.parked} set aside
            </dd>
            <dt>Messages</dt>
            <dd>
              {row.handled} taken, {plural(row.failures, 'failure')}
            </dd>
            <dt>Node</dt>
            <dd>{row.node}</dd>
            <dt>Shard</dt>
            <dd>
              <a href={link('cluster')}>{row.shard}</a>
            </dd>
          </dl>
        </Panel>
        <Panel
          title="Last messages"
          note={
            data.listeningSinceMs === null
              ? undefined
              : `noted since ${ago(data.listeningSinceMs, nodeNowMs())}; choose one to light the state after it`
          }
        >
          <Messages messages={data.messages} shown={shown} onShow={setShown} />
        </Panel>
      </div>
      <Panel
        title="All it knows"
        note={kept === undefined ? `as of ${clock(tree.takenAtMs)}` : `as of ${clock(tree.takenAtMs)}, against ${clock(kept.atMs)}`}
        aside={
          <span class="moment">
            <button
              type="button"
              class="button"
              aria-pressed={frozen !== undefined}
              onClick={() => setFrozen(frozen === undefined ? data : undefined)}
            >
              {frozen === undefined ? 'Hold still' : 'Follow again'}
            </button>
            <button
              type="button"
              class="button"
              onClick={() => setKept(kept === undefined ? { atMs: data.takenAtMs, snapshot: data.snapshot } : undefined)}
            >
              {kept === undefined ? 'Compare from now on' : 'End the comparison'}
            </button>
          </span>
        }
      >
        {tree.snapshot === null ? (
          <Empty title="Not in memory" isSmall>
            It comes into memory with its next message.
          </Empty>
        ) : (
          <Tree value={tree.snapshot} before={kept?.snapshot} label={`State of ${address}`} />
        )}
      </Panel>
      {deed !== undefined && <Confirm deed={deed} onClose={() => setDeed(undefined)} onDone={reload} />}
    </div>
  );
}

/** One message back or on, from now; the state after each is lit. */
function Steps({ messages, shown, onShow }: MessagesProps) {
  const at = shown === undefined ? -1 : messages.findIndex((message) => isSame(message, shown));
  const earlier = messages[at + 1];
  const isGone = shown !== undefined && at < 0;
  return (
    <span class="moment">
      <button type="button" class="button" data-key="[" disabled={earlier === undefined} onClick={() => onShow(earlier)}>
        ← Message before
      </button>
      <button
        type="button"
        class="button"
        data-key="]"
        disabled={shown === undefined}
        onClick={() => onShow(isGone ? undefined : messages[at - 1])}
      >
        {at > 0 ? 'Message after →' : 'Back to now'}
      </button>
    </span>
  );
}

/** A message that was put back by a person has the id of the first time. */
function isSame(a: MessageRow, b: MessageRow): boolean {
  return a.id === b.id && a.atMs === b.atMs;
}

interface MessagesProps {
  readonly messages: readonly MessageRow[];
  readonly shown: MessageRow | undefined;
  /** undefined: now. */
  readonly onShow: (message: MessageRow | undefined) => void;
}

function Messages({ messages, shown, onShow }: MessagesProps) {
  if (messages.length === 0)
    return (
      <Empty title="None yet" isSmall>
        Messages are noted while this page is open; the next one shows here.
      </Empty>
    );
  return (
    <div class="list-scroll" tabIndex={0} role="group" aria-label="Last messages, newest first">
      {messages.map((message) => (
        <details
          class="message-row"
          key={`${message.id} ${message.atMs}`}
          onToggle={({ currentTarget }) => currentTarget.open && onShow(message)}
        >
          <summary>
            <span class="faint">{clock(message.atMs)}</span>
            <b>{message.name}</b>
            {message.outcome !== 'applied' && <Tag level={message.outcome === 'failed' ? 'bad' : 'note'}>{message.outcome}</Tag>}
            {shown !== undefined && isSame(message, shown) && <Tag level="good">shown above</Tag>}
            <span class="faint">
              from {message.source}, {bytes(message.bytes)}
            </span>
          </summary>
          <pre>{JSON.stringify(message.data, null, 2)}</pre>
          {message.trace !== null && <p class="faint">Trace {message.trace}</p>}
        </details>
      ))}
    </div>
  );
}

function resumeActor(actor: string, parked: number): Deed {
  return {
    title: `Let ${actor} go on?`,
    consequence: `It is brought back from where it stopped and takes the ${plural(parked, 'message')} that were set aside. If the cause is still there, it stops again.`,
    button: 'Let it go on',
    path: '/api/v1/control',
    body: () => ({ command: 'resume-actor', actor }),
  };
}

function poolOf(address: string): string {
  return address.startsWith('root:') ? '' : (address.slice(address.indexOf(':') + 1).split('/')[0] ?? '');
}
