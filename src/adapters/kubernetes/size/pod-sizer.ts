/**
 * Keeps the pods of one workload at a size: those that run are resized in place, without a restart, and so are new ones,
 * which come with the size of the template. The template itself is written, too, where that replaces no pod. Or it is
 * written first, and the workload's rollout replaces every pod.
 */
import type { Log } from '../../../ports/log.ts';
import type { Clock } from '../../../ports/clock.ts';
import { FIELD_MANAGER, type KubernetesClient, type KubernetesResult } from '../client.ts';
import { at, countAt, isObject, listAt, textAt, type JsonObject } from '../json.ts';
import { podResource } from '../resource.ts';
import { podSizeOf, resizingOf, type ContainerSize, type Resizing } from './container-size.ts';

export interface PodSizing extends ContainerSize {
  /** `pods`: in place. `rollout`: by the template, which replaces every pod. */
  readonly by: 'pods' | 'rollout';
}

/** How far the pods are, by their numbers, at the last look. */
export interface SizeReport {
  readonly sized: number;
  readonly resizing: number;
  /** No room on their nodes now. */
  readonly deferred: number;
  /** Their nodes can never take the size. */
  readonly infeasible: number;
  /** The server, or the node, refused. */
  readonly refused: number;
  /** Of the first that is not as wanted, in the cluster's words. */
  readonly reason?: string;
}

const EVERY_MS = 30_000;
/** What was refused is not tried again for so long. */
const REFUSED_MS = 600_000;
/** Pods that are resized in one look: the rest keeps serving at its size meanwhile. */
const AT_ONCE_MAX = 10;
const PODS_MAX = 500;
/** The template is looked at again after this. */
const TEMPLATE_EVERY_MS = 600_000;

export class PodSizer {
  readonly #client: KubernetesClient;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #sizing: PodSizing;
  /** Until when, by uid of the pod. */
  readonly #refusedUntilMs = new Map<string, { readonly untilMs: number; readonly refusal: Refusal }>();
  #lookedMs = Number.NEGATIVE_INFINITY;
  #isTemplateWritten = false;
  #templateMs = Number.NEGATIVE_INFINITY;
  #report: SizeReport | undefined;
  #looking: Promise<void> | undefined;

