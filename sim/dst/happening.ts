/** Everything that can be seen of a simulated cluster from outside: what the invariants judge and what a trace shows. */
import type { BusEntry, EntryId, FiredTimer, ShardCommit } from '../../src/ports/bus.ts';
import type { ScaleRequest, TargetState } from '../../src/ports/target.ts';

/** A change of the bus, as the server carried it out. `by`: the node or producer that asked. */
export type BusHappening =
  /** Messages from outside. */
  | { readonly kind: 'appended'; readonly by: string; readonly appended: readonly BusEntry[] }
  | {
      readonly kind: 'committed';
      readonly by: string;
      readonly commit: ShardCommit;
      /** The epoch that was current and the cursor as it was: a guard that is missing does not hide it. */
      readonly epochCurrent: number;
      readonly cursorBefore: EntryId;
      readonly appended: readonly BusEntry[];
    }
  | { readonly kind: 'relayed'; readonly by: string; readonly shard: number; readonly appended: readonly BusEntry[] }
  | {
      readonly kind: 'fired';
      readonly by: string;
      readonly shard: number;
      readonly epoch: number;
      readonly timers: readonly FiredTimer[];
      readonly appended: readonly BusEntry[];
    }
  | {
      readonly kind: 'completed';
      readonly by: string;
      readonly shard: number;
      readonly epoch: number;
      readonly effect: string;
      readonly appended: readonly BusEntry[];
    }
  | { readonly kind: 'trimmed'; readonly by: string; readonly shard: number; readonly before: EntryId; readonly dropped: number }
  | { readonly kind: 'lease'; readonly by: string; readonly what: LeaseChange; readonly shard: number; readonly epoch: number };

export type LeaseChange = 'acquired' | 'renewed' | 'released';

export type WorldHappening =
  /** A change that the server refused, because a guard held. */
  | { readonly kind: 'refused'; readonly by: string; readonly what: string; readonly shard: number; readonly outcome: string }
  /** The bus is back after a crash, without its last changes. `kept`: what is left, in order. */
  | { readonly kind: 'recovered'; readonly lost: readonly BusHappening[]; readonly kept: readonly BusHappening[] }
  /** A write that took effect at the target. */
  | {
      readonly kind: 'wrote';
      readonly by: string;
      readonly request: ScaleRequest;
      readonly before: TargetState;
      readonly after: TargetState;
    }
  /** A call of the target, and what it answered, whether the answer arrived or not. */
  | { readonly kind: 'target'; readonly by: string; readonly call: string; readonly pool: string; readonly outcome: string }
  | { readonly kind: 'node'; readonly node: string; readonly what: string }
  | { readonly kind: 'fault'; readonly family: string; readonly what: string }
  | { readonly kind: 'log'; readonly node: string; readonly level: 'warn' | 'error'; readonly text: string }
  | { readonly kind: 'healed' };

export type Happening = BusHappening | WorldHappening;

export type Hear = (happening: Happening) => void;
