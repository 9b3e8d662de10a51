import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import { createKubernetesClient, type KubernetesClient } from './client.ts';
import type { Connection } from './connection.ts';
import { createInformer, type Informer } from './informer.ts';
import { pruneWorkload } from './workload.ts';

export interface ClusterOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Of one request, milliseconds. Default 15 s. */
  readonly timeoutMs?: number;
}

/** One API server with what all pools on it share: connections and watches. */
export interface Cluster {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly log: Log;
  /** The informer of a collection; one for all who ask. */
  informer(collection: string): Informer;
  stop(): Promise<void>;
}

export function createCluster({ connection, clock, random, log: parentLog, timeoutMs }: ClusterOptions): Cluster {
  const log = parentLog.child({ target: 'kubernetes', server: connection.server.host });
  const client = createKubernetesClient(connection, clock, timeoutMs);
  const informers = new Map<string, Informer>();
  return {
    client,
    clock,
    log,
    informer(collection) {
      const present = informers.get(collection);
      if (present !== undefined) return present;
      const made = createInformer({ client, clock, random: random.fork(collection), log, collection, prune: pruneWorkload });
      informers.set(collection, made);
      return made;
    },
    async stop() {
      await Promise.all([...informers.values()].map((informer) => informer.stop()));
      await client.close();
    },
  };
}
