import { useDeferred } from '../parts/deferred.ts';
import { useMemo, useState } from 'preact/hooks';
import type { PoolList, PoolRow } from '../../api/pools.ts';
import { duration, figure, percent, plural, unitText } from '../format.ts';
import { useConnection, useEvents, useResource } from '../live.ts';
import { Dot, Empty, Tag, Trouble, Waiting, type Level } from '../parts/basics.tsx';
import { useWindowSize } from '../parts/size.ts';
import { Spark } from '../parts/spark.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { link } from '../router.ts';

const CARDS_BELOW = 1_080;

export function Pools() {
  const { rows, error } = usePools();
  const [filter, setFilter] = useState('');
  const wanted = useDeferred(filter);
  const { width, height } = useWindowSize();
  const shown = useMemo(() => filtered(rows ?? [], wanted).sort(byProblem), [rows, wanted]);
  if (error !== undefined && rows === undefined) return <Trouble error={error} />;
  if (rows === undefined) return <Waiting what="the pools" />;
  if (rows.length === 0)
    return (
      <Empty title="No pools">
        This node has none in its config. <code>forescale up --config FILE</code> starts one that has.
      </Empty>
    );
  const isCards = width < CARDS_BELOW;
  const rowHeight = isCards ? 104 : 68;
  return (
    <>
      <div class="head">
        <h1>Pools</h1>
        <Summary rows={rows} />
        <span class="grow" />
        <input
          class="field short"
          type="search"
          placeholder="Filter by name, state or problem"
          aria-label="Filter pools"
          value={filter}
          onInput={({ currentTarget }) => setFilter(currentTarget.value)}
        />
      </div>
      <div class={`panel pool-list ${isCards ? 'cards' : ''}`}>
        {!isCards && <Titles />}
        {shown.length === 0 ? (
          <Empty title={`No pool matches “${wanted}”`} isSmall>
            <button type="button" class="button" onClick={() => setFilter('')}>
              Show all
            </button>
          </Empty>
        ) : (
          <VirtualList
            items={shown}
            rowHeight={rowHeight}
            heightMax={Math.max(300, height - (isCards ? 210 : 190))}
            label="Pools"
            keyOf={(row) => row.pool}
          >
            {(row) => <Row row={row} />}
          </VirtualList>
        )}
      </div>
    </>
  );
}

function usePools() {
  const { life } = useConnection();
  const { data, error } = useResource<PoolList>('/api/v1/pools');
  const [news, setNews] = useState<{ readonly life: number; readonly rows: ReadonlyMap<string, PoolRow> }>({ life: 0, rows: new Map() });
  useEvents('pools=1', (event, value) => {
    if (event !== 'pools') return;
    setNews((before) => {
      const rows = new Map(before.life === life ? before.rows : []);
      for (const row of (value as PoolList).pools) rows.set(row.pool, row);
      return { life, rows };
    });
  });
  const rows = useMemo(() => {
    if (data === undefined && news.rows.size === 0) return undefined;
    const all = new Map((data?.pools ?? []).map((row) => [row.pool, row]));
    for (const [pool, row] of news.rows) all.set(pool, row);
    return [...all.values()];
  }, [data, news]);
  return { rows, error };
}

function Summary({ rows }: { readonly rows: readonly PoolRow[] }) {
  const bad = rows.filter((row) => levelOf(row) === 'bad').length;
  const warn = rows.filter((row) => levelOf(row) === 'warn').length;
  const sum = (read: (row: PoolRow) => number | null): number => rows.reduce((total, row) => total + (read(row) ?? 0), 0);
  return (
    <>
      {bad > 0 && <Tag level="bad">{plural(bad, 'problem')}</Tag>}
      {warn > 0 && <Tag level="warn">{plural(warn, 'warning')}</Tag>}
      {bad + warn === 0 && <Tag level="good">all well</Tag>}
      <span class="faint">
        {plural(rows.length, 'pool')}, {figure(sum((row) => row.ready))} of {figure(sum((row) => row.requested))} replicas ready
      </span>
    </>
  );
}

