import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, TimerHandle } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Meter } from '../../ports/meter.ts';
import type { Random } from '../../ports/random.ts';
import type { ScaleRequest, TargetError, TargetResult, TargetState } from '../../ports/target.ts';
import { createBalancer } from './balancer.ts';
import type { ControlGroups } from './control-groups.ts';
import type { LoadBalancer } from './load-balancer.ts';
import { createPortPool, type PortPool } from './ports.ts';
import { Replica, type ReplicaListener } from './replica.ts';
import { BACK_OFF_FIRST_MS, BACK_OFF_LAST_MS, STABLE_AFTER_MS, STOP_GRACE_MS, type LocalPoolSettings } from './settings.ts';

export interface LocalPoolContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Only asked for where replicas have bounds. */
  readonly groups: () => ControlGroups;
  /** What a replica said over its channel. */
  readonly onMessage: (pool: string, replica: string, message: unknown) => void;
  /** What stands before the replicas of a pool; undefined: a balancer of this process. */
  readonly balancerOf: (pool: string) => LoadBalancer | undefined;
  /** A request arrived at the balancer of this process. */
  readonly onArrival: (pool: string, request: IncomingMessage, response: ServerResponse) => void;
}

/** The replicas of one pool and the balancer before them. */
export class LocalPool {
  readonly settings: LocalPoolSettings;
  readonly balancer: LoadBalancer;
  readonly #context: LocalPoolContext;
  readonly #ports: PortPool;
  readonly #replicas = new Map<string, Replica>();
  readonly #log: Log;
  #requested: number;
  #generation = 0;
  #isStopping = false;
  #failuresInRow = 0;
  #lastFailure: string | undefined;
  #retryTimer: TimerHandle | undefined;
  #whenEmpty: (() => void) | undefined;

  constructor(settings: LocalPoolSettings, context: LocalPoolContext) {
    this.settings = settings;
    this.#context = context;
    this.#log = context.log.child({ pool: settings.pool });
    this.#ports = createPortPool(settings.portRange, context.random.int(2 ** 16));
    this.#requested = settings.initialReplicas;
    this.balancer = context.balancerOf(settings.pool) ?? ownBalancer(settings, context);
  }

