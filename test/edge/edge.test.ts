/** The analyzer in the producer's process against the one in the cluster: the same actor must say the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInlineCompute } from '../../src/adapters/compute/inline-compute.ts';
import { createEdgeAnalyzer, type EdgeAnalyzer } from '../../src/edge.ts';
import { BusError, type NewEntry } from '../../src/ports/bus.ts';
import { silentLog } from '../../src/ports/log.ts';
import { decodeMessage, encodeMessage } from '../../src/protocol/codec.ts';
import { createMessage } from '../../src/protocol/create-message.ts';
import type { StateReport } from '../../src/protocol/state-report.ts';
import { fakeTarget, pool } from '../actors/fixtures.ts';
import { observation } from '../actors/observations.ts';
import { createWorld, type World } from '../node/world.ts';

interface Edge {
  readonly analyzer: EdgeAnalyzer;
  readonly reports: StateReport[];
  readonly sent: NewEntry[];
  error: BusError | undefined;
}

function edgeOf({ kernel, settings }: World): Edge {
  const reports: StateReport[] = [];
  const sent: NewEntry[] = [];
  const edge = { reports, sent, error: undefined as BusError | undefined };
  const bus = {
    append: (entries: readonly NewEntry[]) =>
      edge.error === undefined ? Promise.resolve(void sent.push(...entries)) : Promise.reject(edge.error),
  };
  const analyzer = createEdgeAnalyzer({
    settings,
    producer: 'p1',
    incarnation: 9,
    bus,
    contentType: 'application/json',
    clock: kernel.clock,
    random: kernel.random.fork('edge'),
    log: silentLog,
    compute: createInlineCompute(),
    onReport: (report) => reports.push(report),
  });
  return Object.assign(edge, { analyzer });
}

const loadAt = (interval: number): number => 100 + 60 * Math.sin(interval / 20) + (interval % 7);

test('edge analyzer: its reports are those of the analyzer in the cluster, byte by byte', async () => {
  const world = createWorld(fakeTarget(3), pool());
  const node = world.node('n1');
  const edge = edgeOf(world);
  await Promise.all([node.start(), edge.analyzer.start(), world.kernel.runFor(1_000)]);
  for (let interval = 0; interval < 150; interval += 1) {
    const startMs = world.kernel.clock.nowMs();
    // Alone, it would have no analyzer of its own in the cluster.
    await world.interval(node, { p0: 1, p1: loadAt(interval) });
    edge.analyzer.observe(observation(world.settings, 'p1', startMs, loadAt(interval)));
  }
  await world.kernel.runFor(5_000);
  const inCluster = (await world.published('reports', 'state-report')).filter(({ producer }) => producer === 'p1');
  const bytes = (report: StateReport): string =>
    Buffer.from(encodeMessage(createMessage('state-report', report, { source: 'x', timeMs: 0 }), 'application/json')).toString();
  assert.ok(inCluster.length >= 140, `${inCluster.length} reports`);
  assert.ok(inCluster.at(-1)?.ready, 'it forecasts');
  assert.ok((inCluster.at(-1)?.model.version ?? 0) > 0, 'it has trained');
  assert.equal(edge.reports.length, inCluster.length);
  edge.reports.forEach((report, i) => assert.equal(bytes(report), bytes(inCluster[i] ?? report), `report ${i}`));
  assert.deepEqual(edge.analyzer.report, edge.reports.at(-1));
  await Promise.all([edge.analyzer.stop(100), world.stop(node)]);
});

test('edge analyzer: forecasts while the bus is down; what the engine missed comes when it is back, each once and in order', async () => {
  const world = createWorld(fakeTarget(3), pool());
  const edge = edgeOf(world);
  await Promise.all([edge.analyzer.start(), world.kernel.runFor(1_000)]);
  const pass = async (from: number, to: number): Promise<void> => {
    for (let interval = from; interval < to; interval += 1) {
      const startMs = world.kernel.clock.nowMs();
      await world.kernel.runFor(world.settings.intervalMs);
      edge.analyzer.observe(observation(world.settings, 'p1', startMs, loadAt(interval)));
    }
    await world.kernel.runFor(5_000);
  };
  await pass(0, 60);
  const before = edge.sent.length;
  edge.error = new BusError('unavailable', 'away');
  await pass(60, 100);
  assert.equal(edge.sent.length, before);
  // The first interval waits for the second.
  assert.equal(edge.reports.length, 99);
  assert.equal(edge.analyzer.report?.ready, true);
  edge.error = undefined;
  await world.kernel.runFor(5_000);
  const messages = edge.sent.map(({ body, contentType, to }) => {
    const decoded = decodeMessage(body, contentType);
    assert.ok(decoded.ok && decoded.message.name === 'state-report' && to === 'pse:web');
    return decoded.message;
  });
  assert.deepEqual(
    messages.map(({ sequence }) => sequence),
    Array.from({ length: 99 }, (_, i) => i + 1),
  );
  assert.ok(messages.every(({ source, incarnation }) => source === 'pla:web/p1' && incarnation === 9));
  await Promise.all([edge.analyzer.stop(100), world.kernel.runFor(60_000)]);
});
