import util from 'node:util';
import type { Log } from '../../ports/log.ts';
import type { TensorFlow } from './library.ts';

const PACKAGE: string = '@tensorflow/tfjs-node';

/**
 * TensorFlow with its native backend, where `@tensorflow/tfjs-node` is installed and works. Where it does not, for whatever
 * reason, one line in the log says so and our own kernel does the work.
 *
 * @param load gives the package; tests give another one.
 */
export async function loadTensorFlow(log: Log, load: () => Promise<unknown> = importPackage): Promise<TensorFlow | undefined> {
  try {
    const loaded = (await load()) as { readonly default?: TensorFlow } & TensorFlow;
    const tf = loaded.default ?? loaded;
    const backend = tf.getBackend();
    if (backend === undefined || backend === '') throw new Error('it has no backend');
    log.info({ backend }, 'TensorFlow trains the network');
    return tf;
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0];
    log.warn({ package: PACKAGE, reason }, 'TensorFlow cannot be used; our own kernel trains the network');
    return undefined;
  }
}

function importPackage(): Promise<unknown> {
  // Its release 4.22.0 calls this function, which Node 23 has no more.
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
  return import(PACKAGE);
}
