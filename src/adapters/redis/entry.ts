/** Entries as fields of a Redis stream: `type`, `at`, `body`, `to`, and where they came through an outbox `origin`, `sequence`. */
import type { BusEntry, ContentType, EntryId, NewEntry, TopicEntry } from '../../ports/bus.ts';
import type { Arg } from './connections.ts';
import { textOf, type Row } from './reply.ts';

const TYPES = { json: 'application/json', msgpack: 'application/msgpack' } as const satisfies Readonly<Record<string, ContentType>>;

export function typeName(contentType: ContentType): string {
  return contentType === 'application/json' ? 'json' : 'msgpack';
}

/** A view, not a copy: it is written to the socket at once. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Type, time, body and receiver, as all scripts take them. */
export function entryArgs({ contentType, atMs, body, to }: NewEntry): readonly [Arg, Arg, Arg, Arg] {
  return [typeName(contentType), String(atMs), toBuffer(body), to];
}

/** The fields of an entry by name; of a name that comes twice the last counts. */
export function fieldsOf(row: Row): ReadonlyMap<string, Buffer> {
  const fields = new Map<string, Buffer>();
  for (let index = 0; index + 1 < row.length; index += 2) {
    const value = row[index + 1];
    if (value !== undefined) fields.set(textOf(row[index]), value);
  }
  return fields;
}

export function contentTypeOf(field: Buffer | undefined): ContentType | undefined {
  const name = field === undefined ? '' : field.toString();
  return name === 'json' || name === 'msgpack' ? TYPES[name] : undefined;
}

/**
 * An entry as it was read. What somebody else wrote into our stream comes out as an entry whose body no reader takes: so it ends
 * as a dead letter that shows it, and does not stop the shard.
 */
export function toEntry(shard: number, id: EntryId, row: Row): BusEntry {
  const fields = fieldsOf(row);
  const to = fields.get('to');
  const body = fields.get('body');
  const contentType = contentTypeOf(fields.get('type'));
  if (to === undefined || body === undefined || contentType === undefined) return toForeignEntry(shard, id, fields);
  const entry = { id, shard, to: to.toString(), contentType, body, atMs: timeOf(fields.get('at'), id) };
  const origin = wholeNumber(fields.get('origin'));
  const sequence = wholeNumber(fields.get('sequence'));
  if (origin !== undefined && sequence !== undefined) return { ...entry, origin: { shard: origin, sequence } };
  return fields.get('replayed')?.toString() === '1' ? { ...entry, replayed: true } : entry;
}

export function toTopicEntry(topic: string, id: EntryId, row: Row): TopicEntry {
  const fields = fieldsOf(row);
  // A copy: readers keep what is public for long, and a view would keep the whole answer that it lies in.
  const body = new Uint8Array(fields.get('body') ?? []);
  return { id, topic, contentType: contentTypeOf(fields.get('type')) ?? 'application/json', body, atMs: timeOf(fields.get('at'), id) };
}

function toForeignEntry(shard: number, id: EntryId, fields: ReadonlyMap<string, Buffer>): BusEntry {
  const shown = Object.fromEntries([...fields].map(([name, value]) => [name, value.toString()]));
  const body = Buffer.from(JSON.stringify({ foreign: shown }));
  return { id, shard, to: fields.get('to')?.toString() ?? '', contentType: 'application/json', body, atMs: timeOf(undefined, id) };
}

function timeOf(field: Buffer | undefined, id: EntryId): number {
  const atMs = field === undefined || field.length === 0 ? Number.NaN : Number(field.toString());
  return Number.isFinite(atMs) ? atMs : Number(id.slice(0, id.indexOf('-')));
}

function wholeNumber(field: Buffer | undefined): number | undefined {
  if (field === undefined || field.length === 0) return undefined;
  const value = Number(field.toString());
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
