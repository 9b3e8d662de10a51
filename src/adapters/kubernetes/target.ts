import {
  targetError,
  type ScaleRequest,
  type Target,
  type TargetCapabilities,
  type TargetError,
  type TargetResult,
  type TargetState,
} from '../../ports/target.ts';
import type { Log } from '../../ports/log.ts';
import type { Cluster } from './cluster.ts';
import { HeadroomKeeper, type HeadroomReport } from './headroom/keeper.ts';
import { countAt, textAt, type JsonObject } from './json.ts';
import { readLever, writeLever, type Lever, type LeverReading } from './lever.ts';
import { MissingReplicas } from './missing-replicas.ts';
import type { Mode } from './mode.ts';
import { prepare, type Preparation, type Prepared } from './preparation.ts';
import { describeWorkload, objectPath } from './resource.ts';
import { PodSizer } from './size/pod-sizer.ts';
import type { SizeReport } from './size/pod-verdict.ts';
import { WorkloadSize } from './size/workload-size.ts';
import { RIVALS_AFTER_MS, type KubernetesPoolSettings } from './settings.ts';
import { creationFailureOf, isUnobserved, readyReplicasOf, selectorQueryOf } from './workload.ts';

export interface KubernetesTarget extends Target {
  readonly kind: 'kubernetes';
  /** How it scales; undefined until it was found out. */
  readonly mode: Mode | undefined;
  /** How far its pods are with the size that they are to have; undefined without one, and before the first look. */
  readonly sizes: SizeReport | undefined;
  /** The room that is kept on nodes; undefined without it, and before the first look. */
  readonly headroom: HeadroomReport | undefined;
  /** From the next read on, pods are resized and room is kept. Without a start the target only reads and writes the count. */
  start(): void;
  /** Finds out how the workload can be scaled. Called by itself before the first use; a failure is tried again then. */
  prepare(): Promise<TargetResult<Preparation>>;
}

type Found = { readonly ok: true; readonly value: JsonObject } | { readonly ok: false; readonly error: TargetError };

/** One workload of a cluster as a pool. */
export function createKubernetesTarget(cluster: Cluster, settings: KubernetesPoolSettings): KubernetesTarget {
  return new WorkloadTarget(cluster, settings);
}

class WorkloadTarget implements KubernetesTarget {
  readonly kind = 'kubernetes';
  readonly #cluster: Cluster;
  readonly #settings: KubernetesPoolSettings;
  readonly #log: Log;
  #prepared: Preparation | undefined;
  #preparing: Promise<Prepared> | undefined;
  #preparedMs = 0;
  /** Of the last write that took effect, where the object does not keep it. */
  #generation = 0;
  readonly #missing: MissingReplicas;
  readonly #size: WorkloadSize | undefined;
  readonly #headroom: HeadroomKeeper | undefined;
  #isStarted = false;

  constructor(cluster: Cluster, settings: KubernetesPoolSettings) {
    this.#cluster = cluster;
    this.#settings = settings;
    this.#missing = new MissingReplicas(cluster.client, cluster.clock, settings.unschedulableAfterMs);
    this.#log = cluster.log.child({ pool: settings.pool, workload: describeWorkload(settings) });
    const { sizing, headroom, mode } = settings;
    // Where only advice is wanted, nothing is written at all.
    const isAdvice = mode === 'advise';
    const { client, clock } = cluster;
    this.#size = sizing === undefined || isAdvice ? undefined : new WorkloadSize(sizing, new PodSizer(client, clock, this.#log));
    this.#headroom = headroom === undefined || isAdvice ? undefined : new HeadroomKeeper(client, clock, this.#log, headroom);
  }

  start(): void {
    this.#isStarted = true;
  }

  get sizes(): SizeReport | undefined {
    return this.#size?.sizer.report;
  }

  get headroom(): HeadroomReport | undefined {
    return this.#headroom?.report;
  }

  get mode(): Mode | undefined {
    return this.#prepared?.mode;
  }

  get capabilities(): TargetCapabilities {
    return {
      scale: this.#prepared?.mode !== 'advise',
      precondition: true,
      generation: this.#prepared?.lever?.generation ?? 'with-write',
      bounds: this.#prepared?.mode === 'floor',
      confirm: 'ready',
      drain: true,
      resize: this.#size !== undefined,
      quota: true,
    };
  }

