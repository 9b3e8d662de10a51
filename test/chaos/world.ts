/** Everything of one chaos run: Redis with its Sentinels, the target, the nodes, the producers, and eyes that no fault blinds. */
import type { RedisBus } from '../../src/adapters/redis/bus.ts';
import type { FailoverProfile } from '../../src/cluster.ts';
import { compareEntryIds, START, type EntryId } from '../../src/ports/bus.ts';
import { sleep } from '../../src/ports/clock.ts';
import { SHARD_COUNT } from '../../src/protocol/address.ts';
import { decodeMessage } from '../../src/protocol/codec.ts';
import { clock, openBus } from '../adapters/redis/open.ts';
import { Member } from './member.ts';
import { startRedis, type RedisGroup } from './redis.ts';
import { startTarget, type ChaosTarget } from './target.ts';

export const NODES_MAX = 5;

export class ChaosWorld {
  readonly redis: RedisGroup;
  readonly target: ChaosTarget;
  readonly bus: RedisBus;
  readonly producer: Member;
  readonly #failover: FailoverProfile;
  readonly #logs: string | undefined;
  readonly #nodes = new Set<Member>();
  /** Nodes that ended though nobody ended them. */
  readonly surprises: string[] = [];
  /** `generation/replicas` of every decision that was seen. */
  readonly decided = new Set<string>();
  /** Whether nodes that join from now on run the next build. */
  isUpgraded = false;
  #births = 0;
  #seenTo: EntryId = START;

  private constructor(redis: RedisGroup, target: ChaosTarget, bus: RedisBus, producer: Member, failover: FailoverProfile, logs?: string) {
    this.redis = redis;
    this.target = target;
    this.bus = bus;
    this.producer = producer;
    this.#failover = failover;
    this.#logs = logs;
  }

  static async start(nodes: number, failover: FailoverProfile, logs?: string): Promise<ChaosWorld> {
    const [redis, target] = await Promise.all([startRedis(logs), startTarget()]);
    const bus = await openBus(redis.url);
    const producer = await Member.start({
      name: 'producer',
      program: 'producer-program.ts',
      redisPorts: redis.ports,
      targetPort: target.port,
      order: () => ({ bus: redis.url }),
      logs,
    });
    const world = new ChaosWorld(redis, target, bus, producer, failover, logs);
    await Promise.all(Array.from({ length: nodes }, () => world.join().then(({ joined }) => joined)));
    await producer.joined;
    return world;
  }

  get nodes(): readonly Member[] {
    return [...this.#nodes];
  }

  /** Starts a node. One that cannot begin, because Redis is away, is begun again, as whoever runs processes does. */
  async join(): Promise<Member> {
    this.#births += 1;
    const name = `n${this.#births}`;
    const isNext = this.isUpgraded;
    const member = await Member.start({
      name,
      program: 'node-program.ts',
      redisPorts: this.redis.ports,
      targetPort: this.target.port,
      order: (port) => ({ name, bus: this.redis.url, api: `http://127.0.0.1:${port}`, failover: this.#failover, isNext }),
      logs: this.#logs,
    });
    this.#nodes.add(member);
    void this.#outlive(member);
    return member;
  }

  async #outlive(member: Member): Promise<void> {
    const code = await member.exited;
    this.#nodes.delete(member);
    if (member.isEnding) return;
    if (member.hasJoined) this.surprises.push(`${member.name} ended with ${code}:\n  ${member.errors.slice(-12).join('\n  ')}`);
    await this.join();
  }

  /** Cursors of all shards, as their owners committed them last; undefined while Redis is away. */
  async cursors(): Promise<readonly EntryId[] | undefined> {
    const { link, keys } = this.bus;
    const { control } = link.connections;
    const read = async (shard: number): Promise<EntryId> => (await control.hget(keys.shard(shard).meta, 'cursor')) ?? START;
    return Promise.all(Array.from({ length: SHARD_COUNT }, (_, shard) => read(shard))).catch(() => undefined);
  }

  /** Milliseconds until each shard has been committed to anew, ascending. Throws after a while. */
  async untilAllWork(withinMs: number): Promise<readonly number[]> {
    const beganMs = clock.monotonicMs();
    let from = await this.cursors();
    const tookMs = new Map<number, number>();
    while (tookMs.size < SHARD_COUNT) {
      const passedMs = clock.monotonicMs() - beganMs;
      if (passedMs > withinMs) throw new Error(await this.#standstill(from, tookMs));
      const now = await this.cursors();
      from ??= now;
      now?.forEach((cursor, shard) => {
        // A failover may have taken it back: then it works when it moves on from there.
        const before = from?.[shard] ?? START;
        if (!tookMs.has(shard) && compareEntryIds(cursor, before) > 0) tookMs.set(shard, passedMs);
      });
      await sleep(clock, 20);
    }
    return [...tookMs.values()].sort((a, b) => a - b);
  }

  /** Who holds what stands still, and where. */
  async #standstill(from: readonly EntryId[] | undefined, works: ReadonlyMap<number, number>): Promise<string> {
    const { link, keys } = this.bus;
    const leases = await this.bus.readLeases().catch(() => []);
    const still = leases.filter(({ shard }) => !works.has(shard));
    const lines = still.map(async ({ shard, owner, epoch }) => {
      const { in: stream, meta } = keys.shard(shard);
      const [cursor, last] = [
        await link.connections.control.hget(meta, 'cursor'),
        await link.connections.control.xrevrange(stream, '+', '-', 'COUNT', 1),
      ];
      return `shard ${shard} of ${owner}, epoch ${epoch}: was at ${from?.[shard]}, is at ${cursor}, its stream ends at ${last[0]?.[0]}`;
    });
    return `only ${works.size} of ${SHARD_COUNT} shards work\n${(await Promise.all(lines)).join('\n')}`;
  }

  /** Reads what was decided since the last look. */
  async watchDecisions(): Promise<void> {
    const found = await this.bus.readTopic('decisions', this.#seenTo, 1_000).catch(() => []);
    for (const { id, body, contentType } of found) {
      this.#seenTo = id;
      const decoded = decodeMessage(body, contentType);
      if (!decoded.ok || decoded.message.name !== 'decision') continue;
      const { plan, action } = decoded.message.data;
      const generation = Number(action?.split('/').at(-1));
      if (action !== null) this.decided.add(`${generation}/${plan.replicas}`);
    }
  }

  heal(): void {
    this.target.server.interfere = () => undefined;
    for (const member of [...this.#nodes, this.producer]) member.heal();
    for (const server of this.redis.servers) server.signal('SIGCONT');
  }

  async close(): Promise<void> {
    const members = [...this.#nodes, this.producer];
    for (const member of members) {
      member.isEnding = true;
      member.child.kill('SIGKILL');
    }
    await Promise.all(members.map(({ exited }) => exited));
    await this.bus.close();
    await Promise.all([this.redis.dispose(), this.target.close()]);
  }
}
