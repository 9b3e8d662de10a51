/** What the scripts of a shard take and give: commits as keys and arguments, and the stored shard from the answer. */
import { Packr } from 'msgpackr';
import type {
  ActorStatus,
  BusEntry,
  NewDeadLetter,
  ShardCommit,
  ShardState,
  StoredDeadLetter,
  StoredEffect,
  StoredTimer,
  TimerKey,
} from '../../ports/bus.ts';
import type { Arg } from './connections.ts';
import { contentTypeOf, entryArgs, fieldsOf, toBuffer } from './entry.ts';
import { shardKeyList, type Keys } from './keys.ts';
import { eachPair, textOf, type Row } from './reply.ts';

/** The defaults of msgpackr corrupt typed arrays, which arguments of effects may hold. */
const packr = new Packr({ useRecords: false, moreTypes: true, copyBuffers: true, int64AsType: 'number' });

export interface CommitLimits {
  readonly deadLettersMax: number;
  readonly topicEntriesMax: number;
  readonly breakerEntries: number;
}

export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly Arg[];
}

/** Most actors are active and have not failed lately. */
const ACTIVE = '';

/**
 * The call of `commit.lua`. `publishesThroughOutbox`: the topics lie in other slots than the shard, so that they cannot be
 * written by the same script.
 */
export function commitCall(commit: ShardCommit, keys: Keys, limits: CommitLimits, publishesThroughOutbox: boolean): ScriptCall {
  const { shard } = commit;
  const keyList = shardKeyList(keys.shard(shard));
  const numbers = new Map<string, number>();
  const numberOf = (key: string): number => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const number = keyList.push(key);
    numbers.set(key, number);
    return number;
  };
  const listOf = (address: string): number => numberOf(keys.parkedFor(shard, address));
  const own = commit.sends.filter((entry) => entry.shard === shard);
  const others = commit.sends.filter((entry) => entry.shard !== shard);
  const living = commit.actors.filter(({ snapshot }) => snapshot !== null);
  const written = living.flatMap(({ address, snapshot }) => (snapshot instanceof Uint8Array ? [{ address, snapshot }] : []));
  const topicArgs = commit.publishes.map((entry) => ({ topic: entry.topic, rest: entryArgs({ ...entry, shard, to: '' }) }));

  const args: Arg[] = [
    commit.epoch,
    commit.cursorFrom,
    commit.cursorTo,
    limits.deadLettersMax,
    limits.topicEntriesMax,
    limits.breakerEntries,
  ];
  const section = (values: readonly Arg[]): void => {
    args.push(values.length);
    for (const value of values) args.push(value);
  };
  section(commit.timersCancelled.flatMap((timer) => [timerField(timer), timer.version]));
  section(commit.timersSet.flatMap((timer) => [timerField(timer), timerValue(timer)]));
  section(commit.effects.flatMap((effect) => [effect.id, packr.pack(effect)]));
  section(own.flatMap(entryArgs));
  section([
    ...others.flatMap((entry) => [String(entry.shard), ...entryArgs(entry)]),
    ...(publishesThroughOutbox ? topicArgs.flatMap(({ topic, rest }) => [`topic:${topic}`, ...rest]) : []),
  ]);
  section(commit.deadLetters.flatMap(letterArgs));
  section(commit.parked.flatMap((entry) => [listOf(entry.to), entry.to, packEntry(entry)]));
  section(commit.unparked.flatMap(({ address, count }) => [listOf(address), address, count]));
  section(Object.entries(commit.origins).flat());
  section(living.flatMap(({ address, status }) => [address, packStatus(status)]));
  section(written.flatMap(({ address, snapshot }) => [address, toBuffer(snapshot)]));
  section(written.flatMap(({ address }) => [address, commit.cursorTo]));
  section(living.filter(({ snapshot }) => snapshot === undefined).map(({ address }) => address));
  section(commit.actors.flatMap(({ address, snapshot }) => (snapshot === null ? [address, listOf(address), timerPrefix(address)] : [])));
  section(
    publishesThroughOutbox ? [] : topicArgs.flatMap(({ topic, rest: [type, at, body] }) => [numberOf(keys.topic(topic)), type, at, body]),
  );
  return { keys: keyList, args };
}

