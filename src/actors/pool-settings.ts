import type { KnownEvent } from '../models/events/event.ts';
import type { CellKind } from '../models/network/spec.ts';
import type { AutonomyRules } from '../planning/autonomy.ts';
import type { CostUse } from '../planning/cost-mix.ts';
import type { CapacityRules } from '../planning/learned-capacity.ts';
import type { PlannerSettings } from '../planning/settings.ts';

/** Everything that the actors of one pool are set to. Compiled from the config; frozen. */
export interface PoolSettings {
  readonly pool: string;
  /** Length of an observation, milliseconds. */
  readonly intervalMs: number;
  /** Forecast horizons, ascending, whole intervals. Default 5, 10 and 15 minutes. */
  readonly horizonsMs: readonly number[];
  /** A producer that has been silent for this long is no longer expected. Default 3 intervals. */
  readonly producerTimeoutMs: number;
  /** How long the total of an interval waits for its last producers after the interval's end. Default half an interval. */
  readonly lateAfterMs: number;
  /** How often the model is trained again. Default 1 hour, at least 60 intervals. */
  readonly trainEveryMs: number;
  readonly planner: PlannerSettings;
  /** What one replica costs an hour, in the money of the budget. Default 0: it counts for nothing there. */
  readonly replicaCostPerHour?: number;
  /** Pools that it calls. Default none. */
  readonly calls?: readonly PoolCall[];
  /** How much the pool is trusted with. Default: everything. */
  readonly autonomy?: AutonomyRules;
  /** Between polls of a target while an action waits for readiness. Default 2 s. */
  readonly confirmEveryMs: number;
  /** An action that is not ready after this multiple of the lead time's p95 ends as failed. Default 4. */
  readonly deadlineFactor: number;
  /** How long the effect of an action is watched after it is ready. Default 2 review periods. */
  readonly observeMs: number;
  /** Writes tried per action at the most. Default 6. */
  readonly attemptsMax: number;
  /** What is known beforehand to multiply the pool's load. Default none. */
  readonly events?: readonly KnownEvent[];
  /** Whether the total is forecast from the forecasts of its producers, too, as one expert among others. Default false. */
  readonly bottomUp?: boolean;
  /** Whether costs by type of request are learned, and planned with once they are proven. Absent: neither. */
  readonly costs?: CostUse;
  /** How the requests per second that a replica serves are learned. Absent: they are as configured. */
  readonly learnCapacity?: CapacityRules;
  /** The network that the pool's forecasts use, shared with other pools of equal interval and horizons. Absent: none. */
  readonly network?: NetworkSettings;
}

/** An edge of the declared graph of calls. */
export interface PoolCall {
  readonly pool: string;
  /** Requests that one request of this pool makes there, above 0. */
  readonly perRequest: number;
}

/** Shape and training of a network. */
export interface NetworkSettings {
  readonly cell: CellKind;
  /** Width of the state: a multiple of 4 from 4 to 128. */
  readonly units: number;
  /** Intervals that it reads, 8 to 512. */
  readonly steps: number;
  /** Windows of one training, at most. */
  readonly windowsMax: number;
  readonly epochsMax: number;
}

/** What the root is set to. */
export interface RootSettings {
  /** Replicas over all pools; Infinity: no limit. */
  readonly replicasMax: number;
  /** What all replicas may cost together an hour, in the money of the pools' `replicaCostPerHour`. Default: no limit. */
  readonly costPerHourMax?: number;
  /** Higher first when the budget does not reach; 0 where a pool is not named. */
  readonly priorities: Readonly<Record<string, number>>;
}
