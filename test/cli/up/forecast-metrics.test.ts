import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forecastMetrics } from '../../../src/cli/up/forecast-metrics.ts';
import { fakeTarget } from '../../actors/fixtures.ts';
import { createWorld } from '../../node/world.ts';

test('forecast metrics: a node tells skill, confidence, weights and trust of the totals that live on it, and of no others', async () => {
  const world = createWorld(fakeTarget(5));
  const node = world.node('a');
  await node.start();
  for (let i = 0; i < 40; i += 1) await world.interval(node, { p0: 400 + 100 * Math.sin(i / 3) });
  await world.kernel.runFor(world.settings.intervalMs);
  const text = forecastMetrics(node, [world.settings, { pool: 'elsewhere' }]);
  assert.match(text, /^forescale_forecast_demoted\{pool="web"\} 0$/m);
  assert.match(text, /^forescale_forecast_confidence\{pool="web",resource="requests"\} 0\.\d+$/m);
  assert.match(text, /^forescale_expert_weight\{pool="web",expert="last"\} [\d.e-]+$/m);
  for (const level of ['all', '0.05', '0.99']) {
    const series = `resource="requests",kind="max",horizon="900",level="${level}",baseline="last-value"`;
    assert.match(text, new RegExp(`^forescale_forecast_skill\\{pool="web",${series}\\} -?[\\d.e-]+$`, 'm'));
  }
  assert.doesNotMatch(text, /elsewhere|day-ago"\}/);
  await world.stop(node);
  assert.doesNotMatch(forecastMetrics(node, [world.settings]), /pool=/, 'what has moved away is not told any more');
});