export function timerField({ address, name }: Pick<TimerKey, 'address' | 'name'>): string {
  return `${timerPrefix(address)}${name}`;
}

/** The length keeps addresses apart of which one begins like another. */
function timerPrefix(address: string): string {
  return `${address.length}:${address}`;
}

/** Scripts read the version; nodes of before read two words and pass over a third. */
function timerValue({ version, dueAtMs, traceparent }: StoredTimer): string {
  return traceparent === undefined ? `${version} ${dueAtMs}` : `${version} ${dueAtMs} ${traceparent}`;
}

function toTimer(field: string, value: string): StoredTimer {
  const colon = field.indexOf(':');
  const end = colon + 1 + Number(field.slice(0, colon));
  const [version = '0', dueAtMs = '0', traceparent] = value.split(' ');
  return {
    address: field.slice(colon + 1, end),
    name: field.slice(end),
    version: Number(version),
    dueAtMs: Number(dueAtMs),
    ...(traceparent === undefined ? undefined : { traceparent }),
  };
}

function packStatus(status: ActorStatus): Arg {
  return status.kind === 'active' && status.failures === undefined ? ACTIVE : packr.pack(status);
}

function toStatus(value: Buffer): ActorStatus {
  return value.length === 0 ? { kind: 'active' } : (packr.unpack(value) as ActorStatus);
}

function packEntry(entry: BusEntry): Buffer {
  return packr.pack({ ...entry, body: toBuffer(entry.body) });
}

export function unpackEntry(value: Buffer): BusEntry {
  return packr.unpack(value) as BusEntry;
}

/** The answer of `load-shard.lua`. */
export function toShardState(reply: readonly unknown[]): ShardState {
  const [cursor, actors, cursors, timers, effects, parked, origins] = reply;
  const snapshotCursors = new Map<string, string>();
  eachPair(cursors, (address, at) => snapshotCursors.set(address, at.toString()));
  const parkedCounts = new Map<string, number>();
  eachPair(parked, (address, count) => parkedCounts.set(address, Number(count)));
  const state = {
    cursor: textOf(cursor),
    actors: [] as ShardState['actors'][number][],
    timers: [] as StoredTimer[],
    effects: [] as StoredEffect[],
    origins: {} as Record<string, number>,
  };
  eachPair(actors, (address, status) =>
    state.actors.push({
      address,
      snapshotCursor: snapshotCursors.get(address) ?? state.cursor,
      status: toStatus(status),
      parked: parkedCounts.get(address) ?? 0,
    }),
  );
  eachPair(timers, (field, value) => state.timers.push(toTimer(field, value.toString())));
  eachPair(effects, (_id, value) => state.effects.push(packr.unpack(value) as StoredEffect));
  eachPair(origins, (shard, sequence) => (state.origins[shard] = Number(sequence)));
  return state;
}

function letterArgs({ entry, code, reason, atMs }: NewDeadLetter): readonly Arg[] {
  const origin = entry.origin === undefined ? ['', ''] : [entry.origin.shard, entry.origin.sequence];
  return [code, reason, String(atMs), entry.id, ...entryArgs(entry), ...origin, entry.replayed === true ? '1' : ''];
}

export function toDeadLetter(shard: number, id: string, row: Row): StoredDeadLetter {
  const fields = fieldsOf(row);
  const text = (name: string): string => fields.get(name)?.toString() ?? '';
  const entry = {
    id: text('id'),
    shard,
    to: text('to'),
    contentType: contentTypeOf(fields.get('type')) ?? ('application/json' as const),
    body: fields.get('body') ?? Buffer.alloc(0),
    atMs: Number(text('at')),
  };
  const marks = {
    ...(text('sequence') === '' ? undefined : { origin: { shard: Number(text('origin')), sequence: Number(text('sequence')) } }),
    ...(text('replayed') === '1' ? { replayed: true } : undefined),
  };
  return { id, code: text('code'), reason: text('reason'), atMs: Number(text('when')), entry: { ...entry, ...marks } };
}
