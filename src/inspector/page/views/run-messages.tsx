import { useMemo, useRef } from 'preact/hooks';
import type { RecordedMessage, Run, RunMessages } from '../../api/recording.ts';
import { bytes, dateTime, plural, whole } from '../format.ts';
import { useResource } from '../live.ts';
import { Empty, Panel, Tag, Trouble, Waiting } from '../parts/basics.tsx';
import { useSettled } from '../parts/deferred.ts';
import { Tree } from '../parts/tree.tsx';
import { leavesOf } from './leaves.ts';
import { countsOf, messageAt, messageFrom } from './message-steps.ts';

export interface MessageChoice {
  /** undefined: the last one at the moment. */
  readonly number: number | undefined;
  /** Empty: all of them. */
  readonly type: string;
}

interface MessagesProps {
  readonly run: Run;
  /** Policies that are shown; the first of them with messages is stepped through. */
  readonly labels: readonly string[];
  readonly atMs: number;
  readonly choice: MessageChoice;
  /** Chooses a message, and goes to its moment. */
  readonly onStep: (number: number, atMs: number) => void;
  readonly onType: (type: string) => void;
}

/** What the actors took around the moment, one message at a time. */
export function Messages({ run, labels, atMs, choice, onStep, onType }: MessagesProps) {
  const of = labels.find((label) => (run.policies.find((policy) => policy.label === label)?.messages ?? 0) > 0);
  const { data, error } = useResource<RunMessages>(of === undefined ? undefined : `/api/v1/messages?${asQuery({ policy: of })}`);
  if (of === undefined)
    return (
      <Panel title="Messages">
        <Empty title="None were recorded" isSmall>
          <code>forescale simulate … --policy predictive --out DIR --messages</code> writes down what the actors take, to step through here.
        </Empty>
      </Panel>
    );
  if (error !== undefined) return <Trouble error={error} />;
  if (data === undefined) return <Waiting what="its messages" />;
  const type = data.names.includes(choice.type) ? choice.type : '';
  const filter = { messages: data, type };
  const number = choice.number ?? messageAt(filter, atMs);
  const before = messageFrom(filter, number ?? 0, -1);
  const after = messageFrom(filter, number ?? -1, 1);
  const step = (to: number | undefined): void => {
    if (to !== undefined) onStep(to, data.atMs[to] ?? atMs);
  };
  const total = data.atMs.length;
  const cut = data.leftOut === 0 ? '' : `; ${plural(data.leftOut, 'later one was', 'later ones were')} not written down`;
  return (
    <Panel
      title={`Messages, ${of}`}
      note={`${number === undefined ? 'before the first' : whole(number + 1)} of ${whole(total)}${cut}`}
      aside={
        <span class="moment">
          <TypeChoice messages={data} type={type} onType={onType} />
          <button type="button" class="button" data-key="[" disabled={before === undefined} onClick={() => step(before)}>
            ← Message before
          </button>
          <button type="button" class="button" data-key="]" disabled={after === undefined} onClick={() => step(after)}>
            Message after →
          </button>
        </span>
      }
    >
      {number === undefined ? (
        <Empty title="None was taken yet" isSmall>
          <kbd>]</kbd> goes to the first.
        </Empty>
      ) : (
        <Message policy={of} number={number} />
      )}
    </Panel>
  );
}

interface TypeChoiceProps {
  readonly messages: RunMessages;
  readonly type: string;
  readonly onType: (type: string) => void;
}

function TypeChoice({ messages, type, onType }: TypeChoiceProps) {
  const counts = useMemo(() => countsOf(messages), [messages]);
  return (
    <select class="field short" aria-label="Type of message" value={type} onChange={({ currentTarget }) => onType(currentTarget.value)}>
      <option value="">all types</option>
      {counts.map(([name, count]) => (
        <option key={name} value={name}>
          {name} ({whole(count)})
        </option>
      ))}
    </select>
  );
}

const SETTLED_MS = 60;

function Message({ policy, number }: { readonly policy: string; readonly number: number }) {
  const wanted = useSettled(number, SETTLED_MS);
  const { data, error } = useResource<RecordedMessage>(`/api/v1/message?${asQuery({ policy, number: String(wanted) })}`);
  // The one before stays until the next is there: the page does not jump.
  const kept = useRef<RecordedMessage | undefined>(undefined);
  kept.current = data ?? kept.current;
  const shown = kept.current;
  if (error !== undefined) return <Tag level="bad">{error.message}</Tag>;
  if (shown === undefined) return <Waiting what="the message" />;
  const { atMs, to, name, source, outcome, trace, bytes: size, active } = shown;
  const states = leavesOf(active).join(', ');
  return (
    <>
      <p class="moment-facts">
        <b>{name}</b> {source} → {to} {outcome !== 'applied' && <Tag level={outcome === 'failed' ? 'bad' : 'note'}>{outcome}</Tag>}
      </p>
      <p class="faint">
        {dateTime(atMs)}, {bytes(size)}
        {states !== '' && `; ${to} is then in ${states}`}
        {trace !== null && `; trace ${trace}`}
      </p>
      <Tree value={shown.data} label="Content of the message" />
    </>
  );
}

function asQuery(of: Readonly<Record<string, string>>): string {
  return new URLSearchParams(of).toString();
}
