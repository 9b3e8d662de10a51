/** Clients that lie: what they send is bounded, counted, and forgotten; the pool goes on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plaAddress, shardOf } from '../../src/protocol/address.ts';
import { encodeMessage } from '../../src/protocol/codec.ts';
import { createMessage } from '../../src/protocol/create-message.ts';
import type { Observation } from '../../src/protocol/observation.ts';
import { fakeTarget, MINUTE_MS } from '../actors/fixtures.ts';
import { observation } from '../actors/observations.ts';
import { createWorld, type World } from './world.ts';

const TOTAL = plaAddress('web', null);

/** What nobody checked on its way: as a client in another language writes it into the stream. */
async function write(world: World, data: unknown, sequence: number): Promise<void> {
  const atMs = world.kernel.clock.nowMs();
  const origin = { source: 'producer/web/liar', incarnation: 1, sequence, timeMs: atMs };
  const body = encodeMessage(createMessage('observation', data as Observation, origin), 'application/json');
  await world.bus.append([{ shard: shardOf(TOTAL), to: TOTAL, contentType: 'application/json', body, atMs }]);
}

test('node: loads of 1e290 requests leave a forecast of the true load within the hour, and no step fails', async () => {
  const target = fakeTarget(3);
  const world = createWorld(target);
  const node = world.node('n1');
  await node.start();
  for (let i = 0; i < 90; i += 1) await world.interval(node, { p0: i === 20 ? 1e290 : i === 22 ? 1e200 : 250 });
  await world.kernel.runFor(MINUTE_MS);
  assert.deepEqual(await world.deadLetters(), []);
  assert.equal(world.counters.get('forescale_actor_failures_total'), undefined);
  const last = (await world.published('reports', 'state-report')).findLast(({ producer }) => producer === null);
  const requests = last?.resources[0];
  assert.equal(requests?.current, 250);
  assert.ok((requests?.forecasts.length ?? 0) > 0);
  for (const { mean, quantiles } of requests?.forecasts ?? [])
    for (const value of [mean, ...quantiles]) assert.ok(value >= 0 && value < 2_500, `${value}`);
  await world.stop(node);
});

test('node: a million types, negative sizes and times of the future are counted, and the total is that of the others', async () => {
  const world = createWorld(fakeTarget(3));
  const node = world.node('n1');
  await node.start();
  for (let i = 0; i < 20; i += 1) {
    const startMs = world.kernel.clock.nowMs();
    const honest = observation(world.settings, 'liar', startMs, 250);
    const byType = Object.fromEntries(Array.from({ length: 5_000 }, (_, type) => [`made-up-${i}-${type}`, honest.load]));
    await write(world, { ...honest, byType }, 4 * i + 1);
    await write(world, { ...honest, byType: { ['x'.repeat(100_000)]: 7 } }, 4 * i + 4);
    await write(world, { ...honest, load: { ...honest.load, requests: -1 } }, 4 * i + 2);
    await write(world, { ...honest, intervalStartMs: startMs + 365 * 86_400_000 }, 4 * i + 3);
    await world.interval(node, { p0: 250 });
  }
  await world.kernel.runFor(MINUTE_MS);
  const letters = await world.deadLetters();
  assert.equal(letters.length, 60);
  assert.ok(letters.every((letter) => letter.startsWith('broken-message:') && letter.length < 2_000));
  const totals = (await world.published('reports', 'state-report')).filter(({ producer }) => producer === null);
  assert.deepEqual([...new Set(totals.map(({ resources }) => resources[0]?.current))], [250]);
  const { dropped } = node.describe(TOTAL) as { dropped: { early: number } };
  assert.equal(dropped.early, 20);
  await world.stop(node);
});
