/** Several nodes in virtual time: who holds which shard as nodes come, die, go and get slow. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKernel, type Kernel } from '../../sim/kernel/kernel.ts';
import { createRandom } from '../../src/adapters/system/random.ts';
import { createMemoryBus } from '../../src/adapters/memory/bus.ts';
import { createMemoryMembers } from '../../src/adapters/memory/members.ts';
import type { Bus } from '../../src/ports/bus.ts';
import { silentLog } from '../../src/ports/log.ts';
import type { Members } from '../../src/ports/members.ts';
import { silentMeter } from '../../src/ports/meter.ts';
import { Membership } from '../../src/runtime/membership.ts';
import { createRuntime, type Runtime } from '../../src/runtime/runtime.ts';
import { RUNTIME_DEFAULTS } from '../../src/runtime/settings.ts';

interface World {
  readonly kernel: Kernel;
  readonly bus: Bus;
  readonly members: Members;
}

interface Node {
  readonly name: string;
  readonly runtime: Runtime;
  readonly membership: Membership;
  weight: number;
  leave(): Promise<void>;
  die(): void;
}

function world(seed: number): World {
  const kernel = createKernel(seed, { startMs: 0 });
  return { kernel, bus: createMemoryBus({ clock: kernel.clock }), members: createMemoryMembers() };
}

/** `apartMs` lie between its beats as a member and those of its leases. */
async function join({ kernel, bus, members }: World, name: string, { weight = 1, apartMs = 0 } = {}): Promise<Node> {
  const { clock } = kernel;
  const note = { name, build: 'test', protocolVersion: 1, config: 'c', startedAtMs: 0, atMs: 0, isReady: true, eventLoopDelayMs: 0 };
  const describe = () => ({ ...note, weight: node.weight, shards: runtime.shards.length });
  const membership = new Membership({ name, members, clock, log: silentLog, describe });
  const runtime = createRuntime({
    owner: name,
    bus,
    clock,
    random: kernel.random.fork(name),
    log: silentLog,
    meter: silentMeter,
    behaviors: [],
    executors: {},
    isWanted: membership.isWanted,
    isUrgent: membership.isUrgent,
  });
  const stop = new AbortController();
  const node: Node = {
    name,
    runtime,
    membership,
    weight,
    async leave() {
      await membership.leave();
      await runtime.drain();
      stop.abort();
      await membership.forget();
    },
    die() {
      stop.abort();
      runtime.crash();
    },
  };
  await membership.tell();
  void membership.run(stop.signal);
  if (apartMs > 0) await kernel.runFor(apartMs);
  await runtime.start();
  return node;
}

const held = (nodes: readonly Node[]): number[] => nodes.map(({ runtime }) => runtime.shards.length);

/** Lets time pass, and notes for how long shards are nobody's. */
async function watch(current: World, durationMs: number): Promise<number> {
  const { kernel, bus } = current;
  const freeMs = new Map<number, number>();
  let longestMs = 0;
  for (let passed = 0; passed < durationMs; passed += 10) {
    await kernel.runFor(10);
    for (const { shard, owner } of await bus.readLeases()) {
      const free = owner === '' ? (freeMs.get(shard) ?? 0) + 10 : 0;
      freeMs.set(shard, free);
      longestMs = Math.max(longestMs, free);
    }
  }
  return longestMs;
}

test('membership: a node alone holds everything, and a second one gets its share without a shard standing still for long', async () => {
  const current = world(1);
  const a = await join(current, 'a');
  await current.kernel.runFor(2_000);
  assert.deepEqual(held([a]), [64]);
  const b = await join(current, 'b');
  const gapMs = await watch(current, 20_000);
  const [ofA = 0, ofB = 0] = held([a, b]);
  assert.equal(ofA + ofB, 64);
  assert.ok(ofB >= 16 && ofB <= 48, `${ofB} shards`);
  assert.deepEqual([a.membership.wanted, b.membership.wanted], [ofA, ofB]);
  assert.ok(gapMs <= 250, `a shard was nobody's for ${gapMs} ms`);
});

