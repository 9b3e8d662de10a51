import { lessonExecutor, loadExecutor } from './network-store.ts';
import type { Bus } from './ports/bus.ts';
import type { Compute } from './ports/compute.ts';
import type { ScaleRequest, Target, TargetResult } from './ports/target.ts';
import type { TrainingJob } from './protocol/training.ts';
import type { Executor, ExecutorResult } from './runtime/behavior.ts';

/** The target of a pool; undefined when the pool has none. */
export type TargetOf = (pool: string) => Target | undefined;

/** What the effects of actors run, on targets. */
export function createTargetExecutors(targetOf: TargetOf): Readonly<Record<string, Executor>> {
  return {
    'target.get': (args) => onTarget(targetOf, args, (target, pool) => target.get(pool)),
    'target.scale': (args) =>
      onTarget(targetOf, args, (target, pool) => {
        const { replicas, expectedReplicas, generation, size } = args as ScaleRequest;
        return target.scale({ pool, replicas, expectedReplicas, generation, ...(size && { size }) });
      }),
  };
}

/** And what is too slow for a step. */
export function createComputeExecutors(compute: Compute, bus: Bus): Readonly<Record<string, Executor>> {
  return {
    'compute.train': async (args, { signal }) => {
      const result = await compute.train(args as TrainingJob, signal);
      if (result.ok) return { ok: true, value: result };
      return failed('training-failed', result.error ?? 'the trainer gave no reason');
    },
    'network.learn': lessonExecutor(compute, bus),
    'network.load': loadExecutor(bus),
  };
}

async function onTarget<T>(
  targetOf: TargetOf,
  args: unknown,
  call: (target: Target, pool: string) => Promise<TargetResult<T>>,
): Promise<ExecutorResult> {
  const { pool } = args as { readonly pool: string };
  const target = targetOf(pool);
  if (target === undefined) return failed('not-found', `pool ${pool} has no target`);
  const result = await call(target, pool);
  if (result.ok) return result;
  const { code, message, ...detail } = result.error;
  return { ok: false, error: { code, message, detail } };
}

function failed(code: string, message: string): ExecutorResult {
  return { ok: false, error: { code, message } };
}
