/** A `PredictiveScaler` as the API server has it. */
import { at, countAt, listAt, textAt, type JsonObject } from '../../../adapters/kubernetes/json.ts';
import { SCALER_GROUP, SCALER_PLURAL, SCALER_VERSION } from '../../../config/crd.ts';

export interface ScalerObject {
  readonly name: string;
  readonly namespace: string;
  readonly generation: number;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly spec: unknown;
  readonly status: JsonObject;
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  /** One word. */
  readonly reason: string;
  readonly message: string;
  /** RFC 3339. */
  readonly lastTransitionTime: string;
  readonly observedGeneration: number;
}

export function scalerCollection(namespace: string): string {
  return `/apis/${SCALER_GROUP}/${SCALER_VERSION}/namespaces/${encodeURIComponent(namespace)}/${SCALER_PLURAL}`;
}

/** What is looked at. One that is being deleted is none. */
export function toScaler(object: JsonObject): ScalerObject | undefined {
  const name = textAt(object, 'metadata', 'name');
  const namespace = textAt(object, 'metadata', 'namespace');
  if (name === undefined || namespace === undefined || at(object, 'metadata', 'deletionTimestamp') !== undefined) return undefined;
  return {
    name,
    namespace,
    generation: countAt(object, 'metadata', 'generation') ?? 0,
    createdAt: textAt(object, 'metadata', 'creationTimestamp') ?? '',
    spec: at(object, 'spec'),
    status: (at(object, 'status') ?? {}) as JsonObject,
  };
}

export function conditionsOf(status: JsonObject): readonly unknown[] {
  return listAt(status, 'conditions');
}

/** The oldest first, so that who came later yields. */
export function byAge(a: ScalerObject, b: ScalerObject): number {
  return a.createdAt.localeCompare(b.createdAt) || a.name.localeCompare(b.name);
}
