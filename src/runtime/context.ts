import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Meter } from '../ports/meter.ts';
import type { Random } from '../ports/random.ts';
import type { Tracer } from '../ports/tracer.ts';
import type { Behavior, Executor } from './behavior.ts';
import type { Pacer } from './pacer.ts';
import type { RuntimeSettings } from './settings.ts';
import type { ShardNotices } from './shard-notices.ts';
import type { Tap } from './tap.ts';

/** What every part of the runtime works with. */
export interface RuntimeContext {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What may happen to many shards at once is told through these. */
  readonly notices: ShardNotices;
  readonly meter: Meter;
  /** By kind of address. */
  readonly behaviors: ReadonlyMap<string, Behavior>;
  readonly executors: Readonly<Record<string, Executor>>;
  readonly settings: RuntimeSettings;
  readonly pacer: Pacer;
  readonly tap: Tap;
  /** undefined: nothing is traced. */
  readonly tracer?: Tracer | undefined;
}

/** One shard during one tenure: from the lease's acquisition to its loss. */
export interface Tenure {
  readonly shard: number;
  readonly epoch: number;
  /** Aborts when the shard is lost or given up. */
  readonly signal: AbortSignal;
  /** The local guard: false from a margin before others may take the lease, whatever the bus says. */
  isHeld(): boolean;
  /** Ends the tenure, because the bus said that the epoch is not current. */
  lose(reason: string): void;
}

/** What aborted signals carry. Without a reason Node makes an error with a stack each time, which is dear where it is often. */
export const STOPPED = 'stopped';
