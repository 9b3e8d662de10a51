import type { TargetErrorCode } from '../ports/target.ts';

/**
 * What a scaling action does about a failure. `give-back`: somebody else decides; the engine plans anew from what is
 * there. `read-again`: after a pause that grows, reads the target and goes on from what it says. `end`: no repetition
 * heals it; the action fails with the reason, and the engine waits before it tries again.
 */
export type FailurePolicy = 'give-back' | 'read-again' | 'end';

export const FAILURE_POLICIES: Readonly<Record<TargetErrorCode, FailurePolicy>> = {
  superseded: 'give-back',
  conflict: 'give-back',
  'advice-only': 'give-back',
  'unknown-outcome': 'read-again',
  unavailable: 'read-again',
  throttled: 'read-again',
  'broken-answer': 'read-again',
  // A token that has run out is renewed by whoever renews it; the action has its deadline.
  unauthenticated: 'read-again',
  untrusted: 'end',
  forbidden: 'end',
  'not-found': 'end',
  invalid: 'end',
  quota: 'end',
  contradictory: 'end',
};

/** Of a code that no target knows, such as the runtime's own `timeout`: the write may have happened. */
export function policyOf(code: string): FailurePolicy {
  return code in FAILURE_POLICIES ? FAILURE_POLICIES[code as TargetErrorCode] : 'read-again';
}
