import type { Clock, TimerHandle } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import type { TargetError } from '../../ports/target.ts';
import { probeHealth } from '../local/health.ts';
import { createPortPool, type PortPool } from '../local/ports.ts';
import { replicaBody, replicaName, textOfSize, type ReplicaRow, type Rows } from './container.ts';
import type { EngineApi, Told } from './engine-api.ts';
import {
  BACK_OFF_FIRST_MS,
  BACK_OFF_LAST_MS,
  FAILED_LOOKS_MAX,
  LOOK_MS,
  PROBE_TIMEOUT_MS,
  STARTS_AT_ONCE,
  type ContainerSize,
  type DockerPoolSettings,
} from './settings.ts';

export interface ContainerPoolContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly api: EngineApi;
  readonly rows: () => Promise<Told<Rows>>;
  /** How many replicas are asked for. */
  readonly wanted: (rows: Rows) => number;
  /** What each of them is to have. */
  readonly size: (rows: Rows) => ContainerSize;
}

/** What is known of a replica that runs. */
interface Watched {
  readonly sinceMs: number;
  hasServed: boolean;
  failedLooks: number;
}

interface Report {
  readonly ready: number;
  /** Of them, what has the size that is asked for. */
  readonly resized: number;
  readonly news: { readonly pendingReason?: string; readonly stuckReason?: string };
}

/** Brings the containers that are there nearer to what is asked for. What it does twice has the effect of once. */
export class ContainerPool {
  readonly #settings: DockerPoolSettings;
  readonly #context: ContainerPoolContext;
  readonly #ports: PortPool;
  readonly #leaving = new Set<string>();
  readonly #watched = new Map<string, Watched>();
  /** Sizes that were set since a replica was made, and those that were refused, with the reason. */
  readonly #sizes = new Map<string, string>();
  readonly #refusedSizes = new Map<string, { readonly text: string; readonly reason: string }>();
  /** Ports that were taken here, by container. */
  readonly #portOf = new Map<string, number>();
  /** Names that containers of others have. */
  readonly #foreign = new Set<number>();
  #failuresInRow = 0;
  #trouble: string | undefined;
  /** What no waiting heals: no such image, a body that the engine refuses. */
  #stuck: string | undefined;
  #notBeforeMs = 0;
  #timer: TimerHandle | undefined;
  #isOpen = false;
  #run: Promise<void> = Promise.resolve();

  constructor(settings: DockerPoolSettings, context: ContainerPoolContext) {
    this.#settings = settings;
    this.#context = context;
    this.#ports = createPortPool(settings.portRange, context.random.int(2 ** 16));
  }

  /** Once; again has no effect. */
  start(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.lookSoon();
  }

