import type { NodeSettings } from '../../config/settings.ts';
import { createInspector, type Inspector } from '../../inspector/inspector.ts';
import { createLiveSource } from '../../inspector/live/source.ts';
import type { Health } from '../../inspector/source.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { InputError } from '../../problems.ts';
import { ownVersion } from '../version.ts';
import { forecastMetrics } from './forecast-metrics.ts';
import { readTls } from './read-tls.ts';
import type { Session } from './session.ts';

/**
 * The page of this node; undefined when it is switched off. When it would be open to everybody the session is stopped, and
 * what is wrong is told.
 */
export async function openInspector(
  settings: NodeSettings,
  session: Session,
  clock: Clock,
  log: Log,
  drain: () => void,
): Promise<Inspector | undefined> {
  try {
    return inspectorOf(settings, session, clock, log, drain);
  } catch (error) {
    await session.stop();
    throw error;
  }
}

function inspectorOf(
  { inspector, pools }: NodeSettings,
  session: Session,
  clock: Clock,
  log: Log,
  drain: () => void,
): Inspector | undefined {
  const { listen, act, hosts, tls } = inspector;
  if (listen === undefined) return undefined;
  const { node, bus, meter, peers, servers } = session;
  const token = process.env['FORESCALE_INSPECTOR_TOKEN'];
  const health = (): Health => session.health();
  return createInspector({
    source: createLiveSource({
      node: node.name,
      runtime: node.runtime,
      bus,
      peers,
      servers,
      clock,
      log,
      pools,
      mayAct: act,
      health,
      drain,
    }),
    clock,
    log,
    version: ownVersion(),
    host: listen.host,
    hosts,
    health,
    metrics: () => meter.text() + forecastMetrics(node, pools),
    ...(listen.port === undefined ? {} : { port: listen.port }),
    ...(token === undefined || token === '' ? {} : { token }),
    ...(tls === undefined ? {} : { tls: readTls(tls, 'inspector.tls') }),
  });
}

/** Its address. When it cannot listen, the session is stopped, and what is wrong is told. */
export async function startInspector(inspector: Inspector | undefined, session: Session): Promise<string | undefined> {
  try {
    return await inspector?.start();
  } catch (error) {
    await session.stop();
    const found = error instanceof Error ? error.message : String(error);
    throw new InputError([{ place: '--inspector', wanted: 'an address and port that can be listened on', found }]);
  }
}
