import { VERTICAL_DEFAULTS, type VerticalRules } from '../planning/vertical-rules.ts';
import type { ReplicaSize } from '../protocol/resource.ts';
import { toMs } from './duration.ts';
import type { PoolConfig } from './schema.ts';
import type { AddProblem } from './schema-problems.ts';
import { toBytes } from './size.ts';
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
  const add = (wanted: string, found: string): void => addTo(['vertical', 'apply'], wanted, found);
  // Of replicas of one size, so that it means nothing for another.
  if (capacity.learn !== undefined) add('a capacity that is not learned beside it', '`capacity.learn`');
  if (target?.kind !== 'docker') add('a target that resizes by plans (docker)', target?.kind ?? 'none');
  else if (target.cpus === undefined || target.memory === undefined) add('`cpus` and `memory` of the target, to begin with', 'not both');
}

function compileSize({ cpuMillicores, memory }: VerticalConfig['size']): ReplicaSize {
  return { cpuMillicores, memoryBytes: toBytes(memory) ?? 0 };
}
