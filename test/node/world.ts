/** A small virtual world for the real node: the kernel's clock, the memory bus, a target by the book, producers with a load. */
import { createMemoryBus } from '../../src/adapters/memory/bus.ts';
import { createInlineCompute } from '../../src/adapters/compute/inline-compute.ts';
import { createNode, type ForescaleNode, type NodeOptions } from '../../src/node.ts';
import type { PoolSettings } from '../../src/actors/pool-settings.ts';
import { START, type Bus } from '../../src/ports/bus.ts';
import { silentLog } from '../../src/ports/log.ts';
import type { Meter } from '../../src/ports/meter.ts';
import type { Target } from '../../src/ports/target.ts';
import { plaAddress, pseAddress, ROOT_ADDRESS, shardOf } from '../../src/protocol/address.ts';
import { decodeMessage } from '../../src/protocol/codec.ts';
import type { AnyMessage, MessageData, MessageName } from '../../src/protocol/message.ts';
import { createKernel, type Kernel } from '../../sim/kernel/kernel.ts';
import { ABLE, callTarget, pool, START_MS, type FakeTarget } from '../actors/fixtures.ts';
import { observation } from '../actors/observations.ts';

export interface World {
  readonly kernel: Kernel;
  readonly bus: Bus;
  readonly settings: PoolSettings;
  /** Sums of counters by name, over all nodes. */
  readonly counters: Map<string, number>;
  node(name: string, given?: Partial<NodeOptions>): ForescaleNode;
  /** One interval: its time passes, then each producer tells its load (requests/s). */
  interval(node: ForescaleNode, loads: Readonly<Record<string, number>>, final?: readonly string[]): Promise<void>;
  /** Stops a node while time goes on. */
  stop(node: ForescaleNode): Promise<void>;
  /** Everything that was published on a topic under a name. */
  published<N extends MessageName>(topic: string, name: N): Promise<MessageData[N][]>;
  deadLetters(): Promise<string[]>;
}

/** One node alone: beating twice a second, for hours of virtual time, would only cost time. */
const CALM = { leaseMs: 600_000, beatMs: 120_000, leaseMarginMs: 60_000, readWaitMs: 60_000 };

export function createWorld(target: FakeTarget, settings: PoolSettings = pool(), seed = 1): World {
  const kernel = createKernel(seed, { startMs: START_MS });
  const bus = createMemoryBus({ clock: kernel.clock });
  const counters = new Map<string, number>();
  const shards = shardsOf(settings.pool);
  const meter: Meter = {
    count: (name, _labels, amount = 1) => void counters.set(name, (counters.get(name) ?? 0) + amount),
    gauge: () => {},
    observe: () => {},
  };
  let sequence = 0;
  return {
    kernel,
    bus,
    settings,
    counters,
    node: (name, given) =>
      createNode({
        name,
        bus,
        clock: kernel.clock,
        random: kernel.random.fork(name),
        log: silentLog,
        meter,
        pools: [settings],
        root: { replicasMax: Number.POSITIVE_INFINITY, priorities: {} },
        targets: () => asTarget(target, () => kernel.clock.nowMs()),
        compute: createInlineCompute(),
        settings: CALM,
        isWanted: (shard) => shards.has(shard),
        ...given,
      }),
    async interval(node, loads, final = []) {
      const startMs = kernel.clock.nowMs();
      await kernel.runFor(settings.intervalMs);
      for (const [producer, load] of Object.entries(loads)) {
        sequence += 1;
        const made = observation(settings, producer, startMs, load, final.includes(producer) ? { final: true } : {});
        await node.observe(made, { incarnation: 1, sequence });
      }
    },
    async stop(node) {
      await Promise.all([node.stop(), kernel.runFor(60_000)]);
    },
    async published(topic, name) {
      const entries = await bus.readTopic(topic, START, 100_000);
      return entries.flatMap(({ body, contentType }) => {
        const decoded = decodeMessage(body, contentType);
        if (!decoded.ok) throw new Error(`${topic}: ${JSON.stringify(decoded.error)}`);
        return isOf(decoded.message, name) ? [decoded.message.data as MessageData[typeof name]] : [];
      });
    },
    async deadLetters() {
      const letters = await Promise.all(Array.from({ length: 64 }, (_, shard) => bus.readDeadLetters(shard, START, 1_000)));
      return letters.flat().map(({ code, reason }) => `${code}: ${reason}`);
    },
  };
}

function isOf(message: AnyMessage, name: MessageName): boolean {
  return message.name === name;
}

export function asTarget(target: FakeTarget, nowMs: () => number): Target {
  const call = async (executor: string, args: unknown): Promise<never> => {
    const result = callTarget(target, { kind: 'execute', id: '', executor, args, notAfterMs: 0 }, nowMs());
    if (result === undefined) return new Promise(() => {});
    if (result.ok) return { ok: true, value: result.value } as never;
    const { code, message, detail } = result.error;
    return { ok: false, error: { ...(detail as object), code, message } } as never;
  };
  return {
    kind: 'fake',
    capabilities: ABLE,
    get: (name) => call('target.get', { pool: name }),
    scale: (request) => call('target.scale', request),
  };
}

/** The shards that a pool of up to ten producers lives in: sixty-four for one pool would mostly hold nothing. */
function shardsOf(name: string): ReadonlySet<number> {
  const producers = Array.from({ length: 10 }, (_, i) => plaAddress(name, `p${i}`));
  return new Set([plaAddress(name, null), pseAddress(name), ROOT_ADDRESS, ...producers].map(shardOf));
}
