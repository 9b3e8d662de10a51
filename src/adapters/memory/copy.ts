/**
 * What goes in and what comes out are copies, so that nobody shares memory through the bus: a program that works on this
 * bus works on one that lies across a network.
 */
import type { ActorStatus, BusEntry, NewEntry, NewTopicEntry, StoredEffect, StoredTimer } from '../../ports/bus.ts';

/** For what is kept long: a block of its own, so that it holds no memory but its own. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** For entries, which come and go together: small blocks are cut from a shared one, which is several times cheaper. */
function copyBody(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafe(bytes.byteLength);
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
  return { ...entry, body: copyBytes(entry.body) };
}

export function copyEffect(effect: StoredEffect): StoredEffect {
  return structuredClone(effect);
}

export function copyTimer({ address, name, version, dueAtMs }: StoredTimer): StoredTimer {
  return { address, name, version, dueAtMs };
}

const ACTIVE: ActorStatus = { kind: 'active' };

export function copyStatus(status: ActorStatus): ActorStatus {
  return status.kind === 'active' && status.failures === undefined ? ACTIVE : structuredClone(status);
}
