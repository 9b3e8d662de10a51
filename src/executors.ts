import type { Target, TargetResult } from './ports/target.ts';
import type { TrainingJob, TrainingResult } from './protocol/training.ts';
import type { Executor, ExecutorResult } from './runtime/behavior.ts';

/** The target of a pool; undefined when the pool has none. */
export type TargetOf = (pool: string) => Target | undefined;

/** Does a training job; a job that cannot be done gives a result that says so. */
export type Train = (job: TrainingJob, signal: AbortSignal) => Promise<TrainingResult>;

/** The hands of the actors: what their effects run. */
export function createExecutors(targetOf: TargetOf, train: Train): Readonly<Record<string, Executor>> {
  return {
    'target.get': (args) => onTarget(targetOf, args, (target, pool) => target.get(pool)),
    'target.scale': (args) =>
      onTarget(targetOf, args, (target, pool) => {
        const { replicas, expectedReplicas, generation } = args as { replicas: number; expectedReplicas: number; generation: number };
        return target.scale({ pool, replicas, expectedReplicas, generation });
      }),
    'compute.train': async (args, { signal }) => {
      const result = await train(args as TrainingJob, signal);
      if (result.ok) return { ok: true, value: result };
      return failed('training-failed', result.error ?? 'the trainer gave no reason');
    },
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
