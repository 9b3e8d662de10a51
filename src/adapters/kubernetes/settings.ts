import type { HeadroomSettings } from './headroom/room.ts';
import type { Mode } from './mode.ts';
import type { PodSizing } from './size/container-size.ts';

/** One pool that is a workload of a cluster. */
export interface KubernetesPoolSettings {
  readonly pool: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** `auto`: a floor beside an HPA, direct where nobody else scales, otherwise advice. */
  readonly mode: Mode | 'auto';
  /** Pods for which no node has room for this long will not come by waiting, milliseconds. */
  readonly unschedulableAfterMs: number;
  /** Default: pods have the size of their template. */
  readonly sizing?: PodSizing | undefined;
  /** Default: no room is kept on nodes. */
  readonly headroom?: HeadroomSettings | undefined;
}

/** Who else scales a workload is looked at again before a write if that was this long ago. */
export const RIVALS_AFTER_MS = 60_000;
/** Pods of a workload that waits are looked at no more often than this. */
export const PODS_EVERY_MS = 5_000;
