/** Actors that fail: set aside, what is for them parked within a bound, and let go on by a person; and actors that idle. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decorate } from '../../sim/kernel/decorate.ts';
import type { Bus } from '../../src/ports/bus.ts';
import { shardOf } from '../../src/protocol/address.ts';
import { encodeMessage } from '../../src/protocol/codec.ts';
import { createMessage } from '../../src/protocol/create-message.ts';
import { ledgerBehavior, SEND_EVERY, tallyBehavior, type Ledger, type Tally } from './tally.ts';
import { LEDGER, TALLY, World, type SimNode, type WorldOptions } from './world.ts';

const settings = {
  restartsMax: 1,
  restartWindowMs: 60_000,
  backOffMinMs: 1_000,
  backOffMaxMs: 2_000,
  backOffsMax: 1,
  forgetMs: 600_000,
  parkedMax: 4,
};
const viewOf = (node: SimNode, address = TALLY) => node.runtime.actors().find((actor) => actor.address === address);

const tallyOf = (node: SimNode, address = TALLY) => (viewOf(node, address)?.state ?? {}) as unknown as Tally;

class Story {
  readonly world: World;
  #sequence = 0;

  constructor(options: WorldOptions = {}) {
    this.world = new World(5, { ...options, settings: { ...settings, ...options.settings } });
  }

  /** Messages one after the other, then time for them to be taken. */
  async tell(...reasons: readonly string[]): Promise<void> {
    for (const reason of reasons) {
      this.#sequence += 1;
      await this.world.bus.append([this.world.entry(this.#sequence, reason)]);
    }
    await this.world.kernel.runFor(50);
  }

  async command(command: 'resume-actor' | 'resume', actor?: string): Promise<void> {
    const data = { pool: 'p', command, by: 'ada', reason: 'mended', ...(actor === undefined ? {} : { actor }) };
    const message = createMessage('control', data, { source: 'cli', timeMs: this.world.kernel.clock.nowMs() });
    const contentType = 'application/json';
    const body = encodeMessage(message, contentType);
    await this.world.bus.append([{ shard: shardOf(TALLY), to: TALLY, contentType, body, atMs: this.world.kernel.clock.nowMs() }]);
    await this.world.kernel.runFor(50);
  }
}

/** A first failure is restarted, the second backs off, and one soon after that quarantines. */
async function quarantined(story: Story): Promise<SimNode> {
  const node = await story.world.start('a');
  await story.tell('load', 'poison', 'poison');
  assert.equal(viewOf(node)?.status.kind, 'backing-off');
  await story.world.kernel.runFor(3_000);
  assert.equal(viewOf(node)?.status.kind, 'active');
  await story.tell('poison');
  assert.equal(viewOf(node)?.status.kind, 'quarantined');
  return node;
}

test('quarantine: an actor that fails after its back-offs is set aside with the reason, and its shard goes on', async () => {
  const story = new Story();
  const node = await quarantined(story);
  const status = viewOf(node)?.status;
  assert.ok(status?.kind === 'quarantined');
  assert.equal(status.code, 'failing');
  assert.match(status.reason, /poisoned/);
  assert.deepEqual(await story.world.deadLetters(TALLY), ['step-threw', 'step-threw', 'step-threw']);
  await story.world.bus.append([story.world.entry(1, 'load', LEDGER, 'other')]);
  await story.world.kernel.runFor(50);
  assert.deepEqual(viewOf(node, LEDGER)?.state?.['received'], [1]);
});

test('quarantine: what comes for it is parked within a bound, the rest becomes dead letters with the reason', async () => {
  const story = new Story();
  const node = await quarantined(story);
  await story.tell(...Array.from({ length: 6 }, () => 'load'));
  assert.equal(viewOf(node)?.parked, 4);
  const letters = await story.world.bus.readDeadLetters(shardOf(TALLY), '0-0', 99);
  const full = letters.filter(({ code }) => code === 'parking-full');
  assert.equal(full.length, 2);
  assert.match(full[0]?.reason ?? '', /^4 entries wait already for tally:one, which is quarantined$/);
});

test('quarantine: resume-actor lets it go on with what was parked, in order; other commands do not', async () => {
  const story = new Story();
  const node = await quarantined(story);
  await story.tell('load', 'load', 'load');
  await story.command('resume');
  assert.equal(viewOf(node)?.status.kind, 'quarantined');
  await story.command('resume-actor', 'tally:other');
  assert.equal(viewOf(node)?.status.kind, 'quarantined', 'another actor was meant');
  await story.command('resume-actor');
  assert.equal(viewOf(node)?.status.kind, 'active');
  assert.equal(viewOf(node)?.parked, 0);
  const { taken, window } = tallyOf(node);
  assert.equal(taken, 4);
  // Sequences of the messages: 1, then 5 to 7, after three that threw.
  assert.deepEqual([...window].slice(0, 5), [1, 5, 6, 7, 0]);
});

test('quarantine: one that fails again when it goes on is set aside again, and what it did not get to stays parked', async () => {
  const story = new Story();
  const node = await quarantined(story);
  await story.tell('poison', 'poison', 'load', 'load');
  await story.command('resume-actor');
  assert.equal(viewOf(node)?.status.kind, 'backing-off');
  assert.equal(viewOf(node)?.parked, 2);
  await story.world.kernel.runFor(3_000);
  assert.equal(viewOf(node)?.status.kind, 'active');
  assert.equal(tallyOf(node).taken, 3);
});

test('quarantine: survives a change of the owner, with what was parked', async () => {
  const story = new Story();
  const first = await quarantined(story);
  await story.tell('load', 'load');
  first.runtime.crash();
  const second = await story.world.start('b');
  await story.world.kernel.runFor(5_000);
  assert.equal(viewOf(second)?.status.kind, 'quarantined');
  assert.equal(viewOf(second)?.parked, 2);
  await story.command('resume-actor');
  assert.equal(tallyOf(second).taken, 3);
});

test('quarantine: a snapshot that cannot be read sets the actor aside, and the next owner that can goes on', async () => {
  const story = new Story();
  const { world } = story;
  const first = await world.start('a');
  await story.tell('load', 'load');
  await Promise.all([first.runtime.drain(), world.kernel.runFor(1_000)]);
  const tally = tallyBehavior({ policy: 'every-batch' }, LEDGER);
  // Built from an older version, as in a rollback.
  const older = { ...tally, version: 0 };
  const second = world.node('b', { behaviors: [older, ledgerBehavior()] });
  void second.runtime.start();
  await world.kernel.runFor(4_000);
  await story.tell('load');
  const status = viewOf(second)?.status;
  assert.ok(status?.kind === 'quarantined');
  assert.equal(status.code, 'unreadable');
  assert.match(status.reason, /newer than 0/);
  await Promise.all([second.runtime.drain(), world.kernel.runFor(1_000)]);
  const third = await world.start('c');
  await world.kernel.runFor(4_000);
  await story.tell('load');
  assert.equal(viewOf(third)?.status.kind, 'active');
  assert.equal(tallyOf(third).taken, 4);
});

test('quarantine: what was parked for an unreadable actor is taken once, though each commit arrives twice', async () => {
  const twice = (bus: Bus): Bus =>
    decorate(bus, async (method, call) => {
      const outcome = await call();
      if (method === 'commit') await call();
      return outcome;
    });
  const story = new Story({ spoil: twice });
  const { world } = story;
  const first = await world.start('a');
  await story.tell(...Array.from({ length: SEND_EVERY - 1 }, () => 'load'));
  await Promise.all([first.runtime.drain(), world.kernel.runFor(1_000)]);
  const older = { ...tallyBehavior({ policy: 'every-batch' }, LEDGER), version: 0 };
  const second = world.node('b', { behaviors: [older, ledgerBehavior()] });
  void second.runtime.start();
  await world.kernel.runFor(4_000);
  await story.tell('load');
  assert.equal(viewOf(second)?.parked, 1);
  await Promise.all([second.runtime.drain(), world.kernel.runFor(1_000)]);
  const third = await world.start('c');
  // By itself: no other message comes.
  await world.kernel.runFor(4_000);
  assert.equal(tallyOf(third).taken, SEND_EVERY);
  const { received, repeats } = (viewOf(third, LEDGER)?.state ?? {}) as unknown as Ledger;
  assert.deepEqual([received, repeats], [[SEND_EVERY], 0]);
});

for (const policy of [{ policy: 'every-batch' }, { policy: 'seldom', everyMessages: 1_000 }] as const) {
  test(`passivation: an idle actor leaves the memory and comes back as it was (${policy.policy})`, async () => {
    const story = new Story({ snapshot: policy, settings: { idleMs: 30_000, housekeepingMs: 5_000 } });
    const node = await story.world.start('a');
    await story.tell('load', 'load');
    assert.notEqual(viewOf(node)?.state, undefined);
    await story.world.kernel.runFor(60_000);
    // Housekeeping is for shards in which something happened.
    assert.equal(viewOf(node)?.state, undefined, 'put away');
    await story.tell('load');
    const { taken, gaps } = tallyOf(node);
    assert.deepEqual([taken, gaps], [3, 0]);
  });
}

test('passivation: more actors than may be in memory, and those that were idle longest are put away', async () => {
  const story = new Story({ settings: { actorsMax: 1, housekeepingMs: 1_000 } });
  const { world } = story;
  const node = await world.start('a');
  // Two actors of one shard.
  const shard = shardOf(TALLY);
  const neighbour = Array.from({ length: 5_000 }, (_, i) => `tally:n${i}`).find((address) => shardOf(address) === shard) ?? '';
  await story.tell('load');
  await world.kernel.runFor(100);
  await world.bus.append([world.entry(1, 'load', neighbour, 'other')]);
  await world.kernel.runFor(3_000);
  assert.equal(viewOf(node)?.state, undefined);
  assert.equal(tallyOf(node, neighbour).taken, 1);
});
