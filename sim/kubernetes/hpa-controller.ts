import type { Clock } from '../../src/ports/clock.ts';
import { moveReplicas } from './managed-fields.ts';
import type { ObjectStore } from './object-store.ts';
import { KINDS, replicasOf, type KubeObject } from './objects.ts';
import { withReplicas } from './verbs.ts';

export interface HpaOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** Between looks, milliseconds; the real one's default is 15 s. */
  readonly syncMs: number;
  /** What its metric asks for, from the present count. */
  readonly wants: (hpa: KubeObject, replicas: number) => number;
}

const HPA = KINDS.find(({ kind }) => kind === 'HorizontalPodAutoscaler');

/** Plays the HPA controller: its metric's count, never under the floor, in one step, whatever else was written. */
export function runHpas({ store, clock, syncMs, wants }: HpaOptions): () => void {
  if (HPA === undefined) throw new Error('there is no kind HorizontalPodAutoscaler');
  const sync = (): void => {
    for (const hpa of store.all(HPA)) {
      const reference = hpa.spec['scaleTargetRef'] as { readonly kind: string; readonly name: string };
      const kind = KINDS.find((one) => one.kind === reference.kind);
      const workload = kind === undefined ? undefined : store.get(kind, hpa.metadata.namespace, reference.name);
      if (kind === undefined || workload === undefined) continue;
      const { minReplicas = 1, maxReplicas = 1 } = hpa.spec as { readonly minReplicas?: number; readonly maxReplicas?: number };
      const replicas = Math.min(maxReplicas, Math.max(minReplicas, wants(hpa, replicasOf(workload))));
      store.put(kind, moveReplicas(workload, withReplicas(workload, replicas), 'kube-controller-manager', 'Update', 'scale'));
    }
    timer = clock.setTimer(syncMs, sync);
  };
  let timer = clock.setTimer(syncMs, sync);
  return () => timer.cancel();
}
