/** What the doctor sees of Redis: as a node connects to it, by a rehearsal on keys of its own, and what lies under its prefix. */
import { createRedisBus, type RedisBus } from '../../adapters/redis/bus.ts';
import { checkTypes } from '../../adapters/redis/claim.ts';
import { nodesOf } from '../../adapters/redis/link.ts';
import { shardKeyList } from '../../adapters/redis/keys.ts';
import { textOf } from '../../adapters/redis/reply.ts';
import { toServerFacts } from '../../adapters/redis/server-facts.ts';
import type { RedisSettings } from '../../adapters/redis/settings.ts';
import { createSystemRandom } from '../../adapters/system/random.ts';
import type { Clock } from '../../ports/clock.ts';
import { silentLog } from '../../ports/log.ts';
import { silentMeter } from '../../ports/meter.ts';
import { InputError, ProblemList } from '../../problems.ts';
import type { Finding } from './finding.ts';

/** Beyond this, times in records of different machines do not go together; nothing is decided by them. Milliseconds. */
const SKEW_MAX_MS = 1_000;
const CONNECT_MS = 5_000;

/** `config`: digest of the config that nodes are to have; undefined: it is not looked at. */
export async function examineRedis(settings: RedisSettings, config: string | undefined, clock: Clock): Promise<readonly Finding[]> {
  const open = (prefix: string): Promise<RedisBus> =>
    createRedisBus({
      settings: { ...settings, prefix },
      clock,
      random: createSystemRandom(),
      log: silentLog,
      meter: silentMeter,
      name: 'forescale:doctor',
      connectMs: CONNECT_MS,
    });
  let bus: RedisBus;
  try {
    bus = await open(settings.prefix);
  } catch (error) {
    return refusals(error);
  }
  try {
    const findings = [...(await examineServer(bus, settings)), await examineClock(bus, clock), ...(await examinePrefix(bus, config))];
    return [...findings, await rehearse(() => open(`${settings.prefix}:doctor`))];
  } finally {
    await bus.close();
  }
}

/** Why a node would not start here. */
function refusals(error: unknown): readonly Finding[] {
  if (error instanceof InputError)
    return error.problems.map(({ place, wanted, found }) => ({ what: place, state: 'ill', found, mend: `needs ${wanted}` }));
  return [{ what: 'Redis', state: 'ill', found: reasonOf(error), mend: 'let this machine reach it, or mend --bus' }];
}

async function examineServer({ state, link }: RedisBus, { replicasMin, tls }: RedisSettings): Promise<readonly Finding[]> {
  const findings: Finding[] = state.findings.map(({ setting, wanted, found }) => ({
    what: `Redis ${setting}`,
    state: 'doubtful',
    found,
    mend: `set it to ${wanted}`,
  }));
  for (const node of nodesOf(link.connections.control)) {
    const { version, replicas } = toServerFacts(textOf(await node.info()));
    const way = tls === undefined ? 'without TLS' : 'over TLS, its certificate checked';
    findings.push({ what: 'Redis', state: 'well', found: `${version}, reached ${way}` });
    if (replicas < replicasMin)
      findings.push({
        what: 'Redis replicas',
        state: 'doubtful',
        found: `${replicas}`,
        mend: `attach as many as ?replicas=${replicasMin} waits for, or a failover may forget commits`,
      });
  }
  return findings;
}

async function examineClock({ link }: RedisBus, clock: Clock): Promise<Finding> {
  const what = 'clocks of this machine and of Redis';
  const sentMs = clock.nowMs();
  const [seconds = 0, micros = 0] = await link.connections.control.time();
  // Halfway between question and answer.
  const skewMs = Math.round((sentMs + clock.nowMs()) / 2 - (seconds * 1_000 + micros / 1_000));
  const found = `${Math.abs(skewMs)} ms apart`;
  if (Math.abs(skewMs) <= SKEW_MAX_MS) return { what, state: 'well', found };
  return { what, state: 'doubtful', found, mend: 'let both follow NTP: times in records and reports do not go together' };
}

/** Keys that somebody else wrote, and a cluster that is set to something else. Reads only. */
async function examinePrefix({ link, keys }: RedisBus, config: string | undefined): Promise<readonly Finding[]> {
  const problems = new ProblemList();
  await checkTypes(link, keys, problems);
  try {
    problems.throwIfAny();
  } catch (error) {
    return refusals(error);
  }
  const what = `cluster ${keys.pattern.slice(0, -2)}`;
  const stored = await link.connections.control.hgetall(keys.cluster);
  if (stored['config'] === undefined) return [{ what, state: 'well', found: 'nobody has joined yet' }];
  const found = `pools ${stored['pools'] ?? 'unknown'}, lease ${stored['leaseMs'] ?? 'unknown'} ms`;
  if (config === undefined || config === stored['config']) return [{ what, state: 'well', found }];
  return [
    {
      what,
      state: 'doubtful',
      found: `${found}, with another config`,
      mend: 'bring the change with --new-config, or take another ?prefix',
    },
  ];
}

/** Everything that a node does to a shard, once, under a prefix of its own: what a user may not do comes out here. */
async function rehearse(open: () => Promise<RedisBus>): Promise<Finding> {
  const what = 'rights and scripts';
  try {
    const bus = await open();
    try {
      await walk(bus);
      return { what, state: 'well', found: 'all that a node needs' };
    } finally {
      await clean(bus);
      await bus.close();
    }
  } catch (error) {
    return { what, state: 'ill', found: reasonOf(error), mend: 'give the user the rights that docs/redis.md lists' };
  }
}

const SHARD = 0;

async function walk(bus: RedisBus): Promise<void> {
  const [seen] = await bus.readLeases();
  const lease = seen === undefined ? undefined : await bus.acquireLease(SHARD, 'doctor', seen);
  const entry = { shard: SHARD, to: 'pla:doctor', contentType: 'application/json', body: Buffer.from('{}'), atMs: 0 } as const;
  await bus.append([entry]);
  const [found] = await bus.readAfter([{ shard: SHARD, after: '0-0' }], 1, 10);
  if (lease === undefined) return;
  const { epoch } = lease;
  await bus.loadShard(SHARD, epoch);
  await bus.fireTimers(SHARD, epoch, []);
  await bus.relay(SHARD, epoch);
  await bus.trim(SHARD, epoch, found?.entries.at(-1)?.id ?? '0-0');
  await bus.renewLease(SHARD, 'doctor', epoch);
  await bus.releaseLease(SHARD, 'doctor', epoch);
}

async function clean({ link, keys }: RedisBus): Promise<void> {
  await link.connections.control.del(...shardKeyList(keys.shard(SHARD)));
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
