import type { Clock, TimerHandle } from '../../ports/clock.ts';
import type { Backend } from './balancer.ts';
import { probeHealth } from './health.ts';
import type { LoadBalancer } from './load-balancer.ts';
import type { ControlGroup, ControlGroups } from './control-groups.ts';
import { launch, type Launched } from './launch.ts';
import type { PortPool } from './ports.ts';
import {
  GROUP_PAUSE_MS,
  GROUP_TRIES_MAX,
  HEALTH_FAILURES_MAX,
  HEALTH_PROBE_MS,
  HEALTH_TIMEOUT_MS,
  START_PROBE_MS,
  STOP_GRACE_MS,
  type LocalPoolSettings,
} from './settings.ts';

/**
 * starting: the process runs, no health check passed yet. ready: takes requests. draining: takes no new ones and finishes
 * what it has. stopping: was told to leave. stopped: is gone.
 */
export type ReplicaPhase = 'starting' | 'ready' | 'draining' | 'stopping' | 'stopped';

export interface ReplicaListener {
  ready(replica: Replica): void;
  /** Called once, when the process is gone. `failure` says why if that was not asked for. */
  stopped(replica: Replica, failure: string | undefined): void;
  message(replica: Replica, message: unknown): void;
  line(replica: Replica, text: string): void;
}

export interface ReplicaContext {
  readonly clock: Clock;
  readonly balancer: LoadBalancer;
  readonly ports: PortPool;
  readonly settings: LocalPoolSettings;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly listener: ReplicaListener;
  /** Only asked for where replicas have bounds. */
  readonly groups: () => ControlGroups;
}

/** One process of a pool, from its start to its end. */
export class Replica {
  /** `<pool>-<ordinal>`: stable, so that a producer's history goes on with its successor. */
  readonly id: string;
  readonly ordinal: number;
  readonly startedAtMs: number;
  readonly #context: ReplicaContext;
  #process: Launched | undefined;
  #port: number | undefined;
  #phase: ReplicaPhase = 'starting';
  #readyAtMs: number | undefined;
  #backend: Backend | undefined;
  #group: ControlGroup | undefined;
  #failure: string | undefined;
  #timer: TimerHandle | undefined;

  constructor(ordinal: number, context: ReplicaContext) {
    this.id = `${context.settings.pool}-${ordinal}`;
    this.ordinal = ordinal;
    this.startedAtMs = context.clock.monotonicMs();
    this.#context = context;
    void this.#begin();
  }

