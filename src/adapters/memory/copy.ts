/**
 * What goes in and what comes out are copies, so that nobody shares memory through the bus: a program that works on this
 * bus works on one that lies across a network.
 */
import type { ActorStatus, BusEntry, NewEntry, NewTopicEntry, StoredEffect, StoredTimer } from '../../ports/bus.ts';

/** For what is kept long: a block of its own, so that it holds no memory but its own. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

const BLOCK_BYTES = 65_536;
let block = new Uint8Array(BLOCK_BYTES);
let used = 0;

/** For entries, which come and go together: small bodies are cut from a shared block, which is several times cheaper. */
function copyBody(bytes: Uint8Array): Uint8Array {
  const { byteLength } = bytes;
  if (byteLength > BLOCK_BYTES / 8) return copyBytes(bytes);
  if (used + byteLength > BLOCK_BYTES) {
    block = new Uint8Array(BLOCK_BYTES);
    used = 0;
  }
  const copy = block.subarray(used, used + byteLength);
  used += byteLength;
  copy.set(bytes);
  return copy;
}

export function copyNewEntry(entry: NewEntry, id: string): BusEntry {
  const { shard, to, contentType, body, atMs } = entry;
  return { id, shard, to, contentType, body: copyBody(body), atMs };
}

export function copyEntry(entry: BusEntry): BusEntry {
  const { origin, replayed } = entry;
  const copy = copyNewEntry(entry, entry.id);
  return origin === undefined && replayed === undefined ? copy : { ...entry, body: copy.body };
}

export function copyTopicEntry<T extends NewTopicEntry>(entry: T): T {
  return { ...entry, body: copyBody(entry.body) };
}

export function copyEffect(effect: StoredEffect): StoredEffect {
  return structuredClone(effect);
}

export function copyTimer({ address, name, version, dueAtMs, traceparent }: StoredTimer): StoredTimer {
  return { address, name, version, dueAtMs, ...(traceparent === undefined ? undefined : { traceparent }) };
}

const ACTIVE: ActorStatus = { kind: 'active' };

export function copyStatus(status: ActorStatus): ActorStatus {
  return status.kind === 'active' && status.failures === undefined ? ACTIVE : structuredClone(status);
}
