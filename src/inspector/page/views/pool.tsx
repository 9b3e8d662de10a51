import { useState } from 'preact/hooks';
import type { About } from '../../api/about.ts';
import type { PoolRow } from '../../api/pools.ts';
import { clock, duration, figure, percent, plural, unitText } from '../format.ts';
import { nodeNowMs } from '../live.ts';
import { Choice, Dot, Panel, Tag, Tile, Trouble, Waiting } from '../parts/basics.tsx';
import { go, link } from '../router.ts';
import { ActButtons } from './act.tsx';
import { LeadTimes } from './lead-times.tsx';
import { LoadChart } from './load-chart.tsx';
import { usePool, type PoolData } from './pool-data.ts';
import { ActionList, DecisionTable, ProducerTable } from './pool-lists.tsx';
import { levelOf, LEVEL_TEXT, stateText } from './pools.tsx';
import { QualityChart } from './quality-chart.tsx';
import { ReplicaChart } from './replica-chart.tsx';
import { RuleRanks } from './rule-ranks.tsx';
import { WeightChart } from './weight-chart.tsx';

interface PoolProps {
  readonly pool: string;
  readonly about: About;
  readonly query: Readonly<Record<string, string>>;
}

const WINDOWS = [
  ['60', 'Last 60'],
  ['240', 'Last 240'],
  ['all', 'All'],
] as const;
type Window = (typeof WINDOWS)[number][0];

export function Pool({ pool, about, query }: PoolProps) {
  const { data, error } = usePool(pool);
  const [chosenHorizon, setHorizon] = useState<number>();
  if (error !== undefined && data === undefined)
    return (
      <Trouble error={error}>
        <a class="button" href={link('pools')}>
          All pools
        </a>
      </Trouble>
    );
  if (data === undefined) return <Waiting what={pool} />;
  const span: Window = query['span'] === '60' || query['span'] === 'all' ? query['span'] : '240';
  const horizons = data.detail.horizonsMs;
  const horizonMs =
    chosenHorizon !== undefined && horizons.includes(chosenHorizon)
      ? chosenHorizon
      : (horizons[Math.floor((horizons.length - 1) / 2)] ?? 0);
  const range = rangeOf(data, span);
  return (
    <>
      <Head row={data.detail.row} about={about} onDone={data.reload} />
      <Problems row={data.detail.row} />
      <div class="stack">
        <Tiles data={data} />
        <Panel
          title="Load against forecast"
          note={horizonMs === 0 ? undefined : `The band is what was forecast ${duration(horizonMs)} before; ahead of now, what is forecast`}
          aside={
            <span class="moment">
              {horizons.length > 1 && (
                <Choice
                  label="Horizon"
                  options={horizons.map((one) => [String(one), duration(one)] as const)}
                  value={String(horizonMs)}
                  onChange={(value) => setHorizon(Number(value))}
                />
              )}
              <Choice
                label="Intervals shown"
                options={WINDOWS}
                value={span}
                onChange={(value) => go(link('pools', pool, { span: value }), true)}
              />
            </span>
          }
        >
          <LoadChart detail={data.detail} horizonMs={horizonMs} range={range} />
        </Panel>
        <Panel
          title="Replicas"
          note="Lines mark decisions that changed something, shades the actions that carried them out; click to open the decision"
        >
          <ReplicaChart detail={data.detail} range={range} />
        </Panel>
        <div class="two">
          <Panel title="How good the forecast is" note="Measured on what came">
            <QualityChart detail={data.detail} range={range} />
          </Panel>
          <Panel title="Which experts are believed" note="Mean weight on the requests series">
            <WeightChart detail={data.detail} range={range} />
          </Panel>
        </div>
        <div class="two">
          <Panel title="Lead time" note="From a decision to each ready replica">
            <LeadTimes detail={data.detail} />
          </Panel>
          <RuleRanks detail={data.detail} />
        </div>
        <Panel title="Decisions" note={plural(data.detail.decisions.length, 'decision is kept', 'decisions are kept')}>
          <DecisionTable decisions={data.detail.decisions} />
        </Panel>
        <div class="two">
          <Panel title="Actions">
            <ActionList detail={data.detail} />
          </Panel>
          <Panel title="Producers">
            <ProducerTable detail={data.detail} />
          </Panel>
        </div>
        {data.missed > 0 && (
          <p class="faint">{plural(data.missed, 'entry', 'entries')} came faster than this page could follow and are not drawn.</p>
        )}
      </div>
    </>
  );
}

