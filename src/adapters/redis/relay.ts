/** Moves what a shard's outbox holds to where it belongs: at least once and in order, since the parts lie in different slots. */
import type { Arg } from './connections.ts';
import { fieldsOf } from './entry.ts';
import type { Keys } from './keys.ts';
import type { RedisLink } from './link.ts';
import { entriesOf, isFenced, type Row } from './reply.ts';
import { runScript } from './scripts.ts';

/** Outbox entries moved at once. */
const PAGE_MAX = 512;
const TOPIC = 'topic:';

export interface RelayLimits {
  readonly topicEntriesMax: number;
  readonly breakerEntries: number;
}

interface Waiting {
  readonly sequence: string;
  readonly fields: ReadonlyMap<string, Buffer>;
}

export class Relay {
  readonly #link: RedisLink;
  readonly #keys: Keys;
  readonly #limits: RelayLimits;
  readonly #onLost: (shard: number, count: number) => void;

  constructor(link: RedisLink, keys: Keys, limits: RelayLimits, onLost: (shard: number, count: number) => void) {
    this.#link = link;
    this.#keys = keys;
    this.#limits = limits;
    this.#onLost = onLost;
  }

  /** One page after the other: nobody adds to the outbox meanwhile, so a page that is not full is the last. */
  async run(shard: number, epoch: number): Promise<number | 'fenced'> {
    let total = 0;
    for (;;) {
      const moved = await this.#movePage(shard, epoch);
      if (moved === 'fenced') return moved;
      total += moved;
      if (moved < PAGE_MAX) return total;
    }
  }

  async #movePage(shard: number, epoch: number): Promise<number | 'fenced'> {
    const { commit } = this.#link.connections;
    const { lease, out } = this.#keys.shard(shard);
    const reply = await runScript(commit, 'outbox', [lease, out], [epoch, PAGE_MAX]);
    if (isFenced(reply)) return 'fenced';
    const entries = entriesOf(reply);
    const last = entries.at(-1)?.[0].toString();
    if (last === undefined) return 0;
    // All of one target in one script: a part that is refused would be taken for a repeat when it comes after the rest.
    await Promise.all([...groupByTarget(entries)].map(([target, waiting]) => this.#deliver(shard, target, waiting)));
    const dropped = await runScript(commit, 'drop-sent', [lease, out], [epoch, `${sequenceOf(last) + 1}-0`]);
    return isFenced(dropped) ? 'fenced' : entries.length;
  }

  async #deliver(source: number, target: string, waiting: readonly Waiting[]): Promise<void> {
    const { commit } = this.#link.connections;
    if (target.startsWith(TOPIC)) {
      const key = this.#keys.topic(target.slice(TOPIC.length));
      for (const { fields } of waiting) {
        const values = ['type', 'at', 'body'].flatMap((name): Arg[] => [name, valueOf(fields, name)]);
        await commit.callBuffer('xadd', [key, 'MAXLEN', '~', this.#limits.topicEntriesMax, '*', ...values]);
      }
      return;
    }
    const shard = Number(target);
    const keys = this.#keys.shard(shard);
    const args: Arg[] = [this.#limits.breakerEntries, source];
    for (const { sequence, fields } of waiting) {
      args.push(sequence, valueOf(fields, 'type'), valueOf(fields, 'at'), valueOf(fields, 'body'), valueOf(fields, 'to'));
    }
    const lost = await runScript(commit, 'deliver', [keys.in, keys.meta], args);
    if (typeof lost === 'number' && lost > 0) this.#onLost(shard, lost);
  }
}

function groupByTarget(entries: readonly (readonly [Buffer, Row])[]): ReadonlyMap<string, readonly Waiting[]> {
  const groups = new Map<string, Waiting[]>();
  for (const [id, row] of entries) {
    const fields = fieldsOf(row);
    const target = valueOf(fields, 'target').toString();
    const waiting = { sequence: String(sequenceOf(id.toString())), fields };
    const group = groups.get(target);
    if (group === undefined) groups.set(target, [waiting]);
    else group.push(waiting);
  }
  return groups;
}

const valueOf = (fields: ReadonlyMap<string, Buffer>, name: string): Buffer => fields.get(name) ?? Buffer.alloc(0);

function sequenceOf(id: string): number {
  return Number(id.slice(0, id.indexOf('-')));
}
