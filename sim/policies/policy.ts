import type { Kernel } from '../kernel/kernel.ts';
import type { SimulatedCloud } from '../cloud.ts';
import type { Plant } from '../plant.ts';
import type { ObservationFeed, Workload } from '../workloads/workload.ts';

/** A way to decide about capacity. A new policy is one file that exports one of these, and a line in the registry. */
export interface Policy {
  readonly name: string;
  /** One line for the help text. */
  readonly summary: string;
  /** What may follow the name, e.g. `target utilisation, default 0.7`. */
  readonly knobText: string;
  /** Replicas start at once for it: only for oracles, which need no lead time. */
  readonly noLeadTime?: boolean;
  /** Every start takes the median for it: only for oracles, which know that much. */
  readonly exactLeadTime?: boolean;
  /** Reads the knob; undefined when none was given. */
  configure(knob: string | undefined): Configured;
}

export type Configured = { readonly ok: true; readonly start: StartPolicy } | { readonly ok: false; readonly wanted: string };

export type StartPolicy = (world: PolicyWorld) => Promise<RunningPolicy>;

/** Everything that a policy meets in one run. */
export interface PolicyWorld {
  readonly pool: string;
  readonly kernel: Kernel;
  readonly cloud: SimulatedCloud;
  readonly plant: Plant;
  readonly workload: Workload;
  readonly feed: ObservationFeed;
  /** Replicas that the demand of an interval requires, also of those to come: for oracles, and for nothing else. */
  readonly requiredIn: (interval: number) => number;
  readonly seed: number;
  /** What its actors take is written down, too. */
  readonly keepsMessages: boolean;
}

export interface RunningPolicy {
  /** The end of an interval, at its very time: takes what was seen and asks the cloud for what it wants. */
  intervalEnded(seen: SeenInterval): Promise<void>;
  /** Ends the run; further calls are not made. */
  stop(): Promise<PolicyTrace>;
}

/** What a finished interval looked like from outside. */
export interface SeenInterval {
  readonly index: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Units of demand; NaN when it was not measured. */
  readonly demand: number;
  /** Work offered / work that the ready replicas could do in the interval; may be above 1. NaN when not measured. */
  readonly utilisation: number;
  /** Time-weighted mean of ready replicas in the interval. */
  readonly readyMean: number;
  /** Now, at its end. */
  readonly readyReplicas: number;
  readonly requestedReplicas: number;
}

/** What a policy leaves behind, beside what the cloud saw. */
export interface PolicyTrace {
  /** Lines of decisions.jsonl, each a JSON object. */
  readonly decisions: readonly object[];
  /** Lines of messages.jsonl; undefined: none were kept, or it has no actors. */
  readonly messages?: readonly string[];
  /** The decisions that changed something, for people. */
  readonly changes: readonly CapacityChange[];
  /** Forecasts over time, for the report; empty for policies that have none. */
  readonly forecasts: readonly ForecastPoint[];
}

export interface CapacityChange {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** A forecast of the demand of one interval, in units of demand, made one horizon before it. */
export interface ForecastPoint {
  /** Start of the interval that was forecast, epoch milliseconds. */
  readonly atMs: number;
  readonly q05: number;
  readonly q50: number;
  readonly q95: number;
}
