import type { MemberNote, Members } from '../../ports/members.ts';
import { toBusError } from './failure.ts';
import type { Keys } from './keys.ts';
import type { RedisLink } from './link.ts';

/** The notes of all nodes in one hash, as JSON. */
export function createRedisMembers(link: RedisLink, keys: Keys): Members {
  const read = async (): Promise<readonly MemberNote[]> => {
    try {
      const found = await link.connections.control.hgetall(keys.members);
      return Object.values(found).flatMap(toNote);
    } catch (error) {
      throw toBusError(error);
    }
  };
  return {
    read,
    async beat(note) {
      const { control } = link.connections;
      // Both are on their way before either is answered; the server keeps their order.
      const [, notes] = await Promise.all([control.hset(keys.members, note.name, JSON.stringify(note)), read()]).catch((error: unknown) => {
        throw toBusError(error);
      });
      return notes;
    },
    async remove(name) {
      await link.connections.control.hdel(keys.members, name).catch((error: unknown) => {
        throw toBusError(error);
      });
    },
  };
}

/** None when somebody else wrote it: a note that cannot be read is of no node. */
function toNote(text: string): readonly MemberNote[] {
  try {
    const value: unknown = JSON.parse(text);
    return isNote(value) ? [value] : [];
  } catch {
    return [];
  }
}

function isNote(value: unknown): value is MemberNote {
  if (typeof value !== 'object' || value === null) return false;
  const note = value as Readonly<Record<string, unknown>>;
  const texts = ['name', 'build', 'config'];
  const numbers = ['beat', 'weight', 'protocolVersion', 'startedAtMs', 'atMs', 'shards', 'eventLoopDelayMs'];
  return (
    texts.every((name) => typeof note[name] === 'string') &&
    numbers.every((name) => typeof note[name] === 'number' && Number.isFinite(note[name])) &&
    typeof note['isLeaving'] === 'boolean' &&
    typeof note['isReady'] === 'boolean'
  );
}