  get phase(): ReplicaPhase {
    return this.#phase;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Where it listens; undefined while a free port is looked for. */
  get port(): number | undefined {
    return this.#port;
  }

  /** New requests go to it. */
  get isServing(): boolean {
    return this.#phase === 'ready' && this.#backend?.accepting === true;
  }

  get inFlight(): number {
    return this.#backend?.inFlight ?? 0;
  }

  /** How long it has been or was ready, milliseconds; 0 if it never was. */
  get readyForMs(): number {
    return this.#readyAtMs === undefined ? 0 : this.#context.clock.monotonicMs() - this.#readyAtMs;
  }

  /** Stops it without losing a request: at once if it never served, otherwise drained first. */
  drain(): void {
    if (this.#phase === 'starting') this.#terminate();
    if (this.#phase !== 'ready') return;
    this.#phase = 'draining';
    this.#later(this.#context.settings.drainMs, () => this.#terminate());
    this.#context.balancer.drain(this.id, () => this.#terminate());
  }

  /** Takes a draining replica back: the fastest capacity there is. False if it is too late. */
  reopen(): boolean {
    if (this.#phase !== 'draining' || this.#port === undefined) return false;
    this.#phase = 'ready';
    this.#context.balancer.open(this.id);
    this.#watchHealth(this.#port, 0);
    return true;
  }

  /** Ends it and all that it started, at once. */
  kill(): void {
    if (this.#phase === 'stopped') return;
    this.#phase = 'stopping';
    this.#process?.kill();
  }

  async #begin(): Promise<void> {
    const { settings, environment, listener, ports } = this.#context;
    const port = await ports.take();
    this.#port = port;
    if (this.#phase !== 'starting') this.#gone('was not wanted any more');
    else if (port === undefined) this.#gone(`found no free port from ${settings.portRange.from} to ${settings.portRange.to}`);
    else {
      const { bounds } = settings;
      if (bounds !== undefined) {
        try {
          this.#group = this.#context.groups().create(this.id, bounds);
        } catch (error) {
          this.#gone(`could not be bounded: ${error instanceof Error ? error.message : String(error)}`);
          return;
        }
      }
      const identity = { PORT: String(port), FORESCALE_POOL: settings.pool, FORESCALE_REPLICA: this.id };
      this.#process = launch(
        {
          program: settings.program,
          env: { ...environment, ...settings.env, ...identity },
          graceMs: STOP_GRACE_MS,
          joinFiles: this.#group?.joinFiles ?? [],
        },
        {
          message: (message) => listener.message(this, message),
          line: (text) => listener.line(this, text),
          exit: (reason) => this.#gone(reason),
        },
      );
      this.#later(START_PROBE_MS, () => void this.#watchStart(port));
    }
  }

  async #watchStart(port: number): Promise<void> {
    const { clock, settings } = this.#context;
    const isHealthy = await probeHealth(port, settings.healthPath, HEALTH_TIMEOUT_MS);
    if (this.#phase !== 'starting') return;
    if (isHealthy) await this.#becomeReady(port);
    else if (clock.monotonicMs() - this.startedAtMs >= settings.startTimeoutMs) {
      this.#fail(`did not answer 2xx on ${settings.healthPath} within ${settings.startTimeoutMs} ms`);
    } else this.#later(START_PROBE_MS, () => void this.#watchStart(port));
  }

  async #becomeReady(port: number): Promise<void> {
    let backend: Backend;
    try {
      backend = await this.#context.balancer.admit(this.id, port);
    } catch (error) {
      this.#fail(`was not taken in by its balancer: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    if (this.#phase !== 'starting') {
      this.#context.balancer.remove(this.id);
      return;
    }
    this.#phase = 'ready';
    this.#readyAtMs = this.#context.clock.monotonicMs();
    this.#backend = backend;
    this.#watchHealth(port, 0);
    this.#context.listener.ready(this);
  }

  #watchHealth(port: number, failures: number): void {
    const look = async (): Promise<void> => {
      const isHealthy = await probeHealth(port, this.#context.settings.healthPath, HEALTH_TIMEOUT_MS);
      if (this.#phase !== 'ready') return;
      if (isHealthy) this.#watchHealth(port, 0);
      else if (failures + 1 < HEALTH_FAILURES_MAX) this.#watchHealth(port, failures + 1);
      else this.#fail(`failed ${HEALTH_FAILURES_MAX} health checks in a row`);
    };
    this.#later(HEALTH_PROBE_MS, () => void look());
  }

  #fail(reason: string): void {
    this.#failure = reason;
    this.#terminate();
  }

  #terminate(): void {
    if (this.#phase === 'stopping' || this.#phase === 'stopped') return;
    this.#phase = 'stopping';
    this.#leaveBalancer();
    this.#process?.terminate();
    // The keeper of a command needs the same time for its own SIGKILL, which reaches the whole group.
    this.#later(STOP_GRACE_MS + 500, () => this.#process?.kill());
  }

  #gone(reason: string): void {
    if (this.#phase !== 'stopping') this.#failure = this.#group?.ranOutOfMemory() === true ? `${reason}: its memory was used up` : reason;
    this.#phase = 'stopped';
    this.#timer?.cancel();
    this.#leaveBalancer();
    if (this.#port !== undefined) this.#context.ports.give(this.#port);
    this.#removeGroup(1);
    this.#context.listener.stopped(this, this.#failure);
  }

  /** The last of its processes may take a moment to go. */
  #removeGroup(tries: number): void {
    if (this.#group === undefined || this.#group.remove() || tries >= GROUP_TRIES_MAX) return;
    this.#context.clock.setTimer(GROUP_PAUSE_MS, () => this.#removeGroup(tries + 1));
  }

  #leaveBalancer(): void {
    if (this.#backend === undefined) return;
    this.#context.balancer.remove(this.id);
    this.#backend = undefined;
  }

  /** One timer at a time: each phase waits for one thing. */
  #later(delayMs: number, callback: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#context.clock.setTimer(delayMs, callback);
  }
}
