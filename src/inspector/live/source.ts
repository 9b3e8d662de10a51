import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Peers } from '../../ports/peers.ts';
import type { StoreServer } from '../../ports/store.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Cluster } from '../api/cluster.ts';
import type { Health, ServerCounts, Source } from '../source.ts';
import { ActorFeed } from './actors.ts';
import { ClusterActors } from './cluster-actors.ts';
import { ClusterFeed } from './cluster.ts';
import { PoolFeed } from './feed.ts';
import { Frames } from './frames.ts';
import type { InspectedPool } from './pool-row.ts';
import { liveRoutes } from './routes.ts';

export interface LiveOptions {
  readonly node: string;
  readonly runtime: Runtime;
  readonly bus: Bus;
  /** The other nodes. Default: it is alone. */
  readonly peers?: Peers | undefined;
  /** How the servers are that keep the streams. Default: they are in this process. */
  readonly servers?: (() => Promise<readonly StoreServer[]>) | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly pools: readonly InspectedPool[];
  /** Whether people may act on pools from here. */
  readonly mayAct: boolean;
  readonly health: () => Health;
  /** Hands everything over and stops this node. */
  readonly drain: () => void;
}

/** A running node as the page sees it. */
export function createLiveSource(options: LiveOptions): Source {
  const { node, runtime, bus, peers, servers, clock, log, pools, mayAct, health, drain } = options;
  const startedAtMs = clock.nowMs();
  const feed = new PoolFeed({ bus, clock, pools });
  const frames = new Frames(feed);
  const actors = new ActorFeed(node, runtime, clock);
  const clusterFeed = new ClusterFeed({ node, bus, servers, clock, runtime, startedAtMs });
  const allActors = new ClusterActors(node, actors, bus, peers, () => clusterFeed.ownFromAfar());
  let counts: ServerCounts = { viewers: () => 0, dropped: () => 0 };
  let leasesMs = Number.NEGATIVE_INFINITY;

  const cluster = async (): Promise<Cluster> => ({
    ...(await clusterFeed.state(await allActors.nodes().catch(() => new Map()))),
    audit: [...feed.audit.items].reverse(),
    inspector: { viewers: counts.viewers(), dropped: counts.dropped(), broken: feed.broken },
    health: health(),
  });

  return {
    routes: liveRoutes({ node, drain, bus, clock, log, feed, actors: allActors, cluster }),
    about: () => ({ kind: 'live', title: node, startedAtMs, nowMs: clock.nowMs(), mayAct }),
    async refresh() {
      await feed.refresh();
      if (clock.monotonicMs() - leasesMs < LEASES_EVERY_MS) return;
      leasesMs = clock.monotonicMs();
      await clusterFeed.look();
    },
    watched(isWatched) {
      actors.listen(isWatched);
      clusterFeed.listen(isWatched);
      if (!isWatched) frames.clear();
    },
    subscribe: (query) => frames.subscribe(query),
    noteServer(given) {
      counts = given;
    },
  };
}

const LEASES_EVERY_MS = 2_000;
