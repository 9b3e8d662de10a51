import { sleep, type Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import {
  targetError,
  type ScaleRequest,
  type Target,
  type TargetCapabilities,
  type TargetError,
  type TargetResult,
  type TargetState,
} from '../../ports/target.ts';
import { POOL_LABEL, readRows, sizeWanted, textOfSize, writeBody, writeName, type Rows, type WriteRow } from './container.ts';
import { createEngineApi, type EngineApi, type Told } from './engine-api.ts';
import { ContainerPool } from './pool.ts';
import type { ContainerSize, DockerPoolSettings } from './settings.ts';

export interface DockerContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Containers of one engine as a pool. They outlive the node: another one that starts goes on with them. */
export interface DockerTarget extends Target {
  readonly kind: 'docker';
  /**
   * From the first read on, containers are made, ended and replaced: a node that does not hold the pool never reads it. Without
   * a start the target only reads and writes the count.
   */
  start(): void;
  /** Containers stay. */
  close(): Promise<void>;
}

/** Looks for what somebody else writes just now; who began and failed leaves nothing to see. */
const LOOKS_MAX = 20;
const LOOK_EVERY_MS = 50;

const CAPABILITIES: TargetCapabilities = {
  scale: true,
  precondition: true,
  generation: 'with-write',
  bounds: true,
  confirm: 'ready',
  drain: true,
  resize: true,
  quota: false,
};

export function createDockerTarget(settings: DockerPoolSettings, context: DockerContext): DockerTarget {
  return new EngineTarget(settings, context);
}

class EngineTarget implements DockerTarget {
  readonly kind = 'docker';
  readonly capabilities = CAPABILITIES;
  readonly #settings: DockerPoolSettings;
  readonly #clock: Clock;
  readonly #api: EngineApi;
  readonly #pool: ContainerPool;
  #isStarted = false;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(settings: DockerPoolSettings, { clock, random, log }: DockerContext) {
    this.#settings = settings;
    this.#clock = clock;
    this.#api = createEngineApi(settings.engine, settings.timeoutMs, clock);
    const look = { rows: () => this.#rows(), wanted: (rows: Rows) => this.#wanted(rows), size: (rows: Rows) => sizeWanted(rows, settings) };
    this.#pool = new ContainerPool(settings, { clock, random, log: log.child({ pool: settings.pool }), api: this.#api, ...look });
  }

  start(): void {
    this.#isStarted = true;
  }

  async close(): Promise<void> {
    this.#isStarted = false;
    await this.#pool.close();
    await this.#api.close();
  }

  async get(pool: string): Promise<TargetResult<TargetState>> {
    if (pool !== this.#settings.pool) return this.#unknown(pool);
    if (this.#isStarted) this.#pool.start();
    const rows = await this.#rows();
    return rows.ok ? { ok: true, value: await this.#stateOf(rows.value) } : rows;
  }

  scale(request: ScaleRequest): Promise<TargetResult<TargetState>> {
    if (request.pool !== this.#settings.pool) return Promise.resolve(this.#unknown(request.pool));
    const written = this.#lastWrite.then(() => this.#write(request));
    this.#lastWrite = written.catch(() => undefined);
    return written;
  }

  async #write(request: ScaleRequest): Promise<TargetResult<TargetState>> {
    const before = await this.#rows();
    if (!before.ok) return before;
    const refused = await this.#refusal(request, before.value);
    if (refused !== undefined) return { ok: false, error: refused };
    const number = (before.value.writes[0]?.number ?? 0) + 1;
    const { generation, replicas } = request;
    const write = { number, generation, replicas, ...this.#sizeToWrite(request, before.value) };
    const made = await this.#api.create(writeName(this.#settings.pool, number), writeBody(this.#settings, write));
    if (!made.ok && made.error.code !== 'conflict') return made;
    const after = made.ok ? await this.#rows() : await this.#rowsWith(number);
    if (!after.ok) return made.ok ? { ok: false, error: { ...after.error, code: 'unknown-outcome' } } : after;
    const [newest, ...older] = after.value.writes;
    if (!made.ok || newest?.id !== made.value) {
      // Somebody wrote meanwhile. What we left under an older number counts for nothing.
      if (made.ok) await this.#api.remove(made.value);
      const lost = (await this.#refusal(request, after.value)) ?? { code: 'conflict', message: 'somebody else wrote at the same time' };
      return { ok: false, error: { ...lost, state: await this.#stateOf(after.value) } };
    }
    for (const { id } of older) await this.#api.remove(id);
    this.#pool.lookSoon();
    return { ok: true, value: await this.#stateOf(after.value) };
  }

  async #refusal({ replicas, expectedReplicas, generation }: ScaleRequest, rows: Rows): Promise<TargetError | undefined> {
    const { pool, minReplicas, maxReplicas } = this.#settings;
    const written = rows.writes[0]?.generation ?? 0;
    const wanted = this.#wanted(rows);
    if (generation <= written) {
      const message = `generation ${written} was written already; this is ${generation}`;
      return { code: 'superseded', message, state: await this.#stateOf(rows) };
    }
    if (wanted !== expectedReplicas) {
      const message = `the plan was made from ${expectedReplicas} replicas, ${wanted} are asked for`;
      return { code: 'conflict', message, state: await this.#stateOf(rows) };
    }
    if (Number.isInteger(replicas) && replicas >= minReplicas && replicas <= maxReplicas) return undefined;
    return { code: 'invalid', message: `pool ${pool} takes ${minReplicas} to ${maxReplicas} replicas, not ${replicas}` };
  }

  async #stateOf(rows: Rows): Promise<TargetState> {
    const { pool, minReplicas, maxReplicas } = this.#settings;
    const requestedReplicas = this.#wanted(rows);
    const { ready, resized, news } = await this.#pool.report(rows, requestedReplicas);
    const generation = rows.writes[0]?.generation ?? 0;
    const observedAtMs = this.#clock.nowMs();
    const size = replicaSize(sizeWanted(rows, this.#settings));
    const sizes = size && { size, resizedReplicas: resized };
    return { pool, requestedReplicas, readyReplicas: ready, ...sizes, generation, minReplicas, maxReplicas, observedAtMs, ...news };
  }

  /** A size that was asked for once stands with every count after it. */
  #sizeToWrite({ size }: ScaleRequest, { writes }: Rows): Pick<WriteRow, 'size'> {
    if (size === undefined) return writes[0]?.size === undefined ? {} : { size: writes[0].size };
    const { cpuMillicores, memoryBytes } = size;
    return { size: { size: { cpus: cpuMillicores / 1_000, memoryBytes }, instead: textOfSize(this.#settings.size) } };
  }

  async #rows(): Promise<Told<Rows>> {
    const { pool } = this.#settings;
    const list = await this.#api.list(`${POOL_LABEL}=${pool}`);
    return list.ok ? { ok: true, value: readRows(list.value, pool) } : list;
  }

  /** An engine keeps a name from the moment on at which it begins to make its container, and lists the container a moment later. */
  async #rowsWith(number: number): Promise<Told<Rows>> {
    for (let look = 1; ; look += 1) {
      const rows = await this.#rows();
      if (!rows.ok || (rows.value.writes[0]?.number ?? 0) >= number || look === LOOKS_MAX) return rows;
      await sleep(this.#clock, LOOK_EVERY_MS);
    }
  }

  #wanted({ writes }: Rows): number {
    return writes[0]?.replicas ?? this.#settings.minReplicas;
  }

  #unknown(pool: string): TargetResult<never> {
    return targetError('not-found', `this target has no pool ${pool}`);
  }
}

/** undefined: replicas without both limits have no size that a plan could weigh. */
function replicaSize({ cpus, memoryBytes }: ContainerSize): TargetState['size'] {
  return cpus === undefined || memoryBytes === undefined ? undefined : { cpuMillicores: Math.round(cpus * 1_000), memoryBytes };
}
