import type { Clock } from '../../ports/clock.ts';
import { inClusterConnection, isInCluster, type Connection } from './connection.ts';
import { readKubeconfig, type KubeconfigChoice } from './kubeconfig.ts';

/** The pod's own service account, unless a kubeconfig or a context is named or this is no pod. @throws InputError */
export function openConnection(choice: KubeconfigChoice, clock: Clock, env: Readonly<Record<string, string | undefined>>): Connection {
  const isChosen = choice.file !== undefined || choice.context !== undefined;
  return !isChosen && isInCluster(env) ? inClusterConnection(clock, env) : readKubeconfig(choice, clock);
}
