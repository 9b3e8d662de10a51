import type { ActionOutline, DecisionOutline, PoolDetail } from '../../api/pools.ts';
import { clock, duration, figure, percent, plural } from '../format.ts';
import { Empty, Tag, type Level } from '../parts/basics.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { TableHead } from '../parts/table-head.tsx';
import { link } from '../router.ts';

export function DecisionTable({
  decisions,
  linkOf = (id) => link('decision', id),
}: {
  readonly decisions: readonly DecisionOutline[];
  readonly linkOf?: (id: string) => string;
}) {
  if (decisions.length === 0)
    return (
      <Empty title="No decision yet" isSmall>
        The engine decides after the first report.
      </Empty>
    );
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
        <a class="actor-row decision-row" href={linkOf(id)} data-row>
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
        <TableHead columns={['Started', 'Change', 'Steps', 'End']} />
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
                {startedMs === 0 ? clock(atMs) : `+${duration(atMs - startedMs)}`}
                <span class="roomy">, {ready} ready</span>
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
  if (producers.length === 0)
    return (
      <Empty title="No producer has reported yet" isSmall>
        They report at the end of each interval: services with the SDK, an agent, or the load balancer.
      </Empty>
    );
  return (
    <div class="list-scroll" tabIndex={0} role="group" aria-label="Producers">
      <table>
        <TableHead columns={['Producer', 'State', '#Load', '#Confidence']} />
        <tbody>
          {producers.map(({ producer, address, state, load, confidence, notReady }) => (
            <tr key={producer}>
              <td class="named">
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
