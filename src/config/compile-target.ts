import type { KnownEvent } from '../models/events/event.ts';
import { compileAwsTarget, compileCommandTarget, compileEcsTarget, compileWebhookTarget } from './compile-external-target.ts';
import { compileDockerTarget } from './compile-docker-target.ts';
import { compileKubernetesTarget } from './compile-kubernetes-target.ts';
import { compileHaproxyTarget, compileLocalTarget } from './compile-local-target.ts';
import type { AddProblem } from './schema-problems.ts';
import type { TargetSettings } from './settings.ts';
import type { TargetConfig } from './target-schemas.ts';

/** What of a pool its target is made from. */
interface TargetedPool {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly events: readonly KnownEvent[];
}

/** Settings of a target, defaults filled in. Without one: the demo service on this machine. */
export function compileTarget(config: TargetConfig | undefined, pool: TargetedPool, add: AddProblem): TargetSettings {
  const { minReplicas, maxReplicas } = pool;
  if (config?.kind === 'kubernetes') return compileKubernetesTarget(config, add);
  if (config?.kind === 'docker') return compileDockerTarget(config, minReplicas, maxReplicas, add);
  if (config?.kind === 'aws') return compileAwsTarget(config, pool, add);
  if (config?.kind === 'ecs') return compileEcsTarget(config, pool, add);
  if (config?.kind === 'webhook') return compileWebhookTarget(config, add);
  if (config?.kind === 'command') return compileCommandTarget(config, add);
  if (config?.kind === 'haproxy') return compileHaproxyTarget(config, maxReplicas, add);
  return compileLocalTarget(config, maxReplicas, add);
}
