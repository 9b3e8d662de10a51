/** What a shard's bus should do, as simply as it can be said: lists, maps, no ids. Positions count entries from 1. */
export interface ModelCommit {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
  readonly sends: readonly { readonly shard: number; readonly label: string }[];
  readonly timers: readonly { readonly name: string; readonly version: number }[];
  readonly cancelled: readonly { readonly name: string; readonly version: number }[];
  readonly effects: readonly string[];
  readonly parked: readonly string[];
  readonly unparked: number;
  readonly snapshot: string | null | undefined;
}

export class ModelShard {
  stream: string[] = [];
  trimmed = 0;
  cursor = 0;
  owner = '';
  epoch = 0;
  beat = 0;
  outbox: { readonly shard: number; readonly label: string }[] = [];
  timers = new Map<string, number>();
  effects = new Set<string>();
  parked: string[] = [];
  snapshot: { readonly label: string; readonly at: number } | undefined;

  isCurrent(epoch: number): boolean {
    return this.owner !== '' && this.epoch === epoch;
  }

  commit(shard: number, commit: ModelCommit): 'committed' | 'fenced' | 'moved' {
    if (!this.isCurrent(commit.epoch)) return 'fenced';
    if (commit.from !== this.cursor) return 'moved';
    this.cursor = commit.to;
    for (const send of commit.sends) {
      if (send.shard === shard) this.stream.push(send.label);
      else this.outbox.push(send);
    }
    for (const { name, version } of commit.cancelled) if ((this.timers.get(name) ?? Infinity) <= version) this.timers.delete(name);
    for (const { name, version } of commit.timers) this.timers.set(name, version);
    for (const effect of commit.effects) this.effects.add(effect);
    this.parked.push(...commit.parked);
    this.parked.splice(0, commit.unparked);
    if (commit.snapshot === null) {
      this.snapshot = undefined;
      this.timers.clear();
      this.parked = [];
    } else if (commit.snapshot !== undefined) this.snapshot = { label: commit.snapshot, at: commit.to };
    return 'committed';
  }

  fire(epoch: number, name: string, version: number, label: string): 'committed' | 'fenced' {
    if (!this.isCurrent(epoch)) return 'fenced';
    if (this.timers.get(name) !== version) return 'committed';
    this.timers.delete(name);
    this.stream.push(label);
    return 'committed';
  }

  complete(epoch: number, effect: string, label: string): 'committed' | 'fenced' | 'gone' {
    if (!this.isCurrent(epoch)) return 'fenced';
    if (!this.effects.delete(effect)) return 'gone';
    this.stream.push(label);
    return 'committed';
  }

  trim(epoch: number, before: number): number | 'fenced' {
    if (!this.isCurrent(epoch)) return 'fenced';
    const dropped = Math.max(0, before - 1 - this.trimmed);
    this.trimmed += dropped;
    return dropped;
  }
}
