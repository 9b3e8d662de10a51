import type { RedisBus } from '../adapters/redis/bus.ts';
import { createSystemClock } from '../adapters/system/clock.ts';
import { START, type EntryId, type StoredDeadLetter } from '../ports/bus.ts';
import { silentLog } from '../ports/log.ts';
import { silentMeter } from '../ports/meter.ts';
import { InputError } from '../problems.ts';
import { SHARD_COUNT } from '../protocol/address.ts';
import { decodeMessage } from '../protocol/codec.ts';
import { openBus } from './open-bus.ts';
import type { Output } from './output.ts';

export interface DlqFlags {
  readonly bus: string;
  readonly json?: boolean;
}

interface LetterName {
  readonly shard: number;
  readonly id: EntryId;
}

/** Letters listed of one shard, oldest first. */
const LIST_MAX = 100;
const ACTIONS = ['list', 'show', 'replay', 'drop'];
const NAME = /^(\d{1,2})\/(\d{1,16}-\d{1,16})$/;

/** @throws InputError */
export async function runDlq(action: string, letter: string | undefined, { bus: url, json }: DlqFlags, output: Output): Promise<void> {
  const name = readName(action, letter);
  const bus = await openBus(url, 'dlq', createSystemClock(), silentLog, silentMeter);
  try {
    if (name === undefined) return await list(bus, json === true, output);
    if (!(await act(bus, action, name, json === true, output))) {
      output.err(`There is no dead letter ${letter}.\n`);
      output.setExitCode(1);
    }
  } finally {
    await bus.close();
  }
}

function readName(action: string, letter: string | undefined): LetterName | undefined {
  if (!ACTIONS.includes(action)) throw new InputError([{ place: 'dlq', wanted: `one of ${ACTIONS.join(', ')}`, found: `"${action}"` }]);
  if (action === 'list') {
    if (letter !== undefined) throw new InputError([{ place: 'dlq list', wanted: 'no letter', found: `"${letter}"` }]);
    return undefined;
  }
  const [, shard = '', id = ''] = NAME.exec(letter ?? '') ?? [];
  if (id === '' || Number(shard) >= SHARD_COUNT)
    throw new InputError([
      { place: `dlq ${action}`, wanted: 'a letter as `dlq list` names it, e.g. 17/1795512265106-0', found: `"${letter ?? ''}"` },
    ]);
  return { shard: Number(shard), id };
}

async function list(bus: RedisBus, json: boolean, { out }: Output): Promise<void> {
  let count = 0;
  for (let shard = 0; shard < SHARD_COUNT; shard++) {
    for (const letter of await bus.readDeadLetters(shard, START, LIST_MAX)) {
      count += 1;
      out(json ? `${JSON.stringify(toJson(shard, letter))}\n` : `${lineOf(shard, letter)}\n`);
    }
  }
  if (count === 0 && !json) out('There are no dead letters.\n');
}

/** False if there is no such letter. */
async function act(bus: RedisBus, action: string, { shard, id }: LetterName, json: boolean, { out }: Output): Promise<boolean> {
  if (action === 'replay') return tell(await bus.replayDeadLetter(shard, id), `${shard}/${id} is in its stream again.\n`, out);
  if (action === 'drop') return tell(await bus.dropDeadLetter(shard, id), `${shard}/${id} is gone.\n`, out);
  const [letter] = (await bus.readDeadLetters(shard, before(id), 1)).filter((found) => found.id === id);
  if (letter === undefined) return false;
  const shown = toJson(shard, letter);
  out(json ? `${JSON.stringify(shown)}\n` : `${lineOf(shard, letter)}\n${JSON.stringify(shown.message, null, 2)}\n`);
  return true;
}

function tell(isDone: boolean, text: string, out: Output['out']): boolean {
  if (isDone) out(text);
  return isDone;
}

/** The position just before, so that a read after it begins with the letter. */
function before(id: EntryId): EntryId {
  const [major = '0', minor = '0'] = id.split('-');
  if (Number(minor) > 0) return `${major}-${Number(minor) - 1}`;
  return Number(major) > 0 ? `${Number(major) - 1}-${Number.MAX_SAFE_INTEGER}` : START;
}

function lineOf(shard: number, { id, code, reason, atMs, entry }: StoredDeadLetter): string {
  return `${shard}/${id}  ${new Date(atMs).toISOString()}  to ${entry.to === '' ? 'nobody' : entry.to}  ${code}: ${reason}`;
}

function toJson(shard: number, { id, code, reason, atMs, entry }: StoredDeadLetter) {
  const decoded = decodeMessage(entry.body, entry.contentType);
  // What cannot be read is shown as it came, within a bound.
  const message: unknown = decoded.ok ? decoded.message : Buffer.from(entry.body).toString('utf8', 0, 2_000);
  return { letter: `${shard}/${id}`, at: new Date(atMs).toISOString(), to: entry.to, code, reason, message };
}
