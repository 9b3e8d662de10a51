import type { Clock } from '../../src/ports/clock.ts';
import type { ObjectStore } from './object-store.ts';
import { KINDS } from './objects.ts';
import { containersOf } from './resize.ts';

export interface KubeletOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** From a resize to the container's new size, milliseconds. */
  readonly resizeMs: number;
  /** What the node says of a resize; undefined: it does it. */
  verdict?: { readonly reason: 'Deferred' | 'Infeasible'; readonly message: string };
}

const POD = KINDS.find(({ kind }) => kind === 'Pod');

/** Plays what kubelets do with resizes: tell the new size of a container once it has it, or why it has not. */
export function runResizes(options: KubeletOptions): () => void {
  const { store, clock, resizeMs } = options;
  return store.subscribe(({ kind, type, object }) => {
    if (kind !== POD || type === 'DELETED') return;
    const { namespace, name } = object.metadata;
    const { verdict } = options;
    const conditions = (object.status['conditions'] as readonly { readonly type: string }[] | undefined) ?? [];
    const others = conditions.filter((one) => one.type !== 'PodResizePending');
    const sizes = JSON.stringify(containersOf(object.spec).map(({ resources }) => resources));
    const told = JSON.stringify(
      ((object.status['containerStatuses'] ?? []) as readonly { resources?: object }[]).map(({ resources }) => resources),
    );
    // A size that was taken back is waited for no more.
    const isSettled = sizes === told && others.length === conditions.length;
    if (object.status['containerStatuses'] === undefined || isSettled) return;
    clock.setTimer(resizeMs, () => {
      const now = store.get(kind, namespace, name);
      if (now === undefined) return;
      const status =
        verdict === undefined || sizes === told
          ? { ...now.status, conditions: others, containerStatuses: statusesOf(now.spec) }
          : { ...now.status, conditions: [...others, { type: 'PodResizePending', status: 'True', ...verdict }] };
      store.put(kind, { ...now, status });
    });
  });
}

export function statusesOf(spec: Record<string, unknown>): readonly object[] {
  return containersOf(spec).map(({ name, resources }) => ({ name, resources, ready: true }));
}
