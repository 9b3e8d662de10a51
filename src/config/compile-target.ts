import { compileKubernetesTarget } from './compile-kubernetes-target.ts';
import { compileLocalTarget } from './compile-local-target.ts';
import type { AddProblem } from './schema-problems.ts';
import type { TargetSettings } from './settings.ts';
import type { TargetConfig } from './target-schemas.ts';

/** Settings of a target, defaults filled in. Without one: the demo service on this machine. */
export function compileTarget(config: TargetConfig | undefined, maxReplicas: number, add: AddProblem): TargetSettings {
  return config?.kind === 'kubernetes' ? compileKubernetesTarget(config, add) : compileLocalTarget(config, maxReplicas, add);
}
