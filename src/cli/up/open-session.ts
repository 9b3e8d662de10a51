import { openTracing } from '../../adapters/opentelemetry/open.ts';
import { createPrometheusMeter } from '../../adapters/prometheus/meter.ts';
import { createSystemRandom } from '../../adapters/system/random.ts';
import type { RedisBus } from '../../adapters/redis/bus.ts';
import type { Cluster } from '../../cluster.ts';
import { START, type Bus, type EntryId } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { TOPICS } from './feed.ts';
import type { UpOrder } from './flags.ts';
import { joinFor, nodeName } from './join.ts';
import { createSession, type Session } from './session.ts';

const PAGE = 1_000;

/**
 * The session of a node, in its cluster if there is one; otherwise on `kept`, which outlives it, or a bus of its own.
 * Nothing is left open when it rejects. @throws InputError
 */
export async function openSession(
  { settings, cluster: order }: Pick<UpOrder, 'settings' | 'cluster'>,
  clock: Clock,
  log: Log,
  kept?: Bus,
): Promise<Session> {
  const random = createSystemRandom();
  const meter = createPrometheusMeter();
  const name = order === undefined ? settings.node.name : nodeName(settings, random);
  const tracing = settings.tracing && (await openTracing({ ...settings.tracing, instance: name }));
  const world = { clock, random, log, meter, tracing };
  if (order === undefined) {
    const feedAfter = kept === undefined ? {} : { feedAfter: await lastOf(kept) };
    return createSession({ ...world, settings, name, cluster: undefined, bus: kept, ...feedAfter });
  }
  let cluster: Cluster | undefined;
  try {
    cluster = await joinFor(name, order, settings, world);
    return createSession({ ...world, settings, name, cluster, feedAfter: await endsOf(cluster.bus) });
  } catch (error) {
    await cluster?.close();
    await tracing?.close();
    throw error;
  }
}

/** What was decided before this session is history: it is not shown as if it happened now. */
async function endsOf(bus: RedisBus): Promise<ReadonlyMap<string, EntryId>> {
  const ends = new Map<string, EntryId>();
  for (const topic of TOPICS) ends.set(topic, await bus.topicEnd(topic));
  return ends;
}

/** The same of a bus in this process, which holds few entries. */
async function lastOf(bus: Bus): Promise<ReadonlyMap<string, EntryId>> {
  const ends = new Map<string, EntryId>();
  for (const topic of TOPICS) {
    let after = START;
    for (let page = await bus.readTopic(topic, after, PAGE); page.length > 0; page = await bus.readTopic(topic, after, PAGE))
      after = page.at(-1)?.id ?? after;
    ends.set(topic, after);
  }
  return ends;
}