  constructor(client: KubernetesClient, clock: Clock, log: Log, sizing: PodSizing) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
    this.#sizing = sizing;
  }

  /** undefined before the first look. */
  get report(): SizeReport | undefined {
    return this.#report;
  }

  /** Looks, and resizes what is not as wanted, unless it did so lately. Never rejects, and nobody has to wait for it. */
  look(namespace: string, selector: string, workloadPath: string): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lookedMs < EVERY_MS) return this.#looking ?? Promise.resolve();
    this.#lookedMs = nowMs;
    const looking =
      this.#sizing.by === 'rollout' ? this.#lookAtTemplate(workloadPath) : this.#lookAtPods(namespace, selector, workloadPath);
    this.#looking = looking.catch((error: unknown) => this.#log.error({ error }, 'sizes could not be looked at'));
    return this.#looking;
  }

  async #lookAtPods(namespace: string, selector: string, workloadPath: string): Promise<void> {
    const { collection } = podResource(namespace);
    const query = `labelSelector=${encodeURIComponent(selector)}&limit=${PODS_MAX}`;
    const listed = await this.#client.send({ method: 'GET', path: `${collection}?${query}`, intent: 'read' });
    if (!listed.ok) return;
    const pods = listAt(listed.value, 'items').filter(
      (pod): pod is JsonObject =>
        isObject(pod) && textAt(pod, 'status', 'phase') === 'Running' && at(pod, 'metadata', 'deletionTimestamp') === undefined,
    );
    const uids = new Set(pods.map(uidOf));
    for (const uid of this.#refusedUntilMs.keys()) if (!uids.has(uid)) this.#refusedUntilMs.delete(uid);
    const counts = { sized: 0, resizing: 0, deferred: 0, infeasible: 0, refused: 0 };
    let reason: string | undefined;
    let changed = 0;
    for (const pod of pods) {
      const resizing = resizingOf(at(pod, 'spec'), this.#sizing);
      if (resizing.kind === 'change' && changed >= AT_ONCE_MAX) {
        counts.resizing += 1;
        continue;
      }
      if (resizing.kind === 'change') changed += 1;
      const { kind, message } = resizing.kind === 'as-wanted' ? sizeOf(pod, this.#sizing) : await this.#resize(collection, pod, resizing);
      counts[kind] += 1;
      if (kind !== 'sized') reason ??= message;
    }
    this.#tell({ ...counts, ...(reason === undefined ? {} : { reason }) });
    // Only a size that every node took is one for pods to come.
    if (counts.sized > 0 && reason === undefined && counts.resizing === 0) await this.#followWithTemplate(workloadPath);
  }

  /** Without a rollout only: to replace pods that have their size already would cost readiness for nothing. */
  async #followWithTemplate(path: string): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#isTemplateWritten || nowMs - this.#templateMs < TEMPLATE_EVERY_MS) return;
    this.#templateMs = nowMs;
    const read = await this.#client.send({ method: 'GET', path, intent: 'read' });
    if (!read.ok || !keepsPods(read.value)) return;
    const resizing = resizingOf(at(read.value, 'spec', 'template', 'spec'), this.#sizing);
    if (resizing.kind !== 'change') return;
    const written = await this.#writeTemplate(path, resizing);
    if (written.ok) this.#log.info({ ...resizing.resources }, 'the template has the size of the pods now; none is replaced by that');
    else
      this.#log.warn({ code: written.error.code, reason: written.error.message }, 'the template could not be given the size of the pods');
  }

  async #resize(
    collection: string,
    pod: JsonObject,
    resizing: Exclude<Resizing, { readonly kind: 'as-wanted' }>,
  ): Promise<Refusal | { readonly kind: 'resizing'; readonly message: string }> {
    if (resizing.kind === 'impossible') return { kind: 'refused', message: resizing.why };
    const uid = uidOf(pod);
    const before = this.#refusedUntilMs.get(uid);
    const nowMs = this.#clock.monotonicMs();
    if (before !== undefined && nowMs < before.untilMs) return before.refusal;
    const { container, resources } = resizing;
    const result = await this.#client.send({
      method: 'PATCH',
      path: `${collection}/${encodeURIComponent(textAt(pod, 'metadata', 'name') ?? '')}/resize?fieldManager=${FIELD_MANAGER}`,
      contentType: 'application/strategic-merge-patch+json',
      body: { spec: { containers: [{ name: container, resources }] } },
      intent: 'write',
    });
    if (result.ok) return { kind: 'resizing', message: 'asked for' };
    const refusal = refusalOf(result);
    if (refusal === undefined) return { kind: 'resizing', message: result.error.message };
    this.#refusedUntilMs.set(uid, { untilMs: nowMs + REFUSED_MS, refusal });
    return refusal;
  }

  /** Written once: whoever puts it back owns it, and two would roll the pods out for ever. */
  async #lookAtTemplate(path: string): Promise<void> {
    const read = await this.#client.send({ method: 'GET', path, intent: 'read' });
    if (!read.ok) return;
    const resizing = resizingOf(at(read.value, 'spec', 'template', 'spec'), this.#sizing);
    const replicas = countAt(read.value, 'spec', 'replicas') ?? 1;
    const none = { sized: 0, resizing: 0, deferred: 0, infeasible: 0, refused: 0 };
    if (resizing.kind === 'as-wanted') return this.#tell({ ...none, sized: replicas });
    if (resizing.kind === 'impossible') return this.#tell({ ...none, refused: replicas, reason: resizing.why });
    if (this.#isTemplateWritten)
      return this.#tell({ ...none, refused: replicas, reason: 'somebody else put the size of the template back; it is theirs' });
    this.#log.warn(
      { pods: replicas, container: resizing.container, ...resizing.resources, strategy: textAt(read.value, 'spec', 'strategy', 'type') },
      'the template gets another size: its rollout replaces every pod, each of which takes the lead time of the pool to be ready',
    );
    const written = await this.#writeTemplate(path, resizing);
    if (written.ok) this.#tell({ ...none, resizing: replicas, reason: 'the rollout replaces the pods' });
    else this.#tell({ ...none, refused: replicas, reason: written.error.message });
  }

  /** Once, whoever puts it back. */
  async #writeTemplate(path: string, { container, resources }: Extract<Resizing, { readonly kind: 'change' }>): Promise<KubernetesResult> {
    const written = await this.#client.send({
      method: 'PATCH',
      path: `${path}?fieldManager=${FIELD_MANAGER}`,
      contentType: 'application/strategic-merge-patch+json',
      body: { spec: { template: { spec: { containers: [{ name: container, resources }] } } } },
      intent: 'write',
    });
    this.#isTemplateWritten = written.ok || written.error.code === 'unknown-outcome';
    return written;
  }

  #tell(report: SizeReport): void {
    const isNews = JSON.stringify(report) !== JSON.stringify(this.#report);
    this.#report = report;
    if (!isNews) return;
    const isTrouble = report.infeasible + report.refused > 0;
    this.#log[isTrouble ? 'warn' : 'info']({ ...report }, 'sizes of pods');
  }
}

/** Whether another template leaves the pods that run alone: only new ones are made of it. */
function keepsPods(workload: JsonObject): boolean {
  const kind = textAt(workload, 'kind');
  if (kind === 'ReplicaSet') return listAt(workload, 'metadata', 'ownerReferences').length === 0;
  return kind === 'StatefulSet' && textAt(workload, 'spec', 'updateStrategy', 'type') === 'OnDelete';
}

function uidOf(pod: JsonObject): string {
  return textAt(pod, 'metadata', 'uid') ?? '';
}

function sizeOf(
  pod: JsonObject,
  sizing: PodSizing,
): { readonly kind: 'sized' | 'resizing' | 'deferred' | 'infeasible' | 'refused'; readonly message: string } {
  const size = podSizeOf(pod, sizing);
  if (size.kind === 'sized') return { kind: 'sized', message: '' };
  return { kind: size.kind === 'failed' ? 'refused' : size.kind, message: size.message };
}

interface Refusal {
  readonly kind: 'refused' | 'infeasible';
  readonly message: string;
}

const TOO_LARGE = /node didn't have enough allocatable resources/;

/** Of a refusal that the same request would meet again; undefined: it may be asked for at the next look. */
function refusalOf(result: Exclude<KubernetesResult, { readonly ok: true }>): Refusal | undefined {
  const { error, status } = result;
  // Newer servers see beforehand what a node would call infeasible.
  if (TOO_LARGE.test(status?.message ?? '')) return { kind: 'infeasible', message: error.message };
  // A pod that is there and a subresource that is not: no other 404 comes without a name.
  if (error.code === 'not-found' && status?.reason === 'NotFound' && /could not find the requested resource/.test(status.message))
    return { kind: 'refused', message: 'this cluster cannot resize pods in place (from 1.33 on); `by: rollout` replaces them' };
  return ['invalid', 'forbidden', 'quota'].includes(error.code) ? { kind: 'refused', message: error.message } : undefined;
}