test('membership: not more than a quarter of the shards moves within a round', async () => {
  const current = world(2);
  const a = await join(current, 'a');
  await current.kernel.runFor(5_000);
  await join(current, 'b', { weight: 15 });
  let before = 64;
  let most = 0;
  for (let round = 0; round < 10; round++) {
    await current.kernel.runFor(4 * RUNTIME_DEFAULTS.beatMs);
    most = Math.max(most, before - a.runtime.shards.length);
    before = a.runtime.shards.length;
  }
  assert.ok(before <= 12, `${before} left of 64`);
  assert.ok(most <= 32, `${most} moved within one round`);
});

test('membership: the shards of a node that dies are taken by the others, and only those', async () => {
  const current = world(3);
  const nodes = [await join(current, 'a'), await join(current, 'b'), await join(current, 'c')];
  await current.kernel.runFor(30_000);
  const [a, b, c] = nodes as [Node, Node, Node];
  const before = new Set(b.runtime.shards);
  c.die();
  await current.kernel.runFor(RUNTIME_DEFAULTS.leaseMs + 2 * RUNTIME_DEFAULTS.beatMs);
  assert.equal(a.runtime.shards.length + b.runtime.shards.length, 64);
  assert.ok([...before].every((shard) => b.runtime.shards.includes(shard)));
  await current.kernel.runFor(25 * RUNTIME_DEFAULTS.leaseMs);
  assert.deepEqual((await current.members.read()).map(({ name }) => name).sort(), ['a', 'b'], 'its note is removed in the end');
});

test('membership: a node that leaves hands its shards over one by one, each for a moment', async () => {
  const current = world(4);
  const nodes = [await join(current, 'a'), await join(current, 'b'), await join(current, 'c')];
  await current.kernel.runFor(30_000);
  const left = nodes[0]?.leave();
  const gapMs = await watch(current, 5_000);
  await left;
  assert.deepEqual(held(nodes)[0], 0);
  assert.equal((held(nodes)[1] ?? 0) + (held(nodes)[2] ?? 0), 64);
  assert.ok(gapMs <= 200, `a shard was nobody's for ${gapMs} ms`);
});

test('membership: whenever a node leaves between its beats and those of others, no shard is nobody’s for half a second', async () => {
  for (const afterMs of [0, 110, 220, 330, 440, 460, 480]) {
    const current = world(4);
    const a = await join(current, 'a');
    await current.kernel.runFor(450);
    const nodes = [await join(current, 'b'), await join(current, 'c')];
    await current.kernel.runFor(30_050 + afterMs);
    void a.leave();
    const gapMs = await watch(current, 5_000);
    assert.equal((held(nodes)[0] ?? 0) + (held(nodes)[1] ?? 0), 64);
    assert.ok(gapMs <= 200, `${afterMs} ms after its beat it left, and a shard was nobody's for ${gapMs} ms`);
  }
});

test('membership: a node that leaves takes what others hand to it, who have not heard of that yet', async () => {
  for (const afterMs of [2_000, 2_100, 2_200, 2_300, 2_400]) {
    const current = world(10);
    const a = await join(current, 'a', { apartMs: 250 });
    await current.kernel.runFor(30_000);
    const b = await join(current, 'b');
    await current.kernel.runFor(afterMs);
    void b.leave();
    const gapMs = await watch(current, 5_000);
    assert.deepEqual(held([a]), [64]);
    assert.ok(gapMs <= 200, `${afterMs} ms after it had joined it left, and a shard was nobody's for ${gapMs} ms`);
  }
});

test('membership: what is handed to a node that has just joined is not left to one that has died meanwhile', async () => {
  const current = world(7);
  const nodes = [await join(current, 'a'), await join(current, 'b'), await join(current, 'c')];
  await current.kernel.runFor(30_000);
  nodes[2]?.die();
  await current.kernel.runFor(RUNTIME_DEFAULTS.leaseMs + 2 * RUNTIME_DEFAULTS.beatMs);
  const d = await join(current, 'd');
  const gapMs = await watch(current, 10_000);
  assert.equal(d.runtime.shards.length, d.membership.wanted);
  assert.ok(d.runtime.shards.length > 0);
  assert.ok(gapMs <= 200, `a shard was nobody's for ${gapMs} ms`);
});