function Titles() {
  return (
    <div class="pool-row titles" aria-hidden="true">
      <span />
      <span>Pool</span>
      <span>Load</span>
      <span>Now and ahead</span>
      <span>Replicas</span>
      <span>Confidence</span>
      <span title="Replicas wanted over what the reactive rule would have asked for">vs reactive</span>
      <span>Last decision</span>
    </div>
  );
}

function Row({ row }: { readonly row: PoolRow }) {
  const level = levelOf(row);
  const [problem] = row.problems;
  const unit = unitText(row.unit);
  return (
    <a class="pool-row" href={link('pools', row.pool)} data-row>
      <Dot level={level} label={LEVEL_TEXT[level]} />
      <span>
        <span class="name">{row.pool}</span>
        {problem === undefined ? (
          <span class="line">{stateText(row)}</span>
        ) : (
          <span class={`line ${problem.level}`} title={problem.text}>
            {problem.text}
          </span>
        )}
      </span>
      <Spark values={row.spark} label={`Load of the last ${row.spark.length} intervals`} />
      <span class="figures line">
        {figure(row.load)} {unit}
        {row.forecast !== null && ` → ${figure(row.forecast.q50)} in ${duration(row.forecast.horizonMs)}`}, {figure(row.ready)}/
        {figure(row.requested)} replicas
      </span>
      <span class="wide">
        <b>{figure(row.load)}</b> <span class="faint">{unit}</span>
        <span class="line">
          {row.forecast === null
            ? 'no forecast'
            : `${figure(row.forecast.q05)}–${figure(row.forecast.q95)} in ${duration(row.forecast.horizonMs)}`}
        </span>
      </span>
      <span class="wide">
        <b>{figure(row.ready)}</b> <span class="faint">of {figure(row.requested)} ready</span>
        <span class="line" title={row.capacity === null ? '' : `What is ready serves ${figure(row.capacity)} ${unit}`}>
          {row.required === null ? '' : `${figure(row.required)} needed`}
          {row.capacity === null ? '' : `, serves ${figure(row.capacity)}`}
        </span>
      </span>
      <span class="wide">
        {percent(row.confidence)}
        <span class="meter" aria-hidden="true">
          <i style={{ width: `${Math.round(row.confidence * 100)}%` }} />
        </span>
      </span>
      <span class="wide">{row.againstReactive === null ? '–' : `×${row.againstReactive.toFixed(2)}`}</span>
      <span class="last" title={row.lastDecision?.reason ?? ''}>
        {row.lastDecision?.reason ?? 'no decision yet'}
      </span>
    </a>
  );
}

export const LEVEL_TEXT: Readonly<Record<Level, string>> = { good: 'well', note: 'not ready yet', warn: 'warning', bad: 'problem' };

export function levelOf({ problems }: PoolRow): Level {
  return problems[0]?.level ?? 'good';
}

export function stateText({ state, autonomy }: PoolRow): string {
  const forecast =
    { collecting: 'collecting history', training: 'forecasting, training', predicting: 'forecasting', silent: 'nothing reported' }[state] ??
    state;
  const hand = {
    acting: '',
    guarded: ', guarded',
    advisory: ', advisory',
    shadow: ', in shadow',
    paused: ', paused',
    override: ', held by a person',
  }[autonomy];
  return `${forecast}${hand}`;
}

const ORDER: Readonly<Record<Level, number>> = { bad: 0, warn: 1, note: 2, good: 3 };

function byProblem(a: PoolRow, b: PoolRow): number {
  return ORDER[levelOf(a)] - ORDER[levelOf(b)] || a.pool.localeCompare(b.pool, 'en', { numeric: true });
}

function filtered(rows: readonly PoolRow[], text: string): PoolRow[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [...rows];
  return rows.filter((row) => {
    const of = `${row.pool} ${stateText(row)} ${row.problems.map((problem) => problem.text).join(' ')}`.toLowerCase();
    return words.every((word) => of.includes(word));
  });
}
