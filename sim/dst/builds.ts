import { createBehaviors, type ActorSettings } from '../../src/actors/index.ts';
import type { Behavior } from '../../src/runtime/behavior.ts';

/**
 * Two builds of the software: the one that is here, and a next one whose snapshots have a higher version, which it makes
 * from older ones. The older cannot read what the next one wrote.
 */
export interface Builds {
  /** What a place runs; undefined: the build that is here. */
  at(place: number): readonly Behavior[] | undefined;
  /** From now on a place runs the next build, once it is started anew. */
  upgrade(place: number): void;
  finishUpgrade(): void;
  /** The latest that any place runs. */
  readonly latest: readonly Behavior[];
  /** Snapshots that the next build made from older ones. */
  readonly upcasts: number;
}

export function buildsOf(settings: ActorSettings): Builds {
  const present = createBehaviors(settings);
  const upgraded = new Set<number>();
  let isAll = false;
  let upcasts = 0;
  const next = present.map((behavior) => nextVersion(behavior, () => (upcasts += 1)));
  return {
    at: (place) => (upgraded.size > 0 && (isAll || upgraded.has(place)) ? next : undefined),
    upgrade: (place) => void upgraded.add(place),
    finishUpgrade: () => {
      isAll = true;
    },
    get latest() {
      return upgraded.size > 0 ? next : present;
    },
    get upcasts() {
      return upcasts;
    },
  };
}

/** As a release that adds something to the state: it writes the new form, and lifts the old one. */
function nextVersion(behavior: Behavior, onUpcast: () => void): Behavior {
  const { version } = behavior;
  return {
    ...behavior,
    version: version + 1,
    upcasters: {
      ...behavior.upcasters,
      [version]: (frozen) => {
        onUpcast();
        return { since: version, state: frozen };
      },
    },
    freeze: (state) => ({ since: version, state: behavior.freeze(state) }),
    thaw: (frozen, address) => behavior.thaw((frozen as { readonly state: unknown }).state, address),
  };
}
