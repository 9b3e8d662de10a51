/** Peers' forecasters scored on the same origins (`baselines/forecast-dev.json`; its README has the definitions). */
import { readFileSync } from 'node:fs';
import type { ForecastKind } from '../../src/models/index.ts';

interface BaselineSeries {
  readonly interval_s: number;
  readonly system: string;
  readonly origins: { readonly step_s: number };
  /** Nominal minutes to seconds after rounding to whole intervals. */
  readonly effective_horizon_s: Readonly<Record<string, number>>;
  readonly scores: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, { readonly wql?: number | null }>>>>>>;
}

export interface Baselines {
  readonly series: Readonly<Record<string, BaselineSeries>>;
}

export const readBaselines = (path: string): Baselines => JSON.parse(readFileSync(path, 'utf8')) as Baselines;

/** Rows from one scored origin of a series to the next. */
export function strideRows({ series }: Baselines, name: string): number | undefined {
  const found = series[name];
  return found === undefined ? undefined : found.origins.step_s / found.interval_s;
}

/** WQL of every peer that answers on a series, by name. */
export function peersOf({ series }: Baselines, name: string, minutes: number, kind: ForecastKind): ReadonlyMap<string, number> {
  const found = series[name];
  const scores = found?.scores[String(found.effective_horizon_s[String(minutes)])]?.[kind] ?? {};
  return new Map(Object.entries(scores).flatMap(([peer, { wql }]) => (typeof wql === 'number' && wql > 0 ? [[peer, wql] as const] : [])));
}
