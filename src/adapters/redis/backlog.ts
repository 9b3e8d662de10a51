import { SHARD_COUNT } from '../../protocol/address.ts';
import type { RedisBus } from './bus.ts';
import { toBusError } from './failure.ts';

/** What lies in a shard, for people. */
export interface Backlog {
  /** Entries after the cursor; counted up to WAITING_MAX. */
  readonly waiting: number;
  readonly deadLetters: number;
  /** Sent to other shards, and not there yet. */
  readonly outbox: number;
  /** Entries that the breaker dropped unread. */
  readonly lost: number;
}

export const WAITING_MAX = 1_000;

/** Of every shard. Counted from our own cursor: what Redis says of groups is wrong after a trim, and there are none. */
export async function readBacklogs({ link, keys }: RedisBus): Promise<readonly Backlog[]> {
  const { commit } = link.connections;
  const readOne = async (shard: number): Promise<Backlog> => {
    const { meta, in: stream, dead, out } = keys.shard(shard);
    const [[cursor, lost], deadLetters, outbox] = await Promise.all([
      commit.hmget(meta, 'cursor', 'lost'),
      commit.xlen(dead),
      commit.xlen(out),
    ]);
    const found = await commit.xrange(stream, `(${cursor ?? '0-0'}`, '+', 'COUNT', WAITING_MAX);
    return { waiting: found.length, deadLetters, outbox, lost: Number(lost ?? 0) };
  };
  try {
    return await Promise.all(Array.from({ length: SHARD_COUNT }, (_, shard) => readOne(shard)));
  } catch (error) {
    throw toBusError(error);
  }
}
