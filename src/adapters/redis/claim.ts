/** Whether this node fits to the cluster under its prefix: the same storage, shards, leases and config, a protocol next to its own. */
import type { Members } from '../../ports/members.ts';
import { sleep, type Clock } from '../../ports/clock.ts';
import { ProblemList } from '../../problems.ts';
import { SHARD_COUNT } from '../../protocol/address.ts';
import { toBusError } from './failure.ts';
import { SHARD_KEY_TYPES, shardKeyList, type Keys } from './keys.ts';
import type { RedisLink } from './link.ts';
import { eachPair } from './reply.ts';
import { runScript } from './scripts.ts';

/** Rises when what is stored, or where, is not what the build before could read. */
export const STORAGE_LAYOUT = 1;
/** A build reads the messages of the version before and of the one after its own: so a cluster is upgraded node by node. */
const PROTOCOL_DISTANCE_MAX = 1;

export interface Claim {
  readonly name: string;
  readonly protocolVersion: number;
  readonly leaseMs: number;
  readonly beatMs: number;
  /** Digest of the config, and the pools in it. */
  readonly config: string;
  readonly pools: readonly string[];
  /** Join with another config than the living nodes have: for bringing a change to all, one after the other. */
  readonly isNewConfig: boolean;
  /** A pool whose target only this node reaches. */
  readonly localPool?: string | undefined;
}

/** @throws InputError with everything that does not fit. Nothing was changed then. */
export async function claimCluster(link: RedisLink, keys: Keys, members: Members, clock: Clock, claim: Claim): Promise<void> {
  const problems = new ProblemList();
  await checkTypes(link, keys, problems);
  problems.throwIfAny();
  const stored = await readSettings(link, keys, claim, false);
  const prefix = keys.pattern.slice(0, -2);
  const compare = (field: string, what: string, own: number): void => {
    const found = stored.get(field);
    if (found !== String(own)) problems.add(`cluster "${prefix}": ${what}`, String(own), found ?? 'nothing: not written by Forescale');
  };
  compare('layout', 'storage layout', STORAGE_LAYOUT);
  compare('shards', 'shards', SHARD_COUNT);
  compare('leaseMs', 'lease, milliseconds', claim.leaseMs);
  compare('beatMs', 'beat, milliseconds', claim.beatMs);
  problems.throwIfAny();

  const isOther = stored.get('config') !== claim.config;
  const living = await othersAlive(members, clock, claim, isOther || claim.localPool !== undefined);
  const [neighbour] = living;
  if (neighbour !== undefined && claim.localPool !== undefined)
    problems.add(
      `pool ${claim.localPool}: target`,
      'one that all nodes reach',
      `local processes of one node, while node ${neighbour.name} lives`,
    );
  for (const { name, protocolVersion } of living) {
    if (Math.abs(protocolVersion - claim.protocolVersion) > PROTOCOL_DISTANCE_MAX)
      problems.add(
        `node ${name}: protocol version`,
        `at most ${PROTOCOL_DISTANCE_MAX} away from ${claim.protocolVersion}`,
        String(protocolVersion),
      );
  }
  if (isOther && living.length > 0 && !claim.isNewConfig) {
    const found = `pools ${stored.get('pools') ?? 'unknown'} (${living.length} ${living.length === 1 ? 'node lives' : 'nodes live'})`;
    problems.add(
      `cluster "${prefix}": config`,
      `the config of its living nodes, or --new-config to bring a change to all, or another ?prefix for another cluster`,
      `${found}; here ${claim.pools.join(', ')}`,
    );
  }
  problems.throwIfAny();
  if (isOther) await readSettings(link, keys, claim, true);
}

/** Keys under the prefix that hold something else than we write there. */
export async function checkTypes({ connections: { control } }: RedisLink, keys: Keys, problems: ProblemList): Promise<void> {
  const wanted: [string, string][] = [
    [keys.cluster, 'hash'],
    [keys.members, 'hash'],
    [keys.blobs, 'hash'],
    [keys.blobOrder, 'zset'],
  ];
  for (let shard = 0; shard < SHARD_COUNT; shard++) {
    const types = Object.values(SHARD_KEY_TYPES);
    shardKeyList(keys.shard(shard)).forEach((key, index) => wanted.push([key, types[index] ?? 'hash']));
  }
  try {
    const found = await Promise.all(wanted.map(([key]) => control.type(key)));
    wanted.forEach(([key, type], index) => {
      const present = found[index] ?? 'none';
      if (present !== 'none' && present !== type)
        problems.add(`Redis key ${key}`, `a ${type}, or nothing`, `a ${present}, written by somebody else`);
    });
  } catch (error) {
    throw toBusError(error);
  }
}

async function readSettings(link: RedisLink, keys: Keys, claim: Claim, overwrite: boolean): Promise<ReadonlyMap<string, string>> {
  const fields = {
    layout: STORAGE_LAYOUT,
    shards: SHARD_COUNT,
    leaseMs: claim.leaseMs,
    beatMs: claim.beatMs,
    config: claim.config,
    pools: claim.pools.join(', '),
  };
  const stored = new Map<string, string>();
  try {
    const args = [overwrite ? '1' : '', ...Object.entries(fields).flat()];
    eachPair(await runScript(link.connections.control, 'claim-cluster', [keys.cluster], args), (field, value) =>
      stored.set(field, value.toString()),
    );
  } catch (error) {
    throw toBusError(error);
  }
  return stored;
}

/** Other nodes whose beat goes on. Only a difference is worth the time to see it. */
async function othersAlive(members: Members, clock: Clock, { name, protocolVersion, beatMs }: Claim, mustKnow: boolean) {
  const before = (await members.read()).filter((note) => note.name !== name);
  const isStrange = before.some((note) => note.protocolVersion !== protocolVersion);
  if (before.length === 0 || (!mustKnow && !isStrange)) return [];
  await sleep(clock, 2.5 * beatMs);
  const beats = new Map(before.map((note) => [note.name, note.beat]));
  return (await members.read()).filter((note) => note.name !== name && !note.isLeaving && beats.get(note.name) !== note.beat);
}
