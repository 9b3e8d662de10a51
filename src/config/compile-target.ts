import { compileAwsTarget, compileCommandTarget, compileWebhookTarget } from './compile-external-target.ts';
import { compileKubernetesTarget } from './compile-kubernetes-target.ts';
import { compileHaproxyTarget, compileLocalTarget } from './compile-local-target.ts';
import type { AddProblem } from './schema-problems.ts';
import type { TargetSettings } from './settings.ts';
import type { TargetConfig } from './target-schemas.ts';

/** Settings of a target, defaults filled in. Without one: the demo service on this machine. */
export function compileTarget(config: TargetConfig | undefined, maxReplicas: number, add: AddProblem): TargetSettings {
  if (config?.kind === 'kubernetes') return compileKubernetesTarget(config, add);
  if (config?.kind === 'aws') return compileAwsTarget(config, add);
  if (config?.kind === 'webhook') return compileWebhookTarget(config, add);
  if (config?.kind === 'command') return compileCommandTarget(config, add);
  if (config?.kind === 'haproxy') return compileHaproxyTarget(config, maxReplicas, add);
  return compileLocalTarget(config, maxReplicas, add);
}
