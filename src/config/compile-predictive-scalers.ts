import { CONFIG_DEFAULTS } from './defaults.ts';
import { toMs } from './duration.ts';
import type { PredictiveScalersConfig } from './predictive-scalers-schema.ts';
import type { AddProblem } from './schema-problems.ts';
import type { ConfiguredPool, PredictiveScalersSettings } from './settings.ts';

const { predictiveScalers: defaults } = CONFIG_DEFAULTS;
const RESYNC_MIN_MS = 60_000;
const RESYNC_MAX_MS = 86_400_000;

/** `pools`: those of the config itself. */
export function compilePredictiveScalers(
  config: PredictiveScalersConfig | undefined,
  pools: readonly ConfiguredPool[],
  add: AddProblem,
): PredictiveScalersSettings | undefined {
  if (config === undefined) {
    if (pools.length === 0) add(['pools'], 'at least one pool, or `predictiveScalers` that brings them', 'none');
    return undefined;
  }
  // The node begins anew when resources come and go, and its processes would end with it.
  for (const { pool, target } of pools) {
    if (target.kind === 'local')
      add(['pools', pool, 'target'], 'a target that outlives the node, beside `predictiveScalers`', 'processes of it');
  }
  const resyncMs = toMs(config.resync) ?? defaults.resyncMs;
  if (resyncMs < RESYNC_MIN_MS || resyncMs > RESYNC_MAX_MS) add(['predictiveScalers', 'resync'], 'from 1m to 1d', config.resync);
  const { namespace, kubeconfig, context } = config;
  return {
    resyncMs,
    ...(namespace === undefined ? {} : { namespace }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  };
}
