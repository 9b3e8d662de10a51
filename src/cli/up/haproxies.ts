import { createHaproxyBalancer, type HaproxyBalancer } from '../../adapters/haproxy/balancer.ts';
import { createRuntimeApi, type SocketAddress } from '../../adapters/haproxy/runtime-api.ts';
import type { ConfiguredPool } from '../../config/settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';

/** The balancers of the pools that stand behind HAProxy. */
export function createHaproxies(pools: readonly ConfiguredPool[], clock: Clock, log: Log): ReadonlyMap<string, HaproxyBalancer> {
  const balancers = new Map<string, HaproxyBalancer>();
  for (const { pool, target } of pools) {
    if (target.kind !== 'local' || target.haproxy === undefined) continue;
    const { socket, backend, url, connectionsMax } = target.haproxy;
    const api = createRuntimeApi(addressOf(socket), clock);
    balancers.set(pool, createHaproxyBalancer({ api, clock, log: log.child({ pool, backend }), pool, backend, url, connectionsMax }));
  }
  return balancers;
}

function addressOf(socket: string): SocketAddress {
  if (socket.startsWith('/')) return { path: socket };
  const [host = '', port = ''] = socket.split(':');
  return { host, port: Number(port) };
}
