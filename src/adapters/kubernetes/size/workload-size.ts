import type { TargetState } from '../../../ports/target.ts';
import type { ReplicaSize } from '../../../protocol/resource.ts';
import type { JsonObject } from '../json.ts';
import type { Preparation } from '../preparation.ts';
import type { PodSizing } from './container-size.ts';
import { PODS_MAX, type PodSizer } from './pod-sizer.ts';
import { configuredSize, sizeNotes, sizingOf, writtenSize } from './written-size.ts';

type Told = Pick<TargetState, 'size' | 'resizedReplicas' | 'pendingReason' | 'stuckReason'>;
type Way = Pick<Preparation, 'lever' | 'mayResize'>;

/** The size of one workload's pods, by the config or by the last write that asked for one. */
export class WorkloadSize {
  readonly #sizing: PodSizing;
  readonly sizer: PodSizer;

  constructor(sizing: PodSizing, sizer: PodSizer) {
    this.#sizing = sizing;
    this.sizer = sizer;
  }

  /** What pods of the workload are kept at. */
  sizingOf(workload: JsonObject): PodSizing {
    return sizingOf(workload, this.#sizing);
  }

  /** Why a write cannot carry a size; undefined: it can. */
  hindrance({ lever, mayResize }: Way, replicas: number): string | undefined {
    if (lever?.kind === 'floor') return 'an HPA goes by what pods request, so another size would change what it asks for';
    if (lever?.kind !== 'object') return 'only its scale may be written, which keeps no size beside the count';
    if (this.#sizing.by === 'rollout') return 'its size is changed by a rollout, which replaces every pod';
    if (configuredSize(this.#sizing) === undefined) return 'its config leaves cpus or memory as the template has it';
    if (!mayResize) return 'the credentials may not patch pods/resize';
    return replicas > PODS_MAX ? `of more than ${PODS_MAX} pods it is not seen how many have it` : undefined;
  }

  notesOf(size: ReplicaSize): Readonly<Record<string, string>> {
    return sizeNotes(size, this.#sizing);
  }

  /** Nothing where no write can carry a size: nobody is to plan with it. */
  tell(workload: JsonObject, way: Way, { requested, ready }: { readonly requested: number; readonly ready: number }): Told {
    if (this.hindrance(way, requested) !== undefined) return {};
    const written = writtenSize(workload, this.#sizing);
    const size = written ?? configuredSize(this.#sizing);
    if (size === undefined) return {};
    const isLookedAt = this.sizer.isAt(this.sizingOf(workload));
    const resizedReplicas = isLookedAt ? Math.min(ready, this.sizer.ready) : 0;
    // What a pod that is missing waits for is told in its place; a size that nobody asked for ends no action.
    const isNews = isLookedAt && written !== undefined && ready >= requested;
    return { size, resizedReplicas, ...(isNews ? this.sizer.news : {}) };
  }
}