  async get(pool: string): Promise<TargetResult<TargetState>> {
    if (pool !== this.#settings.pool) return this.#unknown(pool);
    const prepared = await this.prepare();
    if (!prepared.ok) return prepared;
    const workload = await this.#readWorkload(prepared.value);
    if (!workload.ok) return workload;
    const reading = await this.#readCount(prepared.value, workload.value);
    return reading.ok ? this.#stateOf(workload.value, reading.value) : reading;
  }

  async scale(request: ScaleRequest): Promise<TargetResult<TargetState>> {
    if (request.pool !== this.#settings.pool) return this.#unknown(request.pool);
    // An HPA that came meanwhile is seen before it is written against.
    if (this.#cluster.clock.monotonicMs() - this.#preparedMs > RIVALS_AFTER_MS) this.#prepared = undefined;
    const prepared = await this.prepare();
    if (!prepared.ok) return prepared;
    const { lever, reason } = prepared.value;
    if (lever === undefined) {
      const now = await this.get(request.pool);
      return targetError(
        'advice-only',
        `${describeWorkload(this.#settings)} is only advised: ${reason}`,
        now.ok ? { state: now.value } : {},
      );
    }
    const hindrance = this.#sizeHindrance(prepared.value, request);
    if (hindrance !== undefined) return targetError('invalid', `${describeWorkload(this.#settings)} takes no size: ${hindrance}`);
    const notes = request.size === undefined ? {} : (this.#size?.notesOf(request.size) ?? {});
    const written = await writeLever(this.#cluster.client, lever, request, this.#generation, notes);
    const state = await this.#stateAfter(prepared.value, lever, written.reading);
    if (!written.ok) {
      if (written.error.code === 'unknown-outcome') this.#doubt(prepared.value, lever);
      return { ok: false, error: { ...written.error, ...(state.ok ? { state: state.value } : {}) } };
    }
    this.#generation = request.generation;
    return state.ok ? { ok: true, value: { ...state.value, generation: request.generation } } : state;
  }

  /** Only of a request that asks for one. */
  #sizeHindrance(prepared: Preparation, { size, replicas }: ScaleRequest): string | undefined {
    if (size === undefined) return undefined;
    return this.#size === undefined ? 'its config names none to begin with' : this.#size.hindrance(prepared, replicas);
  }

  prepare(): Promise<Prepared> {
    if (this.#prepared !== undefined) return Promise.resolve({ ok: true, value: this.#prepared });
    this.#preparing ??= this.#prepareOnce();
    return this.#preparing;
  }

  async #prepareOnce(): Promise<Prepared> {
    try {
      const prepared = await prepare(this.#cluster.client, this.#settings);
      if (!prepared.ok) {
        this.#log.warn({ code: prepared.error.code, reason: prepared.error.message }, 'workload cannot be scaled now');
        return prepared;
      }
      const { mode, reason, missing, lever } = prepared.value;
      this.#log.info({ mode, reason, generation: lever?.generation, missingRights: missing }, 'workload is looked at');
      this.#prepared = prepared.value;
      this.#preparedMs = this.#cluster.clock.monotonicMs();
      return prepared;
    } finally {
      this.#preparing = undefined;
    }
  }

  #readWorkload({ resource }: Preparation): Promise<Found> {
    const path = objectPath(resource, this.#settings.name);
    return this.#readKept(path, resource.isBuiltIn);
  }

  /** From the watch where that is fresh, otherwise from the server. */
  async #readKept(path: string, isWatched: boolean): Promise<Found> {
    const [collection, name] = splitPath(path);
    const informer = isWatched ? this.#cluster.informer(collection) : undefined;
    informer?.want(name);
    const kept = informer?.get(name);
    if (kept !== undefined && kept !== 'missing') return { ok: true, value: kept };
    const read = await this.#cluster.client.send({ method: 'GET', path, intent: 'read' });
    if (read.ok) informer?.put(read.value);
    return read;
  }

  async #readCount(prepared: Preparation, workload: JsonObject): Promise<TargetResult<LeverReading>> {
    const { lever, resource } = prepared;
    const path = objectPath(resource, this.#settings.name);
    const plain: Lever = { kind: 'object', path, field: 'replicas', generation: 'in-process' };
    const used = lever ?? plain;
    // The object of a kind of the apps group says the same as its scale.
    const found: Found =
      used.kind === 'object' || (used.kind === 'scale' && resource.isBuiltIn)
        ? { ok: true, value: workload }
        : await this.#readKept(used.path, used.kind === 'floor');
    if (!found.ok) return found;
    const reading = readLever(used, found.value);
    return reading === undefined ? targetError('contradictory', `${used.path} tells no count`) : { ok: true, value: reading };
  }

  /** After a write, or after a refusal: what the answer told, with the workload as it is now. */
  async #stateAfter(prepared: Preparation, lever: Lever, reading: LeverReading | undefined): Promise<TargetResult<TargetState>> {
    if (reading === undefined) return targetError('unavailable', 'nothing was read');
    const { resource } = prepared;
    const path = objectPath(resource, this.#settings.name);
    if (lever.kind === 'object') this.#cluster.informer(resource.collection).put(reading.object);
    if (lever.kind === 'floor') this.#cluster.informer(splitPath(lever.path)[0]).put(reading.object);
    if (lever.kind === 'scale' && resource.isBuiltIn) this.#cluster.informer(resource.collection).doubt(this.#settings.name);
    const workload =
      lever.kind === 'object' ? ({ ok: true, value: reading.object } as const) : await this.#readKept(path, resource.isBuiltIn);
    if (!workload.ok) return workload;
    if (lever.kind === 'scale' && resource.isBuiltIn && countAt(workload.value, 'spec', 'replicas') !== reading.count)
      return targetError(
        'contradictory',
        `${lever.path} says ${reading.count}, the workload itself ${countAt(workload.value, 'spec', 'replicas') ?? 'nothing'}`,
      );
    return this.#stateOf(workload.value, reading);
  }

  #doubt({ resource }: Preparation, lever: Lever): void {
    if (lever.kind === 'floor') this.#cluster.informer(splitPath(lever.path)[0]).doubt(splitPath(lever.path)[1]);
    else if (resource.isBuiltIn) this.#cluster.informer(resource.collection).doubt(this.#settings.name);
  }

  async #stateOf(workload: JsonObject, reading: LeverReading): Promise<TargetResult<TargetState>> {
    const isTold = countAt(workload, 'status', 'readyReplicas') !== undefined || this.#prepared?.resource.isBuiltIn === true;
    const isShort = !isTold || readyReplicasOf(workload) < reading.count;
    const selector = selectorQueryOf(workload) ?? textAt(reading.object, 'status', 'selector');
    if (this.#isStarted) this.#keep(workload, reading.count, selector);
    if (!isShort) this.#missing.forget();
    else if (selector !== undefined) await this.#missing.look(this.#settings.namespace, selector);
    const ready = isTold ? readyReplicasOf(workload) : this.#missing.ready;
    // Of a floor, what the HPA runs above it is the HPA's own affair: it was not asked for, and may go at any time.
    const readyReplicas = this.#prepared?.mode === 'floor' ? Math.min(ready, reading.count) : ready;
    const value = {
      pool: this.#settings.pool,
      requestedReplicas: reading.count,
      readyReplicas,
      generation: reading.generation ?? this.#generation,
      observedAtMs: this.#cluster.clock.nowMs(),
      ...(reading.min === undefined ? {} : { minReplicas: reading.min }),
      ...(reading.max === undefined ? {} : { maxReplicas: reading.max }),
      ...(this.#prepared && this.#size?.tell(workload, this.#prepared, { requested: reading.count, ready: readyReplicas })),
    };
    return { ok: true, value: isShort ? { ...value, ...this.#reasons(workload) } : value };
  }

  /** Sizes and room follow what was read; the count does not wait for them. */
  #keep(workload: JsonObject, count: number, selector: string | undefined): void {
    const { namespace } = this.#settings;
    const path = this.#workloadPath();
    const sizing = this.#size?.sizingOf(workload);
    if (sizing !== undefined && selector !== undefined) void this.#size?.sizer.look({ namespace, selector, path, replicas: count }, sizing);
    void this.#headroom?.look(namespace, path, Math.max(count, countAt(workload, 'spec', 'replicas') ?? 0), sizing);
  }

  #reasons(workload: JsonObject): Pick<TargetState, 'pendingReason' | 'stuckReason'> {
    const stuckReason = creationFailureOf(workload) ?? this.#missing.stuckReason;
    const unseen = isUnobserved(workload) ? 'its controller has not seen the change yet' : undefined;
    const pendingReason = stuckReason ?? this.#missing.pendingReason ?? unseen;
    return {
      ...(pendingReason === undefined ? {} : { pendingReason }),
      ...(stuckReason === undefined ? {} : { stuckReason }),
    };
  }

  #workloadPath(): string {
    const resource = this.#prepared?.resource;
    return resource === undefined ? '' : objectPath(resource, this.#settings.name);
  }

  #unknown(pool: string): TargetResult<never> {
    return targetError('not-found', `this target has no pool ${pool}`);
  }
}

function splitPath(path: string): readonly [collection: string, name: string] {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, slash), decodeURIComponent(path.slice(slash + 1))];
}
