import { VERTICAL_DEFAULTS, type ReplicaSize, type VerticalRules } from '../planning/vertical-rules.ts';
import { toMs } from './duration.ts';
import type { AddProblem } from './schema-problems.ts';
import { toBytes } from './size.ts';
import type { VerticalConfig } from './vertical-schema.ts';

export function compileVertical(config: VerticalConfig, add: AddProblem): VerticalRules {
  const prices = { core: 0, memoryGB: 0, replica: 0, ...config.prices };
  if (Object.values(prices).every((price) => price === 0)) add(['vertical', 'prices'], 'one price above 0', 'none');
  return {
    size: compileSize(config.size),
    sizes: config.sizes.map(compileSize),
    prices,
    memoryMargin: config.memoryMargin ?? VERTICAL_DEFAULTS.memoryMargin,
    savingMin: config.saving ?? VERTICAL_DEFAULTS.savingMin,
    holdMs: toMs(config.holdFor) ?? VERTICAL_DEFAULTS.holdMs,
  };
}

function compileSize({ cpuMillicores, memory }: VerticalConfig['size']): ReplicaSize {
  return { cpuMillicores, memoryBytes: toBytes(memory) ?? 0 };
}