function Head({ row, about, onDone }: { readonly row: PoolRow; readonly about: About; readonly onDone: () => void }) {
  const level = levelOf(row);
  return (
    <div class="head">
      <div>
        <p class="crumb">
          <a href={link('pools')}>Pools</a> /
        </p>
        <h1>{row.pool}</h1>
      </div>
      <Tag level={level}>
        <Dot level={level} label={LEVEL_TEXT[level]} /> {stateText(row)}
      </Tag>
      <span class="grow" />
      <a class="button" href={link('actors', `pse:${row.pool}`)}>
        Its engine
      </a>
      <a class="button" href={link('actors', `pla:${row.pool}`)}>
        Its analyzer
      </a>
      {about.mayAct && <ActButtons row={row} onDone={onDone} />}
    </div>
  );
}

function Problems({ row }: { readonly row: PoolRow }) {
  if (row.problems.length === 0 && row.notReady === null) return null;
  const { notReady } = row;
  return (
    <ul class="problems">
      {row.problems.map(({ level, text }) => (
        <li key={text} class={level}>
          <Dot level={level} label={LEVEL_TEXT[level]} />
          <span>
            {text}
            {notReady !== null && text === notReady.message && notReady.need > notReady.have && (
              <>
                : {plural(notReady.need - notReady.have, 'more interval')}, about {duration(notReady.etaMs)}
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Tiles({ data: { detail } }: { readonly data: PoolData }) {
  const { row } = detail;
  return (
    <div class="tiles">
      <Tile
        value={figure(row.load)}
        unit={unitText(row.unit)}
        label={row.loadAtMs === null ? 'No load yet' : `Load at ${clock(row.loadAtMs)}`}
      />
      <Tile
        value={row.forecast === null ? '–' : figure(row.forecast.q50)}
        unit={row.forecast === null ? '' : `${figure(row.forecast.q05)}–${figure(row.forecast.q95)}`}
        label={row.forecast === null ? 'No forecast yet' : `Forecast in ${duration(row.forecast.horizonMs)}`}
      />
      <Tile value={figure(row.ready)} unit={`of ${figure(row.requested)}`} label="Replicas ready" />
      <Tile value={figure(row.required)} label="Replicas needed now" />
      <Tile value={percent(row.confidence)} label="Confidence" />
      <Tile value={percent(row.coverage)} label="Inside the 90% band" />
      <Tile value={figure(row.skill, 2)} label="Skill against last value" />
      <Tile value={row.againstReactive === null ? '–' : `×${row.againstReactive.toFixed(2)}`} label="Replicas against reactive" />
    </div>
  );
}

/** Seconds: the last intervals, and as far ahead as is forecast. */
function rangeOf({ detail }: PoolData, span: Window): readonly [number, number] {
  const { points, horizonsMs, row } = detail;
  const lastMs = points.at(-1)?.atMs ?? nodeNowMs();
  const aheadMs = Math.max(row.intervalMs, ...horizonsMs);
  const count = span === 'all' ? Number.POSITIVE_INFINITY : Number(span);
  const firstMs = points.at(-Math.min(count, points.length))?.atMs ?? lastMs - 60 * row.intervalMs;
  return [Math.min(firstMs, lastMs - 20 * row.intervalMs) / 1_000, (lastMs + aheadMs) / 1_000];
}
