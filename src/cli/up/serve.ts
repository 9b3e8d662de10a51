import type { ConfiguredPool, NodeSettings } from '../../config/settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { SERVE_TOKEN } from '../../serve/access.ts';
import { serveAdvice, type Served } from '../../serve/serve.ts';
import { readTls } from './read-tls.ts';
import type { Session } from './session.ts';

/** When it cannot be served, the session is stopped, and what is wrong is told. */
export async function startServe({ serve, pools }: NodeSettings, session: Session, clock: Clock, log: Log): Promise<Served | undefined> {
  const token = process.env[SERVE_TOKEN];
  try {
    return await serveAdvice({
      ...serve,
      bus: session.bus,
      clock,
      log,
      pools: pools.map((pool) => ({ pool: pool.pool, freshMs: freshMs(pool) })),
      token: token === '' ? undefined : token,
      tls: serve.tls === undefined ? undefined : readTls(serve.tls, 'serve.tls'),
    });
  } catch (error) {
    await session.stop();
    throw error;
  }
}

/** Input may be so old that a plan is made from, and a plan stands until the next review. */
function freshMs({ planner: { staleAfterMs, reviewMs } }: ConfiguredPool): number {
  return staleAfterMs + reviewMs;
}