test('membership: what a node hands over while another joins that does not know who is dead is nobody’s for a moment only', async () => {
  for (const afterMs of [0, 150, 300, 450, 600]) {
    const current = world(8);
    const [a, b, c] = [await join(current, 'a'), await join(current, 'b'), await join(current, 'c')];
    await current.kernel.runFor(30_000);
    c.die();
    await current.kernel.runFor(RUNTIME_DEFAULTS.leaseMs + 2 * RUNTIME_DEFAULTS.beatMs);
    void a.leave();
    await current.kernel.runFor(afterMs);
    const d = await join(current, 'd');
    const gapMs = await watch(current, 15_000);
    assert.deepEqual(held([b, d]), [b.membership.wanted, d.membership.wanted]);
    assert.ok(d.runtime.shards.length > 0);
    assert.ok(gapMs <= 400, `d joined ${afterMs} ms after a said that it leaves, and a shard was nobody's for ${gapMs} ms`);
  }
});

test('membership: a beat of a dead node that comes late makes nobody hand shards over to it', async () => {
  const current = world(9);
  const nodes = [await join(current, 'a'), await join(current, 'b'), await join(current, 'c')];
  await current.kernel.runFor(30_000);
  const [a, b, c] = nodes as [Node, Node, Node];
  c.die();
  await current.kernel.runFor(2 * RUNTIME_DEFAULTS.leaseMs);
  const left = (await current.members.read()).find(({ name }) => name === 'c');
  assert.ok(left);
  await current.members.beat({ ...left, beat: left.beat + 1 });
  const gapMs = await watch(current, 3 * RUNTIME_DEFAULTS.leaseMs);
  assert.equal(gapMs, 0, `a shard was nobody's for ${gapMs} ms`);
  assert.deepEqual(held([a, b]), [a.membership.wanted, b.membership.wanted]);
});

test('membership: a node that gets slow hands shards over by itself, and gets them back', async () => {
  const current = world(5);
  const [a, b] = [await join(current, 'a'), await join(current, 'b')];
  await current.kernel.runFor(30_000);
  const [before = 0] = held([a]);
  a.weight = 0.1;
  await current.kernel.runFor(30_000);
  const [slow = 0] = held([a]);
  assert.ok(slow < before / 2, `${slow} of ${before}`);
  a.weight = 1;
  await current.kernel.runFor(30_000);
  assert.deepEqual(held([a, b]), [before, 64 - before]);
});

test('membership: a node that starts does not take shards from those that it has not heard yet', async () => {
  const current = world(6);
  const a = await join(current, 'a');
  await current.kernel.runFor(10_000);
  a.die();
  await join(current, 'b');
  const b = await join(current, 'c');
  await current.kernel.runFor(500);
  assert.equal(b.runtime.shards.length, 0);
  await current.kernel.runFor(5_000);
  assert.ok(b.runtime.shards.length > 0);
});

test('membership: the shards of a dead node wait for nobody who joined after it died', async () => {
  for (const joinedMs of [500, 1_500, 2_500]) {
    const all = world(joinedMs);
    const { kernel, bus } = all;
    const nodes = [await join(all, 'a'), await join(all, 'b'), await join(all, 'c')];
    await kernel.runFor(20_000);
    nodes.pop()?.die();
    await kernel.runFor(joinedMs);
    nodes.push(await join(all, 'd'));
    // Three seconds until it counts as dead, a beat that was on its way, a look, and the moment that is left to the owner.
    await kernel.runFor(4_200 - joinedMs);
    const dead = (await bus.readLeases()).filter(({ owner }) => owner === 'c').length;
    assert.equal(dead, 0, `one joined ${joinedMs} ms after: ${dead} shards are held by nobody`);
    await kernel.runFor(20_000);
    assert.equal(
      held(nodes).reduce((sum, count) => sum + count, 0),
      64,
    );
    assert.ok(Math.min(...held(nodes)) > 10, 'and everyone has its share in the end');
    for (const node of nodes) node.die();
  }
});

test('membership: who was cut off does not take a node for alive that beat meanwhile and has died', async () => {
  const current = world(12);
  const { kernel, members } = current;
  let isCut = false;
  const cutOff: Members = { ...members, beat: (note) => (isCut ? Promise.reject(new Error('cut off')) : members.beat(note)) };
  const a = await join({ ...current, members: cutOff }, 'a');
  const b = await join(current, 'b');
  const c = await join(current, 'c');
  await kernel.runFor(6_000);
  isCut = true;
  await kernel.runFor(2_000);
  b.die();
  await kernel.runFor(4_000);
  isCut = false;
  await kernel.runFor(2_000);
  assert.deepEqual(
    a.membership.living.map(({ name }) => name),
    ['a', 'c'],
  );
  assert.deepEqual(
    [a.membership.wanted, c.membership.wanted].reduce((sum, wanted) => sum + wanted, 0),
    64,
  );
});

