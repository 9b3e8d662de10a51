/** How an analyzer gives windows to the trainer of its network and takes what was trained. */
import { packValues } from '../protocol/network.ts';
import { RESOURCES } from '../protocol/resource.ts';
import type { TrainingJob } from '../protocol/training.ts';
import type { Effect } from '../runtime/behavior.ts';
import { execute, send } from '../runtime/machine.ts';
import type { Analyzer } from './analyzer.ts';
import { useNetwork } from './series-set.ts';
import { openFor, type OpenNetwork } from './used-network.ts';

/** The newest values of a series that are worth giving away: two days of minutes. */
const VALUES_MAX = 2_880;
const LOAD_WAITS_MS = 600_000;

/** What an analyzer tells when it trains its own models. At most 62 KB, with the default schedule 17 bytes a second. */
export function giveWindows(analyzer: Analyzer, cause: TrainingJob['cause']): readonly Effect[] {
  const { rules, series, producer, network } = analyzer;
  if (rules.network === undefined) return [];
  const { pool, intervalMs } = rules.settings;
  const windows = RESOURCES.flatMap((resource, i) => {
    const window = series.forecasters[i]?.trainingWindow();
    if (window === undefined) return [];
    const skipped = Math.max(0, window.values.length - VALUES_MAX);
    return [{ resource, startMs: window.startMs + skipped * intervalMs, values: packValues(window.values.slice(skipped)) }];
  });
  const data = { pool, producer, cause, network: network?.hash ?? null, intervalMs, series: windows };
  return [send(rules.network.address, 'network-window', data)];
}

/** Asks for a network that it has heard of. */
export function askForNetwork({ network, rules, nowMs }: Analyzer, hash: string): readonly Effect[] {
  if (rules.network === undefined || network?.hash === hash) return [];
  return [execute('network.load', `network-${hash.slice(0, 16)}`, { hash }, nowMs + LOAD_WAITS_MS)];
}

/** Uses a network from the next interval on. One that does not fit is not used: the next schedule brings another. */
export function takeNetwork(analyzer: Analyzer, value: unknown, open: OpenNetwork): void {
  if (typeof value !== 'object' || value === null || !('hash' in value) || !('network' in value)) return;
  const { hash, network: packed } = value;
  if (typeof hash !== 'string' || typeof packed !== 'string') return;
  const opened = openFor(analyzer.rules, packed, open);
  if (opened === undefined) return;
  analyzer.network = { hash, packed, reader: opened };
  useNetwork(analyzer.series, opened);
}
