/** Leases in virtual time on the memory bus, with clocks that do what they like. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKernel, type Kernel } from '../../sim/kernel/kernel.ts';
import { createMemoryBus } from '../../src/adapters/memory/bus.ts';
import type { Bus, Lease } from '../../src/ports/bus.ts';
import { silentLog } from '../../src/ports/log.ts';
import { silentMeter } from '../../src/ports/meter.ts';
import type { Tenure } from '../../src/runtime/context.ts';
import { LeaseKeeper, type IsUrgent, type IsWanted, type LeaseListener } from '../../src/runtime/leases.ts';
import { Pacer } from '../../src/runtime/pacer.ts';
import { Tap } from '../../src/runtime/tap.ts';
import { ShardNotices } from '../../src/runtime/shard-notices.ts';
import { RUNTIME_DEFAULTS } from '../../src/runtime/settings.ts';

interface Node {
  readonly keeper: LeaseKeeper;
  readonly held: Map<number, Tenure>;
  readonly lost: string[];
  stop(): void;
}

const FIRST_ONLY: IsWanted = (shard) => shard === 0;

function node(kernel: Kernel, bus: Bus, owner: string, isWanted: IsWanted = FIRST_ONLY, isUrgent?: IsUrgent): Node {
  const { clock } = kernel;
  const held = new Map<number, Tenure>();
  const lost: string[] = [];
  const context = {
    bus,
    clock,
    log: silentLog,
    notices: new ShardNotices(clock, silentLog),
    meter: silentMeter,
    random: kernel.random.fork(owner),
    behaviors: new Map(),
    executors: {},
    settings: RUNTIME_DEFAULTS,
    pacer: new Pacer(clock, 5),
    tap: new Tap(),
  };
  const listener: LeaseListener = {
    acquired: (tenure) => void held.set(tenure.shard, tenure),
    lost: (tenure, reason) => {
      held.delete(tenure.shard);
      lost.push(reason);
    },
    unwanted: (tenure) => {
      held.delete(tenure.shard);
      void keeper.release(tenure);
    },
    answered: () => undefined,
  };
  const keeper = new LeaseKeeper(context, owner, isWanted, listener, isUrgent);
  const stop = new AbortController();
  void keeper.round().then(() => keeper.run(stop.signal));
  return { keeper, held, lost, stop: () => stop.abort() };
}

const leaseOf = async (bus: Bus): Promise<Lease | undefined> => (await bus.readLeases())[0];

test('leases: one of two nodes holds a shard, and goes on holding it', async () => {
  const kernel = createKernel(1, { startMs: 0 });
  const bus = createMemoryBus({ clock: kernel.clock });
  const a = node(kernel, bus, 'a');
  await kernel.runFor(100);
  const b = node(kernel, bus, 'b');
  await kernel.runFor(60_000);
  assert.deepEqual([a.held.size, b.held.size, a.lost], [1, 0, []]);
  assert.equal((await leaseOf(bus))?.epoch, 1);
});

test('leases: the shard of a node that died is taken after its beat stood still, with the next epoch', async () => {
  const kernel = createKernel(2, { startMs: 0 });
  const bus = createMemoryBus({ clock: kernel.clock });
  const a = node(kernel, bus, 'a');
  const b = node(kernel, bus, 'b');
  await kernel.runFor(5_000);
  a.keeper.abandon();
  a.stop();
  await kernel.runFor(RUNTIME_DEFAULTS.leaseMs - RUNTIME_DEFAULTS.beatMs - 1);
  assert.equal(b.held.size, 0, 'not before');
  await kernel.runFor(2 * RUNTIME_DEFAULTS.beatMs + 1);
  assert.equal(b.held.get(0)?.epoch, 2);
});

test('leases: a node whose beats do not arrive has stopped by its own clock before another takes over', async () => {
  const kernel = createKernel(3, { startMs: 0 });
  const bus = createMemoryBus({ clock: kernel.clock });
  const a = node(kernel, bus, 'a');
  const b = node(kernel, bus, 'b');
  await kernel.runFor(2_000);
  const tenure = a.held.get(0);
  assert.ok(tenure?.isHeld());
  const renew = bus.renewLease.bind(bus);
  bus.renewLease = (shard, owner, epoch) => (owner === 'a' ? new Promise(() => {}) : renew(shard, owner, epoch));
  let tookMs = 0;
  let gaveUpMs = 0;
  for (let ms = 0; ms < 8_000; ms += 10) {
    await kernel.runFor(10);
    if (gaveUpMs === 0 && !tenure?.isHeld()) gaveUpMs = ms;
    if (tookMs === 0 && b.held.size === 1) tookMs = ms;
    assert.ok(!(b.held.size === 1 && tenure?.isHeld()), 'both hold it');
  }
  assert.ok(gaveUpMs > 0 && tookMs > gaveUpMs, `gave up at ${gaveUpMs}, taken at ${tookMs}`);
  assert.ok(a.lost.length === 1 && /ran out/.test(a.lost[0] ?? ''), a.lost.join());
});

test('leases: a node that drains gives its shards up, and another takes them with its next look', async () => {
  const kernel = createKernel(4, { startMs: 0 });
  const bus = createMemoryBus({ clock: kernel.clock });
  const a = node(kernel, bus, 'a');
  const b = node(kernel, bus, 'b');
  await kernel.runFor(2_000);
  a.keeper.stopTaking();
  await Promise.all([...a.held.values()].map((tenure) => a.keeper.release(tenure)));
  assert.equal(a.keeper.held, 0);
  assert.equal((await leaseOf(bus))?.owner, '');
  await kernel.runFor(RUNTIME_DEFAULTS.beatMs + 10);
  assert.equal(b.held.get(0)?.epoch, 2);
  await kernel.runFor(10_000);
  assert.equal(a.keeper.held, 0, 'it takes no more');
});

test("leases: a shard that should be another node's by now is told once, and free when it was put away", async () => {
  const kernel = createKernel(5, { startMs: 0 });
  const bus = createMemoryBus({ clock: kernel.clock });
  let wanted = true;
  const a = node(kernel, bus, 'a', (shard) => wanted && shard === 0);
  await kernel.runFor(1_000);
  assert.equal(a.held.size, 1);
  wanted = false;
  await kernel.runFor(1_000);
  assert.deepEqual([a.held.size, a.keeper.held, a.lost, (await leaseOf(bus))?.owner], [0, 0, [], '']);
});

test("leases: a shard that is this node's again once it was put away is taken back at the next look", async () => {
  const kernel = createKernel(6, { startMs: 0 });
  const bus = createMemoryBus({ clock: kernel.clock });
  let wanted = true;
  const a = node(kernel, bus, 'a', (shard) => wanted && shard === 0);
  await kernel.runFor(RUNTIME_DEFAULTS.beatMs - 1);
  wanted = false;
  await kernel.runFor(2);
  assert.equal(a.held.size, 0);
  wanted = true;
  await kernel.runFor(RUNTIME_DEFAULTS.lookMs + 1);
  assert.equal(a.held.size, 1);
});

test('leases: when the answer to taking one is lost, it is found by its own name and held', async () => {
  const kernel = createKernel(6, { startMs: 0 });
  const bus = createMemoryBus({ clock: kernel.clock });
  const acquire = bus.acquireLease.bind(bus);
  let losses = 1;
  bus.acquireLease = async (...args) => {
    const taken = await acquire(...args);
    if (losses > 0) {
      losses -= 1;
      throw new Error('the connection broke');
    }
    return taken;
  };
  const a = node(kernel, bus, 'a');
  await kernel.runFor(2_000);
  assert.equal(a.held.get(0)?.epoch, 2, 'taken anew: what the first one did is fenced');
});

test('leases: a bus that fails now and then ends neither the beating nor the tenure', async () => {
  const kernel = createKernel(7, { startMs: 0 });
  const bus = createMemoryBus({ clock: kernel.clock });
  const read = bus.readLeases.bind(bus);
  let calls = 0;
  bus.readLeases = () => (++calls % 3 === 0 ? Promise.reject(new Error('not now')) : read());
  const a = node(kernel, bus, 'a');
  const b = node(kernel, bus, 'b');
  await kernel.runFor(120_000);
  assert.equal(a.held.size + b.held.size, 1);
  assert.deepEqual([...a.lost, ...b.lost], []);
  const [lease] = await read();
  assert.ok((lease?.beat ?? 0) > 100);
});

test('leases: while shards change hands they are looked at between the beats, too', async () => {
  const kernel = createKernel(9, { startMs: 0 });
  const bus = createMemoryBus({ clock: kernel.clock });
  const a = node(kernel, bus, 'a');
  await kernel.runFor(100);
  let isUrgent = false;
  const b = node(kernel, bus, 'b', FIRST_ONLY, () => isUrgent);
  await kernel.runFor(10_000);
  const timesOfTaking = async (): Promise<number> => {
    const beganMs = kernel.clock.monotonicMs();
    a.keeper.stopTaking();
    await Promise.all([...a.held.values()].map((tenure) => a.keeper.release(tenure)));
    for (let waited = 0; waited < 1_000 && b.held.size === 0; waited += 10) await kernel.runFor(10);
    return kernel.clock.monotonicMs() - beganMs;
  };
  isUrgent = true;
  await kernel.runFor(2 * RUNTIME_DEFAULTS.beatMs);
  const tookMs = await timesOfTaking();
  assert.ok(tookMs <= RUNTIME_DEFAULTS.lookMs + 20, `taken after ${tookMs} ms`);
});
