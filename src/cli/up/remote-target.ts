import type { TargetSettings } from '../../config/settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Meter } from '../../ports/meter.ts';
import type { Random } from '../../ports/random.ts';
import type { Target } from '../../ports/target.ts';

/** What targets are made of. */
export interface RemoteWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Default: nothing is measured. */
  readonly meter?: Meter;
}

export interface RemoteTarget {
  readonly target: Target;
  /** Loads what the target needs before it can be read; no more. */
  prepare?(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes the targets of one kind, and holds what they share. */
export interface RemoteTargetKind<S extends TargetSettings> {
  /** @throws InputError */
  create(pool: string, settings: S): RemoteTarget;
  stop(): Promise<void>;
}
