/**
 * What goes in and what comes out are copies, so that nobody shares memory through the bus: a program that works on this
 * bus works on one that lies across a network.
 */
import type { ActorStatus, BusEntry, NewEntry, NewTopicEntry, StoredEffect, StoredTimer } from '../../ports/bus.ts';

/** A Node Buffer is a view of a larger block; the copy is not, so that it holds no memory but its own. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

export function copyNewEntry(entry: NewEntry, id: string): BusEntry {
  const { shard, to, contentType, body, atMs } = entry;
  return { id, shard, to, contentType, body: copyBytes(body), atMs };
}

export function copyEntry(entry: BusEntry): BusEntry {
  return { ...entry, body: copyBytes(entry.body) };
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
