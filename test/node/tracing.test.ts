/** One trace from an observation to the confirmed action, in virtual time; and that tracing changes nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tracer } from '../../src/ports/tracer.ts';
import { fakeTarget, MINUTE_MS } from '../actors/fixtures.ts';
import { recordingTracer, type Told } from './recording-tracer.ts';
import { createWorld } from './world.ts';

async function run(tracer?: Tracer) {
  const target = fakeTarget(3);
  const world = createWorld(target);
  const node = world.node('n1', { tracer });
  await node.start();
  for (let i = 0; i < 40; i += 1) await world.interval(node, { p0: 125 + 5 * Math.max(0, i - 10), p1: 125 });
  await world.kernel.runFor(10 * MINUTE_MS);
  const decisions = await world.published('decisions', 'decision');
  const confirmations = await world.published('actions', 'confirmation');
  await world.stop(node);
  return { decisions, confirmations, writes: target.writes };
}

/** From a span up to the one that began its trace. */
function wayTo(span: Told, told: readonly Told[]): readonly Told[] {
  const way = [span];
  for (let at: Told | undefined = span; at?.parentId !== undefined;) {
    const { parentId, traceId }: Told = at;
    at = told.find((one) => one.traceId === traceId && one.spanId === parentId);
    assert.ok(at !== undefined, `the parent of ${way[0]?.name} was told`);
    way.unshift(at);
  }
  return way;
}

test('tracing: a confirmed action leads back, span by span, to the observation that it came from', async () => {
  const { tracer, told } = recordingTracer();
  const { confirmations } = await run(tracer);
  assert.ok(confirmations.some(({ step }) => step === 'ready'));
  const ready = told.find((span) => span.name === 'confirmation' && span.attributes['forescale.step'] === 'ready');
  assert.ok(ready !== undefined);
  const way = wayTo(ready, told);
  const names = way.map(({ name }) => name);
  assert.equal(names[0], 'observe');
  assert.deepEqual(names, [
    'observe',
    'state-report',
    'target.get answered',
    'scaling-command',
    'target.scale answered',
    'target.get answered',
    'confirmation',
  ]);
  assert.equal(new Set(way.map(({ traceId }) => traceId)).size, 1);
  for (const [i, span] of way.entries()) {
    assert.equal(span.failure, undefined, span.name);
    assert.ok(span.endMs >= span.atMs && span.atMs >= (way[i - 1]?.atMs ?? 0), span.name);
  }
  const decision = told.find(({ name, traceId }) => name === 'decision' && traceId === ready.traceId);
  assert.equal(decision?.attributes['forescale.plan'], ready.attributes['forescale.plan']);
  const notes = (name: string) => way.find((span) => span.name === name)?.notes;
  assert.deepEqual(notes('target.scale answered')?.slice(0, 1), ['confirmation']);
  assert.deepEqual(
    way.find(({ notes: all }) => all.includes('decision'))?.notes.filter((note) => note !== 'plan'),
    ['decision', 'scaling-command'],
  );
  const others = told.filter(({ traceId }) => traceId === ready.traceId);
  const command = way.find(({ name }) => name === 'scaling-command');
  for (const attempt of ['target.get', 'target.scale'])
    assert.ok(
      others.some(({ name, kind, parentId }) => name === attempt && kind === 'client' && parentId === command?.spanId),
      attempt,
    );
  assert.equal(others.filter(({ name }) => name === 'observation').length, 2);
});

test('tracing: what is decided and done is the same with and without it, and the same run gives the same spans', async () => {
  const without = await run();
  const first = recordingTracer();
  const second = recordingTracer();
  assert.deepEqual(await run(first.tracer), without);
  assert.deepEqual(await run(second.tracer), without);
  assert.deepEqual(second.told, first.told);
});

test('tracing: a trace ends with its work; what a review finds without news is none of it', async () => {
  const { tracer, told } = recordingTracer();
  await run(tracer);
  for (const spans of groups(told).values()) {
    const begun = Math.min(...spans.map(({ atMs }) => atMs));
    const ended = Math.max(...spans.map(({ endMs }) => endMs));
    assert.ok(ended - begun < 15 * MINUTE_MS, `${(ended - begun) / MINUTE_MS} minutes`);
    assert.ok(spans.length < 100, `${spans.length} spans`);
  }
});

function groups(told: readonly Told[]): Map<string, Told[]> {
  const found = new Map<string, Told[]>();
  for (const span of told) found.set(span.traceId, [...(found.get(span.traceId) ?? []), span]);
  return found;
}
