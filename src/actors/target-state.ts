import type { TargetState } from '../ports/target.ts';

/** Has the shape of a target's state. Whether its figures can be true is for the planner to say. */
export function isTargetState(value: unknown): value is TargetState {
  return (
    typeof value === 'object' &&
    value !== null &&
    'requestedReplicas' in value &&
    typeof value.requestedReplicas === 'number' &&
    'readyReplicas' in value &&
    typeof value.readyReplicas === 'number' &&
    'generation' in value &&
    typeof value.generation === 'number'
  );
}
