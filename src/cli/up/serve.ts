import type { ConfiguredPool, NodeSettings } from '../../config/settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { SERVE_TOKEN } from '../../serve/access.ts';
import { serveAdvice, type Served } from '../../serve/serve.ts';
import { openAggregators, type OpenAggregators } from './aggregators.ts';
import { namespaceOf } from './kubernetes-targets.ts';
import { readTls } from './read-tls.ts';
import type { Session } from './session.ts';

/** When it cannot be served, the session is stopped, and what is wrong is told. */
export async function startServe(settings: NodeSettings, session: Session, clock: Clock, log: Log): Promise<Served | undefined> {
  let aggregators: OpenAggregators | undefined;
  const stop = async (): Promise<void> => aggregators?.stop();
  try {
    const { serve, pools } = settings;
    const token = process.env[SERVE_TOKEN];
    const { externalMetrics } = serve;
    if (externalMetrics !== undefined) aggregators = openAggregators(externalMetrics, clock, log);
    const served = await serveAdvice({
      ...serve,
      bus: session.bus,
      clock,
      log,
      pools: pools.map((pool) => ({ pool: pool.pool, freshMs: freshMs(pool), ...(externalMetrics && whereOf(pool, clock)) })),
      token: token === '' ? undefined : token,
      tls: serve.tls === undefined ? undefined : readTls(serve.tls, 'serve.tls'),
      externalMetrics: externalMetrics && aggregators && { ...externalMetrics, aggregators: aggregators.source },
    });
    await aggregators?.start();
    return served && { ports: served.ports, stop: async () => void (await Promise.all([served.stop(), stop()])) };
  } catch (error) {
    await stop();
    await session.stop();
    throw error;
  }
}

/** Input may be so old that a plan is made from, and a plan stands until the next review. */
function freshMs({ planner: { staleAfterMs, reviewMs } }: ConfiguredPool): number {
  return staleAfterMs + reviewMs;
}

/** A pool of a cluster is told in the namespace of its workload. */
function whereOf({ target }: ConfiguredPool, clock: Clock): { readonly namespace?: string } {
  return target.kind === 'kubernetes' ? { namespace: namespaceOf(target, clock) } : {};
}
