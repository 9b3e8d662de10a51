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
import { PODS_EVERY_MS } from '../settings.ts';
import {
  newsOf,
  refusalOf,
  reportOf,
  sizeOf,
  type PodVerdict,
  type Refusal,
  type SizeNews,
  type SizeReport,
  type Verdict,
} from './pod-verdict.ts';
import { conditionOf, isRestart, resizingOf, type PodSizing, type Resizing } from './container-size.ts';

/** Whose pods they are. */
export interface SizedWorkload {
  readonly namespace: string;
  readonly selector: string;
  readonly path: string;
  /** Asked for. */
  readonly replicas: number;
}

const EVERY_MS = 30_000;
/** What was refused is not tried again for so long. */
const REFUSED_MS = 600_000;
/** Pods that are resized in one look: the rest keeps serving at its size meanwhile. */
const AT_ONCE_MAX = 10;
export const PODS_MAX = 500;
/** The template is looked at again after this. */
const TEMPLATE_EVERY_MS = 600_000;

/** More than are resized in one look. */
const LATER = { kind: 'resizing', message: 'comes after others' } as const;

type Change = Extract<Resizing, { readonly kind: 'change' }>;

export class PodSizer {
  readonly #client: KubernetesClient;
  readonly #clock: Clock;
  readonly #log: Log;
  /** What the pods are kept at; undefined before the first look. */
  #sizing: PodSizing | undefined;
  /** Until when, by uid of the pod. */
  readonly #refusedUntilMs = new Map<string, { readonly untilMs: number; readonly refusal: Refusal }>();
  #lookedMs = Number.NEGATIVE_INFINITY;
  #isTemplateWritten = false;
  #templateMs = Number.NEGATIVE_INFINITY;
  #pods: readonly PodVerdict[] | undefined;
  #report: SizeReport | undefined;
  #looking: Promise<void> | undefined;