  /** Looks now, and then again and again. */
  lookSoon(): void {
    if (!this.#isOpen) return;
    this.#timer?.cancel();
    this.#run = this.#run.then(() => this.#reconcile()).catch((error: unknown) => this.#tell('the pool could not be looked at', error));
    this.#timer = this.#context.clock.setTimer(LOOK_MS, () => this.lookSoon());
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#timer?.cancel();
    await this.#run;
  }

  async report(rows: Rows, wanted: number): Promise<Report> {
    const { replicas } = rows;
    const running = replicas.filter(({ id, state }) => state === 'running' && !this.#leaving.has(id));
    const health = await Promise.all(running.map((row) => this.#isHealthy(row)));
    const serving = running.filter((_, i) => health[i]);
    const text = textOfSize(this.#context.size(rows));
    const [ready, resized] = [serving.length, serving.filter((row) => this.#sizeOf(row) === text).length];
    if (ready >= wanted) return { ready, resized, news: this.#refusalOf(serving, text) };
    if (this.#stuck !== undefined) return { ready, resized, news: { pendingReason: this.#stuck, stuckReason: this.#stuck } };
    const starting = running.length - ready;
    const reasons = [...(starting > 0 ? [`${starting} not healthy yet`] : []), ...(this.#trouble === undefined ? [] : [this.#trouble])];
    return { ready, resized, news: reasons.length === 0 ? {} : { pendingReason: reasons.join('; ') } };
  }

  #sizeOf({ id, sizeText }: ReplicaRow): string {
    return this.#sizes.get(id) ?? sizeText;
  }

  /** A size that the engine does not give to what runs. */
  #refusalOf(rows: readonly ReplicaRow[], text: string): Report['news'] {
    for (const { id } of rows) {
      const refused = this.#refusedSizes.get(id);
      if (refused?.text === text) return { stuckReason: refused.reason };
    }
    return {};
  }

  async #reconcile(): Promise<void> {
    if (!this.#isOpen) return;
    const told = await this.#context.rows();
    if (!told.ok) return this.#tell('the engine was not asked', told.error.message);
    const rows = told.value;
    this.#forget(rows);
    const present = rows.replicas.filter(({ id }) => !this.#leaving.has(id));
    const living: ReplicaRow[] = [];
    for (const row of present) {
      if (row.state === 'gone') await this.#bury(row);
      else living.push(row);
    }
    const health = await Promise.all(living.map((row) => this.#isHealthy(row)));
    const kept = living.filter((row, i) => !this.#hasFailed(row, health[i] === true));
    // Those that serve nobody go first, then the highest ordinals: the oldest keep their history.
    const isReady = new Map(living.map((row, i) => [row.id, health[i] === true]));
    kept.sort((a, b) => Number(isReady.get(b.id)) - Number(isReady.get(a.id)) || a.ordinal - b.ordinal);
    const wanted = this.#context.wanted(rows);
    for (const row of kept.slice(wanted)) this.#leave(row);
    const staying = kept.slice(0, wanted);
    const size = this.#context.size(rows);
    await Promise.all(staying.map((row) => this.#resize(row, size)));
    await this.#startUp(staying);
    await this.#makeMissing(rows, wanted - staying.length, size);
  }

  /** A container that was made and not started: who made it died in between. */
  async #startUp(rows: readonly ReplicaRow[]): Promise<void> {
    for (const row of rows) if (row.state === 'created') await this.#begin(row.id, row.name);
  }

  async #makeMissing({ replicas }: Rows, count: number, size: ContainerSize): Promise<void> {
    if (count <= 0 || this.#context.clock.monotonicMs() < this.#notBeforeMs) return;
    const used = new Set([...replicas.map(({ ordinal }) => ordinal), ...this.#foreign]);
    const ordinals: number[] = [];
    for (let ordinal = 1; ordinals.length < count; ordinal += 1) if (!used.has(ordinal)) ordinals.push(ordinal);
    for (let i = 0; i < ordinals.length; i += STARTS_AT_ONCE)
      await Promise.all(ordinals.slice(i, i + STARTS_AT_ONCE).map((ordinal) => this.#make(ordinal, size)));
  }

  async #make(ordinal: number, size: ContainerSize): Promise<void> {
    const { pool, portRange } = this.#settings;
    const port = await this.#ports.take();
    if (port === undefined) return this.#noteFailure(`no port from ${portRange.from} to ${portRange.to} is free`);
    const name = replicaName(pool, ordinal);
    const made = await this.#context.api.create(name, replicaBody(this.#settings, size, ordinal, port));
    if (!made.ok) {
      this.#ports.give(port);
      if (made.error.code === 'conflict') this.#foreign.add(ordinal);
      this.#noteRefusal(made.error);
      return;
    }
    this.#portOf.set(made.value, port);
    this.#stuck = undefined;
    await this.#begin(made.value, name);
  }

  async #begin(id: string, name: string): Promise<void> {
    const started = await this.#context.api.start(id);
    if (started.ok) {
      this.#context.log.info({ container: name }, 'container started');
      return;
    }
    this.#noteRefusal(started.error);
    await this.#context.api.remove(id);
  }

  #leave(row: ReplicaRow): void {
    const { api, log } = this.#context;
    this.#leaving.add(row.id);
    const leave = async (): Promise<void> => {
      const stopped = row.state === 'running' ? await api.stop(row.id, this.#settings.drainMs) : undefined;
      const removed = await api.remove(row.id);
      if (removed.ok) log.info({ container: row.name }, 'container stopped');
      else log.warn({ container: row.name, stopped: stopped?.ok, reason: removed.error.message }, 'container is not removed');
    };
    void leave().finally(() => {
      this.#leaving.delete(row.id);
      if (this.#isOpen) this.lookSoon();
    });
  }

  /** It ended by itself. */
  async #bury({ id, name, status }: ReplicaRow): Promise<void> {
    this.#noteFailure(`${name}: ${status}`);
    await this.#context.api.remove(id);
  }

  #hasFailed(row: ReplicaRow, isHealthy: boolean): boolean {
    if (row.state !== 'running') return false;
    const nowMs = this.#context.clock.monotonicMs();
    const watched = this.#watched.get(row.id) ?? { sinceMs: nowMs, hasServed: false, failedLooks: 0 };
    this.#watched.set(row.id, watched);
    watched.failedLooks = isHealthy ? 0 : watched.failedLooks + 1;
    if (isHealthy && !watched.hasServed) {
      watched.hasServed = true;
      this.#failuresInRow = 0;
      this.#trouble = undefined;
    }
    const isLost = watched.hasServed
      ? watched.failedLooks >= FAILED_LOOKS_MAX
      : nowMs - watched.sinceMs >= this.#settings.startTimeoutMs && !isHealthy;
    if (isLost) {
      this.#noteFailure(
        `${row.name} ${watched.hasServed ? `failed ${FAILED_LOOKS_MAX} health checks in a row` : 'was not healthy in time'}`,
      );
      this.#leave(row);
    }
    return isLost;
  }

  async #resize(row: ReplicaRow, size: ContainerSize): Promise<void> {
    const text = textOfSize(size);
    const isRefused = this.#refusedSizes.get(row.id)?.text === text;
    if (row.state !== 'running' || text === '/' || text === this.#sizeOf(row) || isRefused) return;
    const { api, log } = this.#context;
    const resized = await api.resize(row.id, size);
    if (resized.ok) {
      this.#sizes.set(row.id, text);
      this.#refusedSizes.delete(row.id);
      log.info({ container: row.name, ...size }, 'container resized');
      return;
    }
    this.#refusedSizes.set(row.id, { text, reason: resized.error.message });
    log.warn({ container: row.name, ...size, reason: resized.error.message }, 'container keeps its size; a new one has the new size');
  }

  async #isHealthy({ state, port, status }: ReplicaRow): Promise<boolean> {
    if (state !== 'running') return false;
    const { healthPath } = this.#settings;
    if (healthPath !== undefined) return probeHealth(port, healthPath, PROBE_TIMEOUT_MS);
    return !/\((unhealthy|health: starting|starting)\)/.test(status);
  }

  #noteRefusal({ code, message }: TargetError): void {
    if (code === 'not-found' || code === 'invalid' || code === 'forbidden') this.#stuck = message;
    this.#noteFailure(message);
  }

  #noteFailure(reason: string): void {
    const { clock, random, log } = this.#context;
    this.#failuresInRow += 1;
    this.#trouble = reason;
    const longestMs = Math.min(BACK_OFF_LAST_MS, BACK_OFF_FIRST_MS * 2 ** Math.min(this.#failuresInRow - 1, 16));
    this.#notBeforeMs = clock.monotonicMs() + longestMs * (0.5 + random.next() / 2);
    log.warn({ reason, inRow: this.#failuresInRow }, 'container failed');
  }

  /** What is known of containers that are gone. */
  #forget({ replicas }: Rows): void {
    const ids = new Set(replicas.map(({ id }) => id));
    for (const id of this.#watched.keys()) if (!ids.has(id)) this.#watched.delete(id);
    for (const id of this.#sizes.keys()) if (!ids.has(id)) this.#sizes.delete(id);
    for (const id of this.#refusedSizes.keys()) if (!ids.has(id)) this.#refusedSizes.delete(id);
    for (const [id, port] of this.#portOf) {
      if (ids.has(id)) continue;
      this.#portOf.delete(id);
      this.#ports.give(port);
    }
  }

  #tell(what: string, error: unknown): void {
    this.#context.log.warn({ reason: error instanceof Error ? error.message : String(error) }, what);
  }
}
