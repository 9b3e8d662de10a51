/** What a workload's object says, in our words. */
import { at, countAt, isObject, textAt, type JsonObject } from './json.ts';
import { OUR_ANNOTATIONS } from './annotations.ts';

/** The parts that we look at. */
export function pruneWorkload(object: JsonObject): JsonObject {
  const { name, uid, resourceVersion, generation, deletionTimestamp } = (at(object, 'metadata') ?? {}) as JsonObject;
  const annotations = Object.fromEntries(
    OUR_ANNOTATIONS.flatMap((key) => {
      const value = textAt(object, 'metadata', 'annotations', key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
  const { replicas, minReplicas, maxReplicas, selector } = (at(object, 'spec') ?? {}) as JsonObject;
  return {
    metadata: { name, uid, resourceVersion, generation, deletionTimestamp, annotations },
    spec: { replicas, minReplicas, maxReplicas, selector },
    status: at(object, 'status'),
  };
}

/**
 * Replicas that serve, never more than asked for: while a rollout replaces pods there are some of both kinds, and the ones
 * above the count go away again.
 */
export function readyReplicasOf(object: JsonObject): number {
  return Math.min(countAt(object, 'status', 'readyReplicas') ?? 0, countAt(object, 'spec', 'replicas') ?? 1);
}

/** The controller has not acted on the latest change of the object yet. */
export function isUnobserved(object: JsonObject): boolean {
  const generation = countAt(object, 'metadata', 'generation');
  const observed = countAt(object, 'status', 'observedGeneration');
  return generation !== undefined && observed !== undefined && observed < generation;
}

/** Why the controller cannot make pods at all: a quota, a refusing admission. */
export function creationFailureOf(object: JsonObject): string | undefined {
  const conditions = at(object, 'status', 'conditions');
  if (!Array.isArray(conditions)) return undefined;
  const failure = conditions.find((one) => textAt(one, 'type') === 'ReplicaFailure' && textAt(one, 'status') === 'True') as unknown;
  return failure === undefined ? undefined : (textAt(failure, 'message') ?? 'pods could not be created');
}

/** A selector as a query; undefined when there is none or it cannot be written as one. */
export function selectorQueryOf(object: JsonObject): string | undefined {
  const labels = at(object, 'spec', 'selector', 'matchLabels');
  const expressions = at(object, 'spec', 'selector', 'matchExpressions');
  const parts = isObject(labels) ? Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`) : [];
  for (const one of Array.isArray(expressions) ? expressions : []) {
    const key = textAt(one, 'key') ?? '';
    const values = at(one, 'values');
    const set = Array.isArray(values) ? values.map(String).join(',') : '';
    const text = { In: `${key} in (${set})`, NotIn: `${key} notin (${set})`, Exists: key, DoesNotExist: `!${key}` }[
      textAt(one, 'operator') ?? ''
    ];
    if (text === undefined) return undefined;
    parts.push(text);
  }
  return parts.length === 0 ? undefined : parts.join(',');
}
