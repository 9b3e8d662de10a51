import { VERTICAL_DEFAULTS, type VerticalRules } from '../planning/vertical-rules.ts';
import type { ReplicaSize } from '../protocol/resource.ts';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { toMs } from './duration.ts';
import type { PoolConfig } from './pool-schema.ts';
import type { AddProblem } from './schema-problems.ts';
import { toBytes } from './size.ts';
import type { KubernetesTargetConfig } from './target-schemas.ts';
import type { VerticalConfig } from './vertical-schema.ts';

export function compileVertical(config: VerticalConfig, pool: Pick<PoolConfig, 'capacity' | 'target'>, add: AddProblem): VerticalRules {
  const prices = { core: 0, memoryGB: 0, replica: 0, ...config.prices };
  if (Object.values(prices).every((price) => price === 0)) add(['vertical', 'prices'], 'one price above 0', 'none');
  if (config.apply === true) checkApply(pool, add);
  return {
    size: compileSize(config.size),
    sizes: config.sizes.map(compileSize),
    prices,
    memoryMargin: config.memoryMargin ?? VERTICAL_DEFAULTS.memoryMargin,
    savingMin: config.saving ?? VERTICAL_DEFAULTS.savingMin,
    holdMs: toMs(config.holdFor) ?? VERTICAL_DEFAULTS.holdMs,
    ...(config.apply === true ? { apply: true } : {}),
  };
}

/** Targets that keep a size with their writes, and tell it. */
function checkApply({ capacity, target }: Pick<PoolConfig, 'capacity' | 'target'>, addTo: AddProblem): void {
  const add: Add = (wanted, found) => addTo(['vertical', 'apply'], wanted, found);
  // Of replicas of one size, so that it means nothing for another.
  if (capacity.learn !== undefined) add('a capacity that is not learned beside it', '`capacity.learn`');
  if (target?.kind === 'docker') checkBoth(target, '`cpus` and `memory` of the target, to begin with', add);
  else if (target?.kind === 'kubernetes') checkKubernetes(target, add);
  else add('a target that resizes by plans (docker, kubernetes)', target?.kind ?? 'none');
}

type Add = (wanted: string, found: string) => void;

function checkBoth(size: { readonly cpus?: unknown; readonly memory?: unknown } | undefined, wanted: string, add: Add): void {
  if (size?.cpus === undefined || size.memory === undefined) add(wanted, 'not both');
}

/** In place, beside nobody else who goes by what pods request, and kept in one step with the count. */
function checkKubernetes({ apiVersion = 'apps/v1', mode, size }: KubernetesTargetConfig, add: Add): void {
  checkBoth(size, '`size` of the target with `cpus` and `memory`, to begin with', add);
  if (size?.by === 'rollout') add('`size.by: pods` of the target, since a rollout replaces every pod', 'rollout');
  if (mode !== 'direct')
    add('`mode: direct` of the target, since an HPA goes by what pods request', mode ?? CONFIG_DEFAULTS.kubernetes.mode);
  if (apiVersion !== 'apps/v1') add('a workload of apps/v1, which keeps a size beside its count', apiVersion);
}

function compileSize({ cpuMillicores, memory }: VerticalConfig['size']): ReplicaSize {
  return { cpuMillicores, memoryBytes: toBytes(memory) ?? 0 };
}
