import type { ApiFault, ApiRequest } from '../../../sim/kubernetes/api-server.ts';
import { refusal } from '../../../sim/kubernetes/answers.ts';
import type { FaultKind, FaultPoint } from '../../contracts/target/faults.ts';

/** By the name of a kind: what the server does instead of answering. */
const DOES: Readonly<Record<string, ApiFault['with']>> = {
  'a cut connection': 'cut',
  'no answer': 'hang',
  'an answer that is cut off': 'truncate',
  '401': refusal(401, 'Unauthorized', 'Unauthorized'),
  '403': refusal(403, 'Forbidden', 'forbidden'),
  '404': refusal(404, 'NotFound', 'not found'),
  '409': refusal(409, 'Conflict', 'the object has been modified'),
  '422': refusal(422, 'Invalid', 'spec.replicas: Invalid value', { fields: ['spec.replicas'] }),
  '429': refusal(429, 'TooManyRequests', 'too many requests', { retryAfterSeconds: 7 }),
  '500': refusal(500, 'InternalError', 'internal error'),
  '503': refusal(503, 'ServiceUnavailable', 'no endpoints'),
  '504': refusal(504, 'Timeout', 'the request did not complete within the timeout'),
};

export const KINDS: readonly FaultKind[] = [
  { name: 'a cut connection', code: 'unknown-outcome' },
  { name: 'no answer', code: 'unknown-outcome' },
  { name: 'an answer that is cut off', code: 'broken-answer' },
  { name: '401', code: 'unauthenticated' },
  { name: '403', code: 'forbidden' },
  { name: '404', code: 'not-found' },
  { name: '409', code: 'conflict', at: ['write-before'] },
  { name: '422', code: 'invalid', at: ['write-before'] },
  { name: '429', code: 'throttled', at: ['read', 'write-before', 'confirm'] },
  { name: '500', code: 'unknown-outcome' },
  { name: '503', code: 'unknown-outcome' },
  { name: '504', code: 'unknown-outcome' },
];

/** A server whose answers can be decided on, and time that can be made to pass. */
interface Armable {
  readonly server: { interfere: (request: ApiRequest) => ApiFault | undefined };
  readonly clock: { advance(ms: number): Promise<void> };
}

/** Makes the next fitting request of a pool fail. Watches are refused, so that every look is a request. */
export function armable({ server, clock }: Armable) {
  let armed: { readonly at: FaultPoint; readonly kind: string } | undefined;
  let hasWritten = false;
  const faultFor = ({ method }: ApiRequest): ApiFault | undefined => {
    const point = method === 'PATCH' ? 'write' : hasWritten ? 'confirm' : 'read';
    if (method === 'PATCH') hasWritten = true;
    if (armed === undefined || !armed.at.startsWith(point) || method === 'POST') return undefined;
    const does = DOES[armed.kind];
    if (does === undefined) throw new Error(`no fault ${armed.kind}`);
    const when = armed.at === 'write-after' ? 'after' : 'before';
    armed = undefined;
    // Time has to pass for who waits.
    if (does === 'hang') void clock.advance(20_000);
    return { when, with: does };
  };
  server.interfere = (request) =>
    request.isWatch ? { when: 'before', with: refusal(503, 'ServiceUnavailable', 'no watches today') } : faultFor(request);
  return {
    kinds: KINDS,
    arm(at: FaultPoint, kind: string): void {
      armed = { at, kind };
      hasWritten = false;
    },
    isArmed: () => armed !== undefined,
  };
}
