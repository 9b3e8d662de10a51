import { VERTICAL_DEFAULTS, type VerticalRules } from '../planning/vertical-rules.ts';
import type { ReplicaSize } from '../protocol/resource.ts';
import { toMs } from './duration.ts';
import type { AddProblem } from './schema-problems.ts';
import { toBytes } from './size.ts';
import type { VerticalConfig } from './vertical-schema.ts';

/** `isCapacityLearned`: of replicas of one size, so that it means nothing for another. */
export function compileVertical(config: VerticalConfig, isCapacityLearned: boolean, add: AddProblem): VerticalRules {
  const prices = { core: 0, memoryGB: 0, replica: 0, ...config.prices };
  if (Object.values(prices).every((price) => price === 0)) add(['vertical', 'prices'], 'one price above 0', 'none');
  if (config.apply === true && isCapacityLearned) add(['vertical', 'apply'], 'a capacity that is not learned beside it', true);
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

function compileSize({ cpuMillicores, memory }: VerticalConfig['size']): ReplicaSize {
  return { cpuMillicores, memoryBytes: toBytes(memory) ?? 0 };
}
