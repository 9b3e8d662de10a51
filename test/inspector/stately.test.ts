/** The actors of a real node, told to the real `@statelyai/inspect`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInspector, type StatelyInspectionEvent } from '@statelyai/inspect';
import { createMachine } from 'xstate';
import { inspectWithStately } from '../../src/inspector/stately.ts';
import { fakeTarget } from '../actors/fixtures.ts';
import { createWorld } from '../node/world.ts';

test('stately: every actor with its machine and its parent, and what it takes, until it is ended', async () => {
  const world = createWorld(fakeTarget(3));
  const node = world.node('n1');
  await node.start();
  await world.interval(node, { p0: 250 });
  const heard: StatelyInspectionEvent[] = [];
  const inspector = createInspector({ send: (event) => void heard.push(event) });
  const stop = inspectWithStately(node.runtime, inspector);
  for (let i = 0; i < 30; i += 1) await world.interval(node, { p0: 250 + 10 * i, p1: 1 });
  const actors = heard.flatMap((event) => (event.type === '@xstate.actor' ? [event] : []));
  assert.equal(new Set(actors.map(({ sessionId }) => sessionId)).size, actors.length, 'each is told of once');
  const engine = actors.find(({ sessionId }) => sessionId === 'pse:web');
  const producer = actors.find(({ sessionId }) => sessionId === 'pla:web/p0');
  assert.equal(producer?.parentId, 'pse:web');
  assert.equal(engine?.parentId, 'root:main');
  const machine = createMachine(JSON.parse(producer?.definition ?? '') as object);
  assert.deepEqual(
    Object.keys(machine.states),
    ['alone', 'collecting', 'gone', 'predicting', 'training'],
    'XState reads what Stately draws',
  );
  const snapshots = heard.flatMap((event) => (event.type === '@xstate.snapshot' && event.sessionId === 'pla:web/p0' ? [event] : []));
  const values = snapshots.map(({ snapshot }) => JSON.stringify((snapshot as { value?: unknown }).value));
  assert.ok(values.includes('"collecting"') && values.some((value) => value.startsWith('{"predicting":')), values.join(' '));
  assert.ok(heard.some((event) => event.type === '@xstate.event' && event.sessionId === 'pse:web' && event.sourceId === 'pla:web'));
  stop();
  const before = heard.length;
  await world.interval(node, { p0: 250 });
  assert.equal(heard.length, before);
  await world.stop(node);
});

test('stately: no more actors than were asked for', async () => {
  const world = createWorld(fakeTarget(3));
  const node = world.node('n1');
  await node.start();
  await world.interval(node, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, 10])));
  const heard: StatelyInspectionEvent[] = [];
  const stop = inspectWithStately(node.runtime, createInspector({ send: (event) => void heard.push(event) }), { actorsMax: 5 });
  await world.interval(node, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, 10])));
  assert.equal(new Set(heard.map(({ sessionId }) => sessionId)).size, 5);
  stop();
  await world.stop(node);
});
