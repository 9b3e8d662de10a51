import type { NetworkReader } from '../models/network/reader.ts';
import type { PoolRules } from './pool-rules.ts';

export type OpenNetwork = (packed: string) => NetworkReader | readonly string[];

/** The network that an analyzer uses. The packed text is kept, so that a snapshot needs nothing from elsewhere. */
export interface UsedNetwork {
  readonly hash: string;
  readonly packed: string;
  readonly reader: NetworkReader;
}

/** undefined where the text is no network, or one for another interval or other horizons. */
export function openFor(rules: PoolRules, packed: string, open: OpenNetwork): NetworkReader | undefined {
  const opened = open(packed);
  if (!('read' in opened) || rules.network === undefined) return undefined;
  const { intervalMs, horizonsMs } = rules.network.task;
  const isOurs = opened.task.intervalMs === intervalMs && opened.task.horizonsMs.join() === horizonsMs.join();
  return isOurs ? opened : undefined;
}
