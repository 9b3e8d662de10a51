import type { ActionOutline, DecisionOutline, PoolDetail } from '../../api/pools.ts';
import { clock, duration, figure, percent, plural } from '../format.ts';
import { Empty, Tag, type Level } from '../parts/basics.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { link } from '../router.ts';

const BINS = 18;

export function LeadTimes({ detail: { leadTimes, settings } }: { readonly detail: PoolDetail }) {
  if (leadTimes.length === 0) {
    const prior = priorText(settings);
    return (
      <Empty title="Not measured yet" isSmall>
        It is measured by each scaling action.{prior === undefined ? '' : ` Until then ${prior} is assumed.`}
      </Empty>
    );
  }
  const sorted = [...leadTimes].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const top = at(1) * 1.0001 || 1;
  const counts = Array.from({ length: BINS }, () => 0);
  for (const one of sorted) {
    const bin = Math.min(BINS - 1, Math.floor((one / top) * BINS));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const most = Math.max(...counts);
  return (
    <>
      <div
        class="bars"
        role="img"
        aria-label={`Lead times of ${plural(sorted.length, 'replica')}: half took ${duration(at(0.5))} or less, 19 of 20 ${duration(at(0.95))}`}
      >
        {counts.map((count, i) => (
          <div
            key={i}
            class={count === 0 ? 'none' : ''}
            style={{ height: `${Math.max(2, (count / most) * 100)}%` }}
            title={`${plural(count, 'replica')} from ${duration((i * top) / BINS)} to ${duration(((i + 1) * top) / BINS)}`}
          />
        ))}
      </div>
      <div class="axis">
        <span>0</span>
        <span>{duration(top / 2)}</span>
        <span>{duration(top)}</span>
      </div>
      <p class="faint">
        {plural(sorted.length, 'replica')}; half within <b>{duration(at(0.5))}</b>, 19 of 20 within <b>{duration(at(0.95))}</b>
      </p>
    </>
  );
}

function priorText(settings: unknown): string | undefined {
  if (typeof settings !== 'object' || settings === null || !('leadTimePrior' in settings)) return undefined;
  const prior = settings.leadTimePrior as { readonly p50Ms?: unknown; readonly p95Ms?: unknown };
  return typeof prior.p50Ms === 'number' && typeof prior.p95Ms === 'number'
    ? `${duration(prior.p50Ms)}, at most ${duration(prior.p95Ms)},`
    : undefined;
}

/** Mean of what each rule proposed, against what was wanted in the end. */
export function CandidateRanks({ detail: { decisions } }: { readonly detail: PoolDetail }) {
  const sums = new Map<string, { count: number; sum: number; wins: number }>();
  let wanted = 0;
  let needed = 0;
  let neededCount = 0;
  for (const { candidates, winner, to, required } of decisions) {
    wanted += to;
    if (required !== null) {
      needed += required;
      neededCount += 1;
    }
    for (const { name, replicas } of candidates) {
      const of = sums.get(name) ?? { count: 0, sum: 0, wins: 0 };
      sums.set(name, { count: of.count + 1, sum: of.sum + replicas, wins: of.wins + (name === winner ? 1 : 0) });
    }
  }
  if (sums.size === 0) return <Empty title="No decision yet" isSmall />;
  const rows = [
    { name: 'wanted in the end', mean: wanted / decisions.length, note: 'after all clamps' },
    ...(neededCount === 0 ? [] : [{ name: 'needed for the load', mean: needed / neededCount, note: 'afterwards known' }]),
    ...[...sums].map(([name, { count, sum, wins }]) => ({ name, mean: sum / count, note: `won ${percent(wins / decisions.length)}` })),
  ];
  const most = Math.max(...rows.map(({ mean }) => mean), 1e-9);
  return (
    <div class="ranks">
      {rows.map(({ name, mean, note }) => (
        <>
          <span>{name}</span>
          <span class="bar" aria-hidden="true">
            <i style={{ width: `${(mean / most) * 100}%` }} />
          </span>
          <span class="nowrap">
            {figure(mean)} <span class="faint">{note}</span>
          </span>
        </>
      ))}
    </div>
  );
}

export function DecisionTable({
  decisions,
  linkOf = (id) => link('decision', id),
}: {
  readonly decisions: readonly DecisionOutline[];
  readonly linkOf?: (id: string) => string;
}) {
  if (decisions.length === 0) return <Empty title="No decision yet" isSmall />;
  const newestFirst = [...decisions].reverse();
  return (
    <VirtualList
      items={newestFirst}
      rowHeight={44}
      heightMax={396}
      label="Decisions, newest first"
      keyOf={({ id, atMs }) => `${id}@${atMs}`}
    >
      {({ id, atMs, from, to, clamps, reason }) => (
        <a class="actor-row" href={linkOf(id)} data-row>
          <span class="faint nowrap">{clock(atMs)}</span>
          <Tag level={from === to ? 'note' : to > from ? 'warn' : 'good'}>{from === to ? `= ${to}` : `${from} → ${to}`}</Tag>
          <span class="address" title={reason}>
            {reason} {clamps.length > 0 && <small>({clamps.join(', ')})</small>}
          </span>
        </a>
      )}
    </VirtualList>
  );
}

const OUTCOME_LEVEL: Readonly<Record<string, Level>> = { succeeded: 'good', superseded: 'note', failed: 'bad', 'rolled-back': 'warn' };

export function ActionList({ detail: { actions } }: { readonly detail: PoolDetail }) {
  if (actions.length === 0)
    return (
      <Empty title="Nothing was changed yet" isSmall>
        An action is started when a decision differs from what the target has.
      </Empty>
    );
  return (
    <div class="list-scroll" tabIndex={0} role="group" aria-label="Actions, newest first">
      <table>
        <thead>
          <tr>
            <th scope="col">Started</th>
            <th scope="col">Change</th>
            <th scope="col">Steps</th>
            <th scope="col">End</th>
          </tr>
        </thead>
        <tbody>
          {[...actions]
            .reverse()
            .slice(0, 100)
            .map((action) => (
              <ActionRow key={action.generation} action={action} />
            ))}
        </tbody>
      </table>
    </div>
  );
}

export function ActionRow({ action }: { readonly action: ActionOutline }) {
  const { startedMs, planId, from, to, steps, outcome, reason, address } = action;
  return (
    <tr>
      <td class="nowrap">
        <a href={link('decision', planId)}>{startedMs === 0 ? planId : clock(startedMs)}</a>
      </td>
      <td class="nowrap">
        {from} → {to}
      </td>
      <td>
        {steps.length === 0 ? (
          <span class="faint">not taken yet</span>
        ) : (
          steps.map(({ step, atMs, ready }) => (
            <div key={`${step}${atMs}`} class="nowrap">
              {step}{' '}
              <span class="faint">
                {startedMs === 0 ? clock(atMs) : `+${duration(atMs - startedMs)}`}, {ready} ready
              </span>
            </div>
          ))
        )}
      </td>
      <td title={reason}>
        {outcome === null ? <a href={link('actors', address)}>under way</a> : <Tag level={OUTCOME_LEVEL[outcome] ?? 'note'}>{outcome}</Tag>}
      </td>
    </tr>
  );
}

export function ProducerTable({ detail: { producers, producersLeftOut } }: { readonly detail: PoolDetail }) {
  if (producers.length === 0) return <Empty title="No producer has reported yet" isSmall />;
  return (
    <div class="list-scroll" tabIndex={0} role="group" aria-label="Producers">
      <table>
        <thead>
          <tr>
            <th scope="col">Producer</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Load
            </th>
            <th scope="col" class="number">
              Confidence
            </th>
          </tr>
        </thead>
        <tbody>
          {producers.map(({ producer, address, state, load, confidence, notReady }) => (
            <tr key={producer}>
              <td>
                <a href={link('actors', address)}>{producer}</a>
              </td>
              <td>
                {state}
                {notReady !== null && <div class="faint">{notReady.message}</div>}
              </td>
              <td class="number">{figure(load)}</td>
              <td class="number">{percent(confidence)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {producersLeftOut > 0 && <p class="faint">and {plural(producersLeftOut, 'more producer')}</p>}
    </div>
  );
}
