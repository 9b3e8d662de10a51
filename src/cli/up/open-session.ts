import { createPrometheusMeter } from '../../adapters/prometheus/meter.ts';
import { createSystemRandom } from '../../adapters/system/random.ts';
import type { EntryId } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { TOPICS } from './feed.ts';
import type { UpOrder } from './flags.ts';
import { joinFor, nodeName } from './join.ts';
import { createSession, type Session } from './session.ts';

/** The session of a node, in its cluster if there is one. Nothing is left open when it rejects. @throws InputError */
export async function openSession({ settings, cluster: order }: UpOrder, clock: Clock, log: Log): Promise<Session> {
  const random = createSystemRandom();
  const meter = createPrometheusMeter();
  const world = { clock, random, log, meter };
  if (order === undefined) return createSession({ ...world, settings, name: settings.node.name, cluster: undefined });
  const name = nodeName(settings, random);
  const cluster = await joinFor(name, order, settings, world);
  // What the cluster decided before this node came is history: it is not shown as if it happened now.
  const feedAfter = new Map<string, EntryId>();
  try {
    for (const topic of TOPICS) feedAfter.set(topic, await cluster.bus.topicEnd(topic));
    return createSession({ ...world, settings, name, cluster, feedAfter });
  } catch (error) {
    await cluster.close();
    throw error;
  }
}
