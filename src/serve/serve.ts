import type { Listener } from '../adapters/http/listener.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { InputError, ProblemList } from '../problems.ts';
import { checkAccess, checkTls, type AccessOptions } from './access.ts';
import { AdviceBook, type AdvisedPool } from './advice-book.ts';
import type { MeasuredPool } from './external-metrics/api.ts';
import type { AggregatorSource } from './external-metrics/callers.ts';
import { createExternalMetrics } from './external-metrics/server.ts';
import { createKedaScaler } from './keda/scaler.ts';
import { createRecommender } from './recommender.ts';

export interface ServeOptions extends AccessOptions {
  readonly bus: Pick<Bus, 'readTopic'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly pools: readonly (AdvisedPool & MeasuredPool)[];
  readonly recommender: Address | undefined;
  readonly keda: Address | undefined;
  /** Needs `tls`. */
  readonly externalMetrics: (Address & { readonly aggregators: AggregatorSource }) | undefined;
}

export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface Served {
  /** Ports by the way that is served. */
  readonly ports: { readonly [W in Way]?: number };
  stop(): Promise<void>;
}

type Way = 'recommender' | 'keda' | 'externalMetrics';
type Opening = readonly [Way, Address, (book: AdviceBook) => Promise<Listener>];

/** Tells what pools ask for. When it rejects, nothing is left open. @throws InputError */
export async function serveAdvice(options: ServeOptions): Promise<Served | undefined> {
  const { bus, clock, log, pools } = options;
  const ways = waysOf(options);
  if (ways.length === 0) return undefined;
  const problems = new ProblemList();
  for (const [way, { host }] of ways) {
    // Only certificates open it, wherever it listens.
    if (way === 'externalMetrics') checkTls(options.tls, problems);
    else checkAccess(`serve.${way}`, host, options, problems);
  }
  problems.throwIfAny();

  const book = new AdviceBook({ bus, clock, log, pools });
  const listeners: Listener[] = [];
  const stop = async (): Promise<void> => {
    book.stop();
    await Promise.all(listeners.map((listener) => listener.close()));
  };
  const ports: { [W in Way]?: number } = {};
  try {
    await book.start();
    for (const [way, { host, port }, create] of ways) {
      const listener = await create(book);
      listeners.push(listener);
      ports[way] = await listener.listen(host, port).catch((error: unknown) => {
        const found = error instanceof Error ? error.message : String(error);
        throw new InputError([{ place: `serve.${way}.listen`, wanted: 'an address and port that can be listened on', found }]);
      });
      log.info({ way, host, port: ports[way] }, 'what pools ask for is told');
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { ports, stop };
}

function waysOf(options: ServeOptions): readonly Opening[] {
  const { recommender, keda, externalMetrics, tls } = options;
  const ways: Opening[] = [];
  if (recommender !== undefined)
    ways.push(['recommender', recommender, (book) => Promise.resolve(createRecommender({ ...options, book }))]);
  if (keda !== undefined) ways.push(['keda', keda, (book) => createKedaScaler({ ...options, book })]);
  if (externalMetrics === undefined) return ways;
  const { aggregators } = externalMetrics;
  if (tls === undefined) throw new InputError([{ place: 'serve.externalMetrics', wanted: '`serve.tls` beside it', found: 'none' }]);
  ways.push(['externalMetrics', externalMetrics, (book) => Promise.resolve(createExternalMetrics({ ...options, tls, aggregators, book }))]);
  return ways;
}
