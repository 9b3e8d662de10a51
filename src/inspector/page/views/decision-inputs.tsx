import type { PlanInputs } from '../../../planning/inputs.ts';
import { clock, duration, figure, percent } from '../format.ts';
import { Panel } from '../parts/basics.tsx';
import { link } from '../router.ts';

interface InputsProps {
  readonly pool: string;
  readonly inputs: PlanInputs | null;
  /** Whether there are actors to lead to. */
  readonly isLive: boolean;
}

export function Inputs({ pool, inputs, isLive }: InputsProps) {
  if (inputs === null) return null;
  const { target, leadTime, learned, report, override, pause, backOff, budget } = inputs;
  const hands = [
    override === null
      ? undefined
      : `held at ${override.replicas} by ${override.by}${override.expiresAtMs === null ? '' : ` until ${clock(override.expiresAtMs)}`}`,
    pause === null ? undefined : `paused by ${pause.by}`,
    backOff === null ? undefined : `backing off until ${clock(backOff.untilMs)}`,
    budget === null ? undefined : `budget of ${budget.maxReplicas}`,
  ].filter((one) => one !== undefined);
  return (
    <div class="two">
      <Panel title="What was known">
        <dl class="facts">
          <dt>Target</dt>
          <dd>
            {figure(target.requestedReplicas)} requested, {figure(target.readyReplicas)} ready
            {target.problem === null ? '' : `; ${target.problem}`}
          </dd>
          <dt>Lead time</dt>
          <dd>
            {duration(leadTime.p50Ms)}, at most {duration(leadTime.p95Ms)} (
            {leadTime.samples === 0 ? 'as configured' : `measured on ${leadTime.samples}`})
          </dd>
          <dt>Forecast</dt>
          <dd>
            {report === null ? 'none' : report.ready ? `ready, confidence ${percent(report.confidence)}` : 'not ready'}
            {report?.problem === null || report === null ? '' : `; ${report.problem}`}
          </dd>
          {report !== null && (
            <>
              <dt>Observations</dt>
              <dd>
                up to the interval of {clock(report.originMs)}
                {isLive && (
                  <>
                    , summed by{' '}
                    <a class="inline" href={link('actors', `pla:${pool}`)}>
                      pla:{pool}
                    </a>{' '}
                    from its{' '}
                    <a class="inline" href={link('pools', pool)}>
                      producers
                    </a>
                  </>
                )}
              </dd>
            </>
          )}
          <dt>Learned</dt>
          <dd>
            level {learned.levelShift === 0 ? 'as set' : `shifted by ${figure(learned.levelShift)}`}, speed down{' '}
            {percent(learned.downSpeed)}
          </dd>
          <dt>Hands on it</dt>
          <dd>{hands.length === 0 ? 'none' : hands.join('; ')}</dd>
        </dl>
      </Panel>
      <Panel title="The forecast it was made from" note="Largest load until then">
        <ForecastTable inputs={inputs} />
      </Panel>
    </div>
  );
}

function ForecastTable({ inputs: { report } }: { readonly inputs: PlanInputs }) {
  if (report === null || report.resources.every(({ maxima }) => maxima.length === 0)) return <p class="soft">There was no forecast.</p>;
  const columns = [0.05, 0.5, 0.9, 0.99].map((level) => [level, report.levels.indexOf(level)] as const).filter(([, i]) => i >= 0);
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="Table, scrolls sideways">
      <table>
        <thead>
          <tr>
            <th scope="col">Resource</th>
            <th scope="col">Within</th>
            {columns.map(([level]) => (
              <th key={level} scope="col" class="number">
                {percent(level)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.resources.flatMap(({ resource, current, maxima }) => [
            <tr key={resource}>
              <td>{resource}</td>
              <td>now</td>
              <td colSpan={columns.length} class="number">
                {figure(current)}
              </td>
            </tr>,
            ...maxima.map(({ horizonMs, quantiles }) => (
              <tr key={`${resource} ${horizonMs}`}>
                <td />
                <td>{duration(horizonMs)}</td>
                {columns.map(([level, i]) => (
                  <td key={level} class="number">
                    {figure(quantiles[i])}
                  </td>
                ))}
              </tr>
            )),
          ])}
        </tbody>
      </table>
    </div>
  );
}
