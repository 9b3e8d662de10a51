import { launch, type Launched } from '../../adapters/local/launch.ts';
import { siblingModule } from '../../adapters/local/program.ts';
import type { LocalTarget } from '../../adapters/local/target.ts';
import { DEMO_LOAD } from '../../demo/config.ts';
import type { LoadOrder } from '../../demo/shape.ts';
import { toLoadReport } from '../../demo/load-report.ts';
import type { Clock, TimerHandle } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { takeClients, type PoolView } from './view.ts';

export interface Clients {
  /** No new requests; those under way may end. Resolves when the process is gone. */
  stop(): Promise<void>;
  kill(): void;
}

/** From SIGTERM to SIGKILL. */
const CLIENTS_GRACE_MS = 2_500;
/** Between looks for the first ready replica. */
const OPEN_LOOK_MS = 100;

/**
 * The demo's clients, in a process of their own. They come when the first replica is ready, as for a service that opens.
 * @param cycleStartMs when the present cycle of their load began, epoch ms.
 */
export function startClients(view: PoolView, target: LocalTarget, cycleStartMs: number, clock: Clock, log: Log): Clients {
  let clients: Launched | undefined;
  let gone = Promise.resolve();
  const begin = (): void => {
    const program = {
      kind: 'module',
      url: siblingModule('../../demo/load', import.meta.url),
      args: [view.url, JSON.stringify({ ...DEMO_LOAD, cycleStartMs } satisfies LoadOrder)],
    } as const;
    gone = new Promise((resolve) => {
      clients = launch(
        { program, env: process.env, graceMs: CLIENTS_GRACE_MS },
        {
          message(message) {
            const report = toLoadReport(message);
            if (report !== undefined) takeClients(view, report);
          },
          line: (text) => log.warn({ text }, 'load generator wrote'),
          exit(reason) {
            log.info({ reason }, 'load generator ended');
            resolve();
          },
        },
      );
    });
  };
  let waiting: TimerHandle | undefined;
  const wait = (): void => {
    if (target.replicas(view.pool).some(({ phase }) => phase === 'ready')) begin();
    else waiting = clock.setTimer(OPEN_LOOK_MS, wait);
  };
  wait();
  return {
    async stop() {
      waiting?.cancel();
      clients?.terminate();
      const late = clock.setTimer(CLIENTS_GRACE_MS, () => clients?.kill());
      await gone;
      late.cancel();
    },
    kill: () => clients?.kill(),
  };
}