  get replicas(): readonly Replica[] {
    return [...this.#replicas.values()];
  }

  async start(): Promise<string> {
    const { url } = await this.balancer.listen();
    this.#reconcile();
    return url;
  }

  state(): TargetState {
    const pendingReason = this.#pendingReason();
    return {
      pool: this.settings.pool,
      requestedReplicas: this.#requested,
      readyReplicas: this.replicas.filter(({ isServing }) => isServing).length,
      generation: this.#generation,
      minReplicas: this.settings.minReplicas,
      maxReplicas: this.settings.maxReplicas,
      observedAtMs: this.#context.clock.nowMs(),
      ...(pendingReason === undefined ? {} : { pendingReason }),
    };
  }

  scale(request: ScaleRequest): TargetResult<TargetState> {
    const error = this.#refusal(request);
    if (error !== undefined) return { ok: false, error };
    this.#requested = request.replicas;
    this.#generation = request.generation;
    this.#reconcile();
    return { ok: true, value: this.state() };
  }

  /** Drains all replicas and resolves when every process is gone, after a bounded time. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#requested = 0;
    const { drainMs } = this.settings;
    const gone = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
    const last = this.#context.clock.setTimer(drainMs + STOP_GRACE_MS + 1_000, () => this.kill());
    const closed = this.balancer.close(drainMs);
    this.#reconcile();
    await Promise.all([gone, closed]);
    last.cancel();
  }

  /** Ends every process at once, without a drain. */
  kill(): void {
    this.#isStopping = true;
    this.#retryTimer?.cancel();
    for (const replica of this.#replicas.values()) replica.kill();
  }

  #refusal(request: ScaleRequest): TargetError | undefined {
    const { pool, minReplicas, maxReplicas } = this.settings;
    const state = this.state();
    if (this.#isStopping) return { code: 'unavailable', message: `Pool ${pool} is being stopped.` };
    if (request.generation <= this.#generation) {
      return { code: 'superseded', message: `Generation ${this.#generation} was written already; this is ${request.generation}.`, state };
    }
    if (request.expectedReplicas !== this.#requested) {
      const message = `The plan was made from ${request.expectedReplicas} replicas, but ${this.#requested} are requested now.`;
      return { code: 'conflict', message, state };
    }
    const { replicas } = request;
    if (Number.isInteger(replicas) && replicas >= minReplicas && replicas <= maxReplicas) return undefined;
    return { code: 'invalid', message: `Pool ${pool} takes ${minReplicas} to ${maxReplicas} replicas, not ${replicas}.` };
  }

  /** Brings what runs nearer to what is requested. Called after every change; has no effect when they agree. */
  #reconcile(): void {
    const living = this.replicas.filter(({ phase }) => phase === 'starting' || phase === 'ready');
    const missing = this.#requested - living.length;
    if (missing < 0) this.#drainSome(living, -missing);
    else if (missing > 0) this.#startSome(missing);
    if (this.#replicas.size === 0) this.#whenEmpty?.();
    this.#measure();
  }

  /** Highest ordinals first: the oldest producers keep their history, and a replica that still starts serves nobody. */
  #drainSome(living: readonly Replica[], count: number): void {
    const order = [...living].sort((a, b) => Number(a.phase === 'ready') - Number(b.phase === 'ready') || b.ordinal - a.ordinal);
    for (const replica of order.slice(0, count)) replica.drain();
  }

  #startSome(count: number): void {
    const draining = this.replicas.filter(({ phase }) => phase === 'draining').sort((a, b) => a.ordinal - b.ordinal);
    let missing = count;
    for (const replica of draining) if (missing > 0 && replica.reopen()) missing -= 1;
    if (this.#retryTimer !== undefined) return;
    for (; missing > 0; missing--) this.#startOne();
  }

  #startOne(): void {
    const { clock, environment } = this.#context;
    const replica = new Replica(this.#freeOrdinal(), {
      clock,
      environment,
      ports: this.#ports,
      balancer: this.balancer,
      settings: this.settings,
      listener: this.#listener,
      groups: this.#context.groups,
    });
    this.#replicas.set(replica.id, replica);
    this.#log.info({ replica: replica.id }, 'replica starts');
  }

  readonly #listener: ReplicaListener = {
    ready: (replica) => {
      const tookMs = Math.round(this.#context.clock.monotonicMs() - replica.startedAtMs);
      this.#context.meter.observe('forescale_local_start_seconds', tookMs / 1_000, { pool: this.settings.pool });
      this.#log.info({ replica: replica.id, pid: replica.pid, port: replica.port, tookMs }, 'replica is ready');
      this.#measure();
    },
    stopped: (replica, failure) => {
      this.#replicas.delete(replica.id);
      if (failure === undefined) this.#log.info({ replica: replica.id }, 'replica stopped');
      else this.#noteFailure(replica, failure);
      this.#reconcile();
    },
    message: (replica, message) => this.#context.onMessage(this.settings.pool, replica.id, message),
    line: (replica, text) => this.#log.debug({ replica: replica.id, text }, 'replica wrote'),
  };

  #noteFailure(replica: Replica, reason: string): void {
    const { clock, random, meter } = this.#context;
    this.#failuresInRow = replica.readyForMs >= STABLE_AFTER_MS ? 1 : this.#failuresInRow + 1;
    this.#lastFailure = `${replica.id} ${reason}`;
    const longestMs = Math.min(BACK_OFF_LAST_MS, BACK_OFF_FIRST_MS * 2 ** Math.min(this.#failuresInRow - 1, 16));
    const waitMs = longestMs * (0.5 + random.next() / 2);
    meter.count('forescale_local_failures_total', { pool: this.settings.pool });
    this.#log.warn({ replica: replica.id, reason, inRow: this.#failuresInRow, waitMs: Math.round(waitMs) }, 'replica failed');
    if (this.#isStopping) return;
    this.#retryTimer?.cancel();
    this.#retryTimer = clock.setTimer(waitMs, () => {
      this.#retryTimer = undefined;
      this.#reconcile();
    });
  }

  #pendingReason(): string | undefined {
    if (this.replicas.filter(({ isServing }) => isServing).length >= this.#requested) return undefined;
    const starting = this.#count('starting');
    const trouble = this.balancer.trouble?.();
    const reasons: string[] = trouble === undefined ? [] : [trouble];
    if (starting > 0) reasons.push(`${starting} ${starting === 1 ? 'replica starts' : 'replicas start'}`);
    if (this.#retryTimer !== undefined && this.#lastFailure !== undefined) reasons.push(`${this.#lastFailure}; it is tried again shortly`);
    return reasons.length === 0 ? undefined : reasons.join('; ');
  }

  #freeOrdinal(): number {
    let ordinal = 1;
    while (this.#replicas.has(`${this.settings.pool}-${ordinal}`)) ordinal += 1;
    return ordinal;
  }

  #count(phase: Replica['phase']): number {
    return this.replicas.filter((replica) => replica.phase === phase).length;
  }

  #measure(): void {
    const { meter } = this.#context;
    const labels = { pool: this.settings.pool };
    meter.gauge('forescale_local_requested_replicas', this.#requested, labels);
    meter.gauge('forescale_local_ready_replicas', this.#count('ready'), labels);
  }
}

function ownBalancer(settings: LocalPoolSettings, context: LocalPoolContext): LoadBalancer {
  const balancer = createBalancer({
    clock: context.clock,
    port: settings.listenPort,
    waitMs: settings.waitMs,
    slowStartMs: settings.slowStartMs ?? 0,
    onArrival: (request, response) => context.onArrival(settings.pool, request, response),
  });
  return { ...balancer, admit: async (id, port) => balancer.add(id, port) };
}
