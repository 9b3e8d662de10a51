/**
 * What goes in and what comes out are copies, so that nobody shares memory through the bus: a program that works on this
 * bus works on one that lies across a network.
 */
import type { ActorStatus, BusEntry, NewEntry, NewTopicEntry, StoredEffect, StoredTimer, TopicEntry } from '../../ports/bus.ts';

/** For what is kept long: a block of its own, so that it holds no memory but its own. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

const BLOCK_BYTES = 65_536;

/**
 * Small bodies are cut from a shared block, which is several times cheaper than a block each. A block stays as long as one of its
 * bodies does, so those of one kind, which come and go together, share it.
 */
class Blocks {
  #block = new Uint8Array(0);
  #used = 0;

  copy(bytes: Uint8Array): Uint8Array {
    const { byteLength } = bytes;
    if (byteLength > BLOCK_BYTES / 8) return copyBytes(bytes);
    if (this.#used + byteLength > this.#block.byteLength) {
      this.#block = new Uint8Array(BLOCK_BYTES);
      this.#used = 0;
    }
    const copy = this.#block.subarray(this.#used, this.#used + byteLength);
    this.#used += byteLength;
    copy.set(bytes);
    return copy;
  }
}

const inStreams = new Blocks();
const inTopics = new Blocks();
/** With whoever asked, until that is done with it. */
const given = new Blocks();

/** An entry of a stream, to be kept. */
export function keepEntry(entry: NewEntry, id: string): BusEntry {
  const { shard, to, contentType, body, atMs } = entry;
  return { id, shard, to, contentType, body: inStreams.copy(body), atMs };
}

/** Of an entry that is kept by itself, for as long as it may be. */
export function keepAlone(entry: BusEntry): BusEntry {
  return { ...entry, body: copyBytes(entry.body) };
}

export function giveEntry(entry: BusEntry): BusEntry {
  const { id, shard, to, contentType, atMs, origin, replayed } = entry;
  const body = given.copy(entry.body);
  return origin === undefined && replayed === undefined ? { id, shard, to, contentType, body, atMs } : { ...entry, body };
}

export function keepTopicEntry(entry: NewTopicEntry, id: string): TopicEntry {
  return { ...entry, id, body: inTopics.copy(entry.body) };
}

export function giveTopicEntry(entry: TopicEntry): TopicEntry {
  return { ...entry, body: given.copy(entry.body) };
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
