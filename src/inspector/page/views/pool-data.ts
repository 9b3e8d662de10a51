import { useEffect, useState } from 'preact/hooks';
import type { PoolDetail, PoolNews } from '../../api/pools.ts';
import { useEvents, useResource } from '../live.ts';
import type { ApiError } from '../api.ts';

export interface PoolData {
  readonly detail: PoolDetail;
  /** Entries that this page lost. */
  readonly missed: number;
  readonly reload: () => void;
}

/** Kept in this page at the most; the node keeps no more either. */
const KEPT_MAX = 2_880;

/** A pool as it was read, and from then on what comes. */
export function usePool(pool: string): { readonly data: PoolData | undefined; readonly error: ApiError | undefined } {
  const { data: read, error, reload } = useResource<PoolDetail>(`/api/v1/pools/${encodeURIComponent(pool)}`);
  const [state, setState] = useState<{ readonly read?: PoolDetail; readonly detail?: PoolDetail; readonly missed: number }>({ missed: 0 });
  useEffect(() => {
    if (read !== undefined) setState({ read, detail: read, missed: 0 });
  }, [read]);
  const { cursor } = read ?? {};
  const query =
    cursor === undefined
      ? undefined
      : new URLSearchParams({
          pool,
          points: `${cursor.points}`,
          decisions: `${cursor.decisions}`,
          actions: `${cursor.actions}`,
        }).toString();
  useEvents(query, (event, value) => {
    if (event !== 'pool') return;
    const news = value as PoolNews;
    setState((before) => {
      if (before.detail === undefined) return before;
      return { ...before, detail: withNews(before.detail, news), missed: before.missed + news.missed };
    });
  });
  // While it is read anew, what was known stays.
  const { detail } = state;
  return { data: detail === undefined ? undefined : { detail, missed: state.missed, reload }, error };
}

function withNews(detail: PoolDetail, news: PoolNews): PoolDetail {
  const actions = new Map(detail.actions.map((action) => [action.generation, action]));
  for (const action of news.actions) actions.set(action.generation, action);
  const lastMs = detail.points.at(-1)?.atMs ?? 0;
  const lastDecisionMs = detail.decisions.at(-1)?.atMs ?? 0;
  const seen = new Set(detail.decisions.slice(-50).map(({ id }) => id));
  const [newest] = news.points.slice(-1);
  return {
    ...detail,
    row: news.row,
    experts: news.experts,
    resources: news.resources,
    levels: news.levels,
    originMs: news.originMs,
    horizonsMs: newest?.bands === undefined || newest.bands === null ? detail.horizonsMs : horizonsOf(news, detail.horizonsMs),
    points: [...detail.points, ...news.points.filter(({ atMs }) => atMs > lastMs)].slice(-KEPT_MAX),
    // After a reconnect the same may come again.
    decisions: [...detail.decisions, ...news.decisions.filter(({ id, atMs }) => atMs >= lastDecisionMs && !seen.has(id))].slice(-KEPT_MAX),
    actions: [...actions.values()],
  };
}

function horizonsOf({ resources, row }: PoolNews, known: number[]): number[] {
  const drawn = resources.find(({ resource }) => resource === row.resource);
  const horizons = (drawn?.forecasts ?? []).filter(({ kind }) => kind === 'point').map(({ horizonMs }) => horizonMs);
  return horizons.length === 0 ? known : horizons.sort((a, b) => a - b);
}