test('membership: who takes a shard of a dead node keeps it until all know that it is dead', async () => {
  const current = world(14);
  const { kernel, members } = current;
  let isCut = false;
  const cutOff: Members = { ...members, beat: (note) => (isCut ? Promise.reject(new Error('cut off')) : members.beat(note)) };
  await join({ ...current, members: cutOff }, 'a');
  const c = await join(current, 'c');
  await kernel.runFor(10_000);
  c.die();
  await kernel.runFor(1_400);
  await join(current, 'b');
  await join(current, 'd');
  await kernel.runFor(500);
  // A beat that was long under way: b and d take c for alive for a whole lease from now on, a, which was cut off, does not.
  isCut = true;
  await kernel.runFor(1_100);
  const last = (await members.read()).find(({ name }) => name === 'c');
  assert.ok(last !== undefined);
  await members.beat({ ...last, beat: last.beat + 1 });
  await kernel.runFor(300);
  isCut = false;
  const gapMs = await watch(current, 4 * RUNTIME_DEFAULTS.leaseMs);
  assert.ok(gapMs <= 500, `a shard was nobody's for ${gapMs} ms`);
});

test('membership: nothing is handed to a node that has fallen silent', async () => {
  for (const diesMs of [2_200, 2_300, 2_400]) {
    const current = world(15);
    const a = await join(current, 'a');
    await current.kernel.runFor(10_000);
    const c = await join(current, 'c', { weight: 5 });
    await current.kernel.runFor(diesMs);
    c.die();
    const gapMs = await watch(current, 3 * RUNTIME_DEFAULTS.leaseMs);
    assert.deepEqual(held([a]), [64]);
    assert.ok(gapMs <= 200, `it died ${diesMs} ms after it had joined, and a shard was nobody's for ${gapMs} ms`);
  }
});

test('membership: a beat that comes late does not take back that a node leaves', async () => {
  const current = world(13);
  const { kernel, members } = current;
  const a = await join(current, 'a');
  const b = await join(current, 'b');
  await kernel.runFor(5_000);
  const early = (await members.read()).find(({ name }) => name === 'b');
  assert.ok(early !== undefined);
  void b.leave();
  await kernel.runFor(600);
  await members.beat(early);
  await a.membership.tell();
  assert.equal(a.membership.wanted, 64);
});

/** How long the shards of a node that dies are held by nobody who lives, while another node joins. All that counts is drawn. */
async function takeoverMs(seed: number): Promise<number> {
  const current = world(seed);
  const { kernel, bus } = current;
  const random = createRandom(`takeover/${seed}`);
  const nodes: Node[] = [];
  for (let place = 2 + random.int(4); place > 0; place--) {
    nodes.push(await join(current, `s${seed}n${place}`));
    await kernel.runFor(5_000 * random.next());
  }
  await kernel.runFor(6_000 * random.next());
  const [victim] = nodes.splice(random.int(nodes.length), 1);
  victim?.die();
  const diedMs = kernel.clock.monotonicMs();
  const living = new Set(nodes.map(({ name }) => name));
  kernel.clock.setTimer(7_000 * random.next(), () => {
    living.add(`s${seed}new`);
    void join(current, `s${seed}new`);
  });
  for (;;) {
    await kernel.runFor(20);
    const passedMs = kernel.clock.monotonicMs() - diedMs;
    const leases = await bus.readLeases();
    if (passedMs > 20_000 || leases.every(({ owner }) => living.has(owner))) return passedMs;
  }
}

test('membership: whenever a node dies, and whenever another joins, its shards are taken within a lease and three beats', async () => {
  const tookMs: number[] = [];
  for (let seed = 1; seed <= 60; seed++) tookMs.push(await takeoverMs(seed));
  const { leaseMs, beatMs } = RUNTIME_DEFAULTS;
  assert.ok(Math.max(...tookMs) <= leaseMs + 3 * beatMs, `${Math.max(...tookMs)} ms`);
});
