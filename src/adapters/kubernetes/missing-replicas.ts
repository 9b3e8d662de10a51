import type { Clock } from '../../ports/clock.ts';
import type { KubernetesClient } from './client.ts';
import { readPods } from './pending-pods.ts';
import { PODS_EVERY_MS } from './settings.ts';

/** Why replicas of one workload are missing: its pods are looked at, seldom, and only while some are. */
export class MissingReplicas {
  readonly #client: KubernetesClient;
  readonly #clock: Clock;
  readonly #unschedulableAfterMs: number;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #unschedulableSinceMs: number | undefined;
  #says: string | undefined;
  #ready = 0;

  constructor(client: KubernetesClient, clock: Clock, unschedulableAfterMs: number) {
    this.#client = client;
    this.#clock = clock;
    this.#unschedulableAfterMs = unschedulableAfterMs;
  }

  /** Pods that were ready when they were looked at. */
  get ready(): number {
    return this.#ready;
  }

  /** What the cluster says about a missing one, if it says anything. */
  get pendingReason(): string | undefined {
    return this.#says;
  }

  /** The same, once there has been no room for so long that waiting does not help. By our own clock. */
  get stuckReason(): string | undefined {
    const sinceMs = this.#unschedulableSinceMs;
    return sinceMs !== undefined && this.#clock.monotonicMs() - sinceMs > this.#unschedulableAfterMs ? this.#says : undefined;
  }

  /** None is missing. */
  forget(): void {
    this.#unschedulableSinceMs = undefined;
    this.#says = undefined;
  }

  async look(namespace: string, selector: string): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lookedMs < PODS_EVERY_MS) return;
    const read = await readPods(this.#client, namespace, selector);
    // The state is told all the same; it is only less telling.
    if (!read.ok) return;
    const { unschedulable, schedulerSays, waiting, ready } = read.value;
    this.#lookedMs = nowMs;
    this.#ready = ready;
    if (unschedulable === 0) {
      this.#unschedulableSinceMs = undefined;
      this.#says = waiting;
      return;
    }
    this.#unschedulableSinceMs ??= nowMs;
    this.#says = `${unschedulable === 1 ? '1 pod' : `${unschedulable} pods`} cannot be scheduled: ${schedulerSays}`;
  }
}
