import { useState } from 'preact/hooks';
import type { About } from '../../api/about.ts';
import type { DeadLetterRow } from '../../api/cluster.ts';
import { bytes, dateTime } from '../format.ts';
import { Empty, Panel, Tag } from '../parts/basics.tsx';
import { Confirm, type Deed } from './act.tsx';

interface LettersProps {
  readonly letters: readonly DeadLetterRow[];
  readonly isMore: boolean;
  readonly about: About;
  readonly onDone: () => void;
}

export function DeadLetters({ letters, isMore, about, onDone }: LettersProps) {
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
