import type { Cluster } from '../../api/cluster.ts';
import { dateTime, plural } from '../format.ts';
import { Empty, Panel } from '../parts/basics.tsx';
import { TableHead } from '../parts/table-head.tsx';
import { link } from '../router.ts';

export function Stopped({ actors }: { readonly actors: Cluster['quarantined'] }) {
  if (actors.length === 0) return null;
  return (
    <Panel title="Actors that stopped" note="Their messages are set aside until they go on">
      <table>
        <tbody>
          {actors.map(({ address, reason, parked }) => (
            <tr key={address}>
              <td>
                <a href={link('actors', address)}>{address}</a>
              </td>
              <td>{reason}</td>
              <td class="nowrap">{plural(parked, 'message')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

export function Audit({ audit, mayAct }: { readonly audit: Cluster['audit']; readonly mayAct: boolean }) {
  return (
    <Panel title="What people did" note="Written on the bus with what it changed">
      {audit.length === 0 ? (
        <Empty title="Nobody acted" isSmall>
          {mayAct ? 'Pause, override and resume are on the page of a pool.' : 'This inspector only shows; --inspector-act lets people act.'}
        </Empty>
      ) : (
        <div class="list-scroll" tabIndex={0} role="group" aria-label="Audit, newest first">
          <table>
            <TableHead columns={['When', 'What', 'Who', 'Why']} />
            <tbody>
              {audit.map(({ atMs, what, by, pool, reason }, i) => (
                <tr key={i}>
                  <td class="nowrap faint">{dateTime(atMs)}</td>
                  <td>
                    {what}{' '}
                    {pool === '' ? (
                      ''
                    ) : (
                      <a class="inline" href={link('pools', pool)}>
                        {pool}
                      </a>
                    )}
                  </td>
                  <td>{by}</td>
                  <td class="soft">{reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
