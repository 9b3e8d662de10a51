/**
 * A node: the actors on the runtime, with a bus, a clock and targets given to it. The same for a process that runs for
 * months, for a program that embeds Forescale, and for the simulation, whose clock is virtual.
 */
import { readPoolAddress } from './actors/address-parts.ts';
import { createBehaviors, type OnRenewal, type PoolSettings, type RootSettings } from './actors/index.ts';
import { createComputeExecutors, createTargetExecutors, type TargetOf } from './executors.ts';
import type { Bus, NewEntry } from './ports/bus.ts';
import type { Clock } from './ports/clock.ts';
import type { Compute } from './ports/compute.ts';
import type { Log } from './ports/log.ts';
import type { Meter } from './ports/meter.ts';
import type { Random } from './ports/random.ts';
import type { Tracer } from './ports/tracer.ts';
import { plaAddress, pseAddress, shardOf } from './protocol/address.ts';
import { encodeMessage } from './protocol/codec.ts';
import type { Control } from './protocol/control.ts';
import { createMessage, type MessageOrigin } from './protocol/create-message.ts';
import { PROTOCOL_VERSION, type MessageData, type MessageName } from './protocol/message.ts';
import { summaryOf } from './producer/summary.ts';
import { traceObservation } from './producer/trace-observation.ts';
import type { Observation } from './protocol/observation.ts';
import type { Behavior, Executor } from './runtime/behavior.ts';
import type { IsUrgent, IsWanted } from './runtime/leases.ts';
import { createRuntime, type Runtime } from './runtime/runtime.ts';
import type { RuntimeSettings } from './runtime/settings.ts';

/** What a node is made of. The world comes in by its ports, so a test gives a virtual clock and a bus in memory. */
export interface NodeOptions {
  /** Unique in the cluster and over restarts. */
  readonly name: string;
  /** The streams that actors live on, shared by all nodes of a cluster. `createMemoryBus`: this process alone. */
  readonly bus: Bus;
  /** Where observations are handed in, e.g. a line that waits while the bus is away. Default: the bus. */
  readonly intake?: Pick<Bus, 'append'>;
  /** Epoch and monotonic milliseconds, and timers. */
  readonly clock: Clock;
  /** Spreads retries and names traces; nothing that is decided hangs on it. */
  readonly random: Random;
  /** `silentLog`: says nothing. */
  readonly log: Log;
  /** `silentMeter`: counts nothing. */
  readonly meter: Meter;
  /** All pools of the cluster, the same on every node. */
  readonly pools: readonly PoolSettings[];
  /** The budget that pools share, and their priorities. */
  readonly root: RootSettings;
  /** What each pool scales. */
  readonly targets: TargetOf;
  /** Trains models, here or in threads. */
  readonly compute: Compute;
  /** Spans from observations to confirmed actions. Default: nothing is traced. */
  readonly tracer?: Tracer | undefined;
  /** Batches, leases, back-offs, encoding. Default: `RUNTIME_DEFAULTS`. */
  readonly settings?: Partial<RuntimeSettings>;
  /** Which shards this node takes. Default: all that are free. */
  readonly isWanted?: IsWanted;
  /** Whether shards are about to change hands. Default: never. */
  readonly isUrgent?: IsUrgent;
  /** Further executors, or other ones in the place of those for targets and training. */
  readonly executors?: Readonly<Record<string, Executor>>;
  /** The actors of another build, for simulations of clusters in the middle of an upgrade. Default: this build's. */
  readonly behaviors?: readonly Behavior[];
  /** See RuntimeOptions. */
  readonly withoutLocalGuard?: boolean;
}

/** Where an observation comes from. With a sequence, receivers drop what they have seen. */
export interface ObservationOrigin {
  /** Changes whenever the producer starts anew, and begins its sequence at 1. Default 0: not sequenced. */
  readonly incarnation?: number;
  /** Rising within an incarnation; receivers drop what is not above the last. Default 0: not sequenced. */
  readonly sequence?: number;
  /** W3C trace context that goes on here. Default: none, or begun by `tracer`. */
  readonly traceparent?: string;
}

