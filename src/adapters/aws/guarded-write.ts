import {
  targetError,
  type ScaleRequest,
  type TargetCapabilities,
  type TargetError,
  type TargetResult,
  type TargetState,
} from '../../ports/target.ts';
import type { Done } from './done.ts';

/** What a guarded write promises. */
export const GUARDED_CAPABILITIES: Omit<TargetCapabilities, 'drain'> = {
  scale: true,
  precondition: true,
  // The count and the tag are two calls.
  generation: 'beside-write',
  bounds: true,
  confirm: 'ready',
  resize: false,
  quota: true,
};

/** What differs between the services of AWS that have a count. */
export interface CountedService<Reading> {
  /** In messages, e.g. `Auto Scaling group web`. */
  readonly who: string;
  read(): Promise<Done<Reading>>;
  stateOf(reading: Reading): TargetState;
  /** Refused for a reason of its own, before anything else is looked at. */
  refuses?(reading: Reading): TargetError | undefined;
  set(reading: Reading, replicas: number): Promise<Done<unknown>>;
  /** Keeps the number of the write that has just been made; that it could not be kept is no failure of the write. */
  mark(reading: Reading, generation: number): Promise<void>;
}

/**
 * These services know no precondition: it is looked right before a write, which is read back after it. One write at a time, so that
 * nobody of this process comes between look and write.
 */
export function createGuardedWrite<Reading>(
  service: CountedService<Reading>,
): (request: ScaleRequest) => Promise<TargetResult<TargetState>> {
  let last: Promise<unknown> = Promise.resolve();
  return (request) => {
    const written = last.then(() => write(service, request));
    last = written.catch(() => undefined);
    return written;
  };
}

async function write<Reading>(service: CountedService<Reading>, request: ScaleRequest): Promise<TargetResult<TargetState>> {
  const { replicas, generation } = request;
  if (!Number.isInteger(replicas) || replicas < 0) return targetError('invalid', `${replicas} is no count of replicas`);
  const before = await service.read();
  if (!before.ok) return before;
  const error = service.refuses?.(before.value) ?? refusalOf(service.stateOf(before.value), request, service.who);
  if (error !== undefined) return { ok: false, error };
  const set = await service.set(before.value, replicas);
  if (!set.ok) return set;
  await service.mark(before.value, generation);
  const after = await service.read();
  // It was written, so what cannot be seen now may well be there.
  if (!after.ok) return after.error.code === 'unavailable' ? { ok: false, error: { ...after.error, code: 'unknown-outcome' } } : after;
  const state = service.stateOf(after.value);
  if (state.requestedReplicas === replicas) return { ok: true, value: state };
  return targetError('contradictory', `${service.who} took ${replicas} and says ${state.requestedReplicas}`);
}

function refusalOf(state: TargetState, { replicas, expectedReplicas, generation }: ScaleRequest, who: string): TargetError | undefined {
  const { requestedReplicas, minReplicas: min = 0, maxReplicas: max = Number.MAX_SAFE_INTEGER } = state;
  if (generation <= state.generation)
    return { code: 'superseded', message: `generation ${state.generation} was written already; this is ${generation}`, state };
  if (requestedReplicas !== expectedReplicas)
    return { code: 'conflict', message: `the plan was made from ${expectedReplicas}, it has ${requestedReplicas}`, state };
  if (replicas >= min && replicas <= max) return undefined;
  return { code: 'invalid', message: `${who} takes ${min} to ${max}, not ${replicas}` };
}
