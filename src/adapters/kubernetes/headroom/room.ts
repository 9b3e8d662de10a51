/** Room on nodes that is kept for replicas to come, and what every way to keep it has in common. */
import type { Failed } from '../../http/target-failure.ts';
import type { KubernetesClient } from '../client.ts';
import { textAt, type JsonObject } from '../json.ts';
import type { ContainerSize } from '../size/container-size.ts';

export interface HeadroomSettings {
  /** `pods`: by placeholders of ours, which the scheduler ends; `buffer`: by a CapacityBuffer, which the cluster's autoscaler reads. */
  readonly by: 'pods' | 'buffer';
  /** Of the count that is asked for, 0 to 1; 0: none is kept, and what was is taken away. */
  readonly share: number;
  /** Replicas, at least and at most. */
  readonly min: number;
  readonly max: number;
  /** Of placeholders: name of a PriorityClass below that of the workload, so that its pods take the room. */
  readonly priorityClass: string;
  readonly image: string;
}

/** One way to keep room: an object of ours beside the workload, which is applied whole. */
export interface Room {
  /** Where such objects live, and the version to write them in. */
  find(client: KubernetesClient, namespace: string): Promise<{ readonly ok: true; readonly value: RoomPlace } | Failed>;
  /** undefined if the pods of the workload request nothing, so that there is nothing to keep. */
  bodyOf(order: RoomOrder): JsonObject | undefined;
  /** Why none is kept, by what the object says of itself. */
  troubleOf(object: unknown): string | undefined;
}

export interface RoomPlace {
  readonly apiVersion: string;
  readonly collection: string;
}

export interface RoomOrder {
  readonly apiVersion: string;
  readonly workload: JsonObject;
  readonly settings: HeadroomSettings;
  /** Pods that there is to be room for. */
  readonly replicas: number;
  /** Size that one container of each pod is to have; undefined: as the template says. */
  readonly size: ContainerSize | undefined;
}

/** Says that an object is ours: `<kind>.<name>` of the workload that it keeps room for. */
export const HEADROOM_LABEL = 'forescale.io/headroom-of';
/** Of Kubernetes. */
const NAME_MAX = 63;

/** Pods that there is to be room for beside so many replicas. */
export function roomFor({ share, min, max }: Pick<HeadroomSettings, 'share' | 'min' | 'max'>, replicas: number): number {
  return share === 0 ? 0 : Math.min(max, Math.max(min, Math.ceil(share * replicas)));
}

export function roomName(workload: string): string {
  return `${workload.slice(0, NAME_MAX - '-headroom'.length)}-headroom`;
}

export function headroomLabel(kind: string, name: string): string {
  return `${kind}.${name}`.slice(0, NAME_MAX).replace(/[^A-Za-z0-9]+$/, '');
}

/** Name, label and owner: it goes with the workload. */
export function roomMetadata(workload: JsonObject): JsonObject & { readonly labels: Readonly<Record<string, string>> } {
  const kind = textAt(workload, 'kind') ?? '';
  const name = textAt(workload, 'metadata', 'name') ?? '';
  const apiVersion = textAt(workload, 'apiVersion');
  const uid = textAt(workload, 'metadata', 'uid');
  const owner = { apiVersion, kind, name, uid, blockOwnerDeletion: false, controller: false };
  return { name: roomName(name), labels: { [HEADROOM_LABEL]: headroomLabel(kind, name) }, ownerReferences: [owner] };
}