/** A running node: the actors of the shards that it holds. */
export interface ForescaleNode {
  readonly name: string;
  /** What lives here, for those who look: addresses, states, what is delivered. */
  readonly runtime: Runtime;
  /** Takes the shards and wakes the engines of the pools. */
  start(): Promise<void>;
  /** Finishes what runs, writes snapshots and gives the shards up. */
  stop(): Promise<void>;
  /** Hands an observation to the analyzers of its producer and of its pool's total. */
  observe(observation: Observation, origin?: ObservationOrigin): Promise<void>;
  /** A person's or a program's hand on a pool. */
  control(control: Control): Promise<void>;
  /** What people see of an actor; undefined when it does not live here. */
  describe(address: string): Readonly<Record<string, unknown>> | undefined;
}

/** Throws when the settings of the pools contradict themselves, listing all problems. */
export function createNode(options: NodeOptions): ForescaleNode {
  return new LocalNode(options);
}

/** Of single producers, of which there may be ten thousand, their reports tell it. */
function renewalLog(log: Log): OnRenewal {
  return (address, reason) => {
    const level = readPoolAddress(address).rest === undefined ? 'warn' : 'debug';
    log[level]({ actor: address, reason }, 'forecasts begin anew');
  };
}

class LocalNode implements ForescaleNode {
  readonly name: string;
  readonly runtime: Runtime;
  readonly #options: NodeOptions;

  constructor(options: NodeOptions) {
    const { bus, clock, random, log, meter, pools, root, settings, isWanted, isUrgent } = options;
    this.name = options.name;
    this.#options = options;
    this.runtime = createRuntime({
      owner: options.name,
      bus,
      clock,
      random,
      log,
      meter,
      behaviors:
        options.behaviors ??
        createBehaviors({ pools, root, openNetwork: (packed) => options.compute.open(packed), onRenewal: renewalLog(log) }),
      executors: { ...createTargetExecutors(options.targets), ...createComputeExecutors(options.compute, bus), ...options.executors },
      ...(options.tracer === undefined ? undefined : { tracer: options.tracer }),
      ...(isWanted === undefined ? undefined : { isWanted }),
      ...(isUrgent === undefined ? undefined : { isUrgent }),
      ...(settings === undefined ? undefined : { settings }),
      ...(options.withoutLocalGuard === true ? { withoutLocalGuard: true } : undefined),
    });
  }

  async start(): Promise<void> {
    await this.runtime.start();
    const { clock, bus, pools } = this.#options;
    const beat = {
      node: this.name,
      atMs: clock.nowMs(),
      build: 'forescale',
      protocolVersion: PROTOCOL_VERSION,
      shards: [...this.runtime.shards],
      actors: this.runtime.actors().length,
      eventLoopDelayMs: 0,
      ready: true,
    };
    await bus.append(pools.map(({ pool }) => this.#entry(pseAddress(pool), 'heartbeat', beat, { source: `node/${this.name}` })));
  }

  stop(): Promise<void> {
    return this.runtime.drain();
  }

  observe(observation: Observation, origin: ObservationOrigin = {}): Promise<void> {
    const { pool, producer } = observation;
    const { bus, intake = bus, tracer, clock } = this.#options;
    // One trace for both analyzers.
    const traceparent = origin.traceparent ?? (tracer && traceObservation(tracer, observation, clock.nowMs()));
    const from = { source: `producer/${pool}/${producer}`, ...origin, ...(traceparent === undefined ? undefined : { traceparent }) };
    const own = this.#entry(plaAddress(pool, producer), 'observation', summaryOf(observation), from);
    const total = this.#entry(plaAddress(pool, null), 'observation', observation, from);
    return intake.append([own, total]);
  }

  control(control: Control): Promise<void> {
    return this.#options.bus.append([this.#entry(control.actor ?? pseAddress(control.pool), 'control', control, { source: control.by })]);
  }

  describe(address: string): Readonly<Record<string, unknown>> | undefined {
    return this.runtime.actors().find((actor) => actor.address === address)?.state;
  }

  #entry<N extends MessageName>(to: string, name: N, data: MessageData[N], origin: Omit<MessageOrigin, 'timeMs'>): NewEntry {
    const atMs = this.#options.clock.nowMs();
    const contentType = this.#options.settings?.contentType ?? 'application/msgpack';
    const body = encodeMessage(createMessage(name, data, { ...origin, timeMs: atMs }), contentType);
    return { shard: shardOf(to), to, contentType, body, atMs };
  }
}