  constructor(client: KubernetesClient, clock: Clock, log: Log) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
  }

  /** undefined before the first look. */
  get report(): SizeReport | undefined {
    return this.#report;
  }

  /** Whether pods were looked at with this size in mind. */
  isAt(sizing: PodSizing): boolean {
    return this.#pods !== undefined && isSameSizing(this.#sizing, sizing);
  }

  /** Ready pods that had their size at the last look. */
  get ready(): number {
    return (this.#pods ?? []).filter(({ kind, isReady }) => isReady && kind === 'sized').length;
  }

  /** Why pods have not got their size: as they stand, or for good. */
  get news(): SizeNews {
    return newsOf(this.#pods ?? []);
  }

  /** Looks, and resizes what is not as wanted, unless it did so lately. Never rejects, and nobody has to wait for it. */
  look(workload: SizedWorkload, sizing: PodSizing): Promise<void> {
    // What an earlier look still asks for is of the size before: one after the other.
    if (this.#looking !== undefined) return this.#looking;
    if (!isSameSizing(this.#sizing, sizing)) this.#begin(sizing);
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lookedMs < this.#everyMs(workload, sizing)) return Promise.resolve();
    this.#lookedMs = nowMs;
    const looking = sizing.by === 'rollout' ? this.#lookAtTemplate(workload, sizing) : this.#lookAtPods(workload, sizing);
    this.#looking = looking
      .catch((error: unknown) => this.#log.error({ error }, 'sizes could not be looked at'))
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  #begin(sizing: PodSizing): void {
    this.#sizing = sizing;
    this.#lookedMs = Number.NEGATIVE_INFINITY;
    this.#templateMs = Number.NEGATIVE_INFINITY;
    this.#isTemplateWritten = false;
    this.#refusedUntilMs.clear();
    this.#pods = undefined;
    this.#report = undefined;
  }

  #everyMs({ replicas }: SizedWorkload, { isPlanned }: PodSizing): number {
    const pods = this.#pods ?? [];
    const isUnderWay = pods.length < replicas || pods.some(({ kind }) => kind === 'resizing');
    return isPlanned === true && isUnderWay ? PODS_EVERY_MS : EVERY_MS;
  }

  async #lookAtPods({ namespace, selector, path }: SizedWorkload, sizing: PodSizing): Promise<void> {
    const { collection } = podResource(namespace);
    const query = `labelSelector=${encodeURIComponent(selector)}&limit=${PODS_MAX}`;
    const listed = await this.#client.send({ method: 'GET', path: `${collection}?${query}`, intent: 'read' });
    if (!listed.ok) return;
    const pods = listAt(listed.value, 'items').filter(isRunning);
    const uids = new Set(pods.map(uidOf));
    for (const uid of this.#refusedUntilMs.keys()) if (!uids.has(uid)) this.#refusedUntilMs.delete(uid);
    const verdicts: PodVerdict[] = [];
    let changed = 0;
    for (const pod of pods) {
      const resizing = resizingOf(at(pod, 'spec'), sizing);
      if (resizing.kind === 'change') changed += 1;
      const verdict =
        changed > AT_ONCE_MAX && resizing.kind === 'change' ? LATER : await this.#verdictOf(collection, pod, resizing, sizing);
      verdicts.push({ ...verdict, isReady: conditionOf(pod, 'Ready') !== undefined });
    }
    this.#pods = verdicts;
    this.#tell(reportOf(verdicts));
    // Only a size that every node took is one for pods to come.
    if (verdicts.length > 0 && verdicts.every(({ kind }) => kind === 'sized')) await this.#followWithTemplate(path, sizing);
  }

  async #verdictOf(collection: string, pod: JsonObject, resizing: Resizing, sizing: PodSizing): Promise<Verdict> {
    if (resizing.kind === 'as-wanted') return sizeOf(pod, sizing);
    if (resizing.kind === 'impossible') return { kind: 'refused', message: resizing.why };
    if (sizing.isPlanned === true && isRestart(at(pod, 'spec'), resizing))
      return { kind: 'refused', message: `container ${resizing.container} would restart for it, by its resizePolicy` };
    return this.#resize(collection, pod, resizing);
  }

  /** Without a rollout only: to replace pods that have their size already would cost readiness for nothing. */
  async #followWithTemplate(path: string, sizing: PodSizing): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#isTemplateWritten || nowMs - this.#templateMs < TEMPLATE_EVERY_MS) return;
    this.#templateMs = nowMs;
    const read = await this.#client.send({ method: 'GET', path, intent: 'read' });
    if (!read.ok || !keepsPods(read.value)) return;
    const resizing = resizingOf(at(read.value, 'spec', 'template', 'spec'), sizing);
    if (resizing.kind !== 'change') return;
    const written = await this.#writeTemplate(path, resizing);
    if (written.ok) this.#log.info({ ...resizing.resources }, 'the template has the size of the pods now; none is replaced by that');
    else
      this.#log.warn({ code: written.error.code, reason: written.error.message }, 'the template could not be given the size of the pods');
  }

  async #resize(collection: string, pod: JsonObject, { container, resources }: Change): Promise<Verdict> {
    const uid = uidOf(pod);
    const before = this.#refusedUntilMs.get(uid);
    const nowMs = this.#clock.monotonicMs();
    if (before !== undefined && nowMs < before.untilMs) return before.refusal;
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
  async #lookAtTemplate({ path }: SizedWorkload, sizing: PodSizing): Promise<void> {
    const read = await this.#client.send({ method: 'GET', path, intent: 'read' });
    if (!read.ok) return;
    const resizing = resizingOf(at(read.value, 'spec', 'template', 'spec'), sizing);
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
  async #writeTemplate(path: string, { container, resources }: Change): Promise<KubernetesResult> {
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

function isRunning(pod: unknown): pod is JsonObject {
  return isObject(pod) && textAt(pod, 'status', 'phase') === 'Running' && at(pod, 'metadata', 'deletionTimestamp') === undefined;
}

function isSameSizing(a: PodSizing | undefined, b: PodSizing): boolean {
  return a?.cores === b.cores && a?.memoryBytes === b.memoryBytes && a?.isPlanned === b.isPlanned;
}
