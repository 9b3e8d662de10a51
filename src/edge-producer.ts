/** The edge analyzer of a producer, from the config file of the cluster. Loaded only where it is asked for. */
import { readFileSync } from 'node:fs';
import { createWorkerCompute } from './adapters/compute/worker-compute.ts';
import { createSystemRandom } from './adapters/system/random.ts';
import { parseConfig } from './config/parse.ts';
import { createEdgeAnalyzer, type EdgeAnalyzer, type EdgeOptions } from './edge.ts';
import { fileFault, InputError } from './problems.ts';

export interface EdgeOrder extends Pick<EdgeOptions, 'producer' | 'incarnation' | 'bus' | 'contentType' | 'clock' | 'log' | 'onReport'> {
  /** The same file as the cluster's, so that both mean the same by a pool. */
  readonly config: string;
  readonly pool: string;
  readonly intervalMs: number;
}

/** @throws InputError for a config that cannot be used, or does not fit the producer. */
export async function openEdge({ config, pool, intervalMs, ...ways }: EdgeOrder): Promise<EdgeAnalyzer> {
  const settings = readPool(config, pool, intervalMs);
  const analyzer = createEdgeAnalyzer({ ...ways, settings, random: createSystemRandom(), compute: createWorkerCompute({ log: ways.log }) });
  await analyzer.start();
  return analyzer;
}

function readPool(config: string, pool: string, intervalMs: number) {
  let text: string;
  try {
    text = readFileSync(config, 'utf8');
  } catch (error) {
    throw new InputError([{ place: config, wanted: 'a config file that can be read', found: fileFault(error) }]);
  }
  const parsed = parseConfig(text, config);
  if (!parsed.ok) throw parsed.error;
  const settings = parsed.settings.pools.find((one) => one.pool === pool);
  if (settings === undefined)
    throw new InputError([{ place: `${config} pools`, wanted: `the pool ${pool} of this producer`, found: 'none' }]);
  if (settings.intervalMs !== intervalMs) {
    const found = `${settings.intervalMs} ms`;
    throw new InputError([{ place: `${config} pools.${pool}.interval`, wanted: `${intervalMs} ms, as the producer has it`, found }]);
  }
  return settings;
}
