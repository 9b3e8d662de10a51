import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../src/adapters/system/random.ts';
import type { CloudFault } from '../../sim/cloud-faults.ts';
import { SimulatedCloud, type CloudOptions } from '../../sim/cloud.ts';
import { drawLeadTimeMs, drawPoisson } from '../../sim/draws.ts';
import { usageOf } from '../../sim/ledger.ts';
import { targetContract } from '../contracts/target.ts';
import { targetFaultContract, withFaults } from '../contracts/target/faults.ts';

class Hands {
  nowMs = 0;
  generation = 0;
  readonly cloud: SimulatedCloud;
  constructor(options: Partial<CloudOptions> = {}) {
    this.cloud = new SimulatedCloud({
      pool: 'web',
      clock: { nowMs: () => this.nowMs },
      random: createRandom('cloud'),
      leadTime: { p50Ms: 120_000, p95Ms: 180_000 },
      replicas: 1,
      minReplicas: 0,
      maxReplicas: 50,
      ...options,
    });
  }

  async ask(replicas: number): Promise<string> {
    const expectedReplicas = this.cloud.state().requestedReplicas;
    this.generation = this.cloud.state().generation + 1;
    const result = await this.cloud.scale({ pool: 'web', replicas, expectedReplicas, generation: this.generation });
    return result.ok ? 'ok' : result.error.code;
  }

  counts(atMs: number): [requested: number, ready: number] {
    this.nowMs = atMs;
    const { requestedReplicas, readyReplicas } = this.cloud.state();
    return [requestedReplicas, readyReplicas];
  }
}

targetContract('simulated cloud', async () => {
  const hands = new Hands({ maxReplicas: 6 });
  return {
    target: hands.cloud,
    pool: 'web',
    advance: async (ms) => {
      hands.nowMs += ms * 100;
    },
    close: async () => {},
  };
});

targetFaultContract('simulated cloud', async () => {
  const hands = new Hands({ maxReplicas: 6 });
  const advance = async (ms: number): Promise<void> => {
    hands.nowMs += ms;
  };
  return withFaults(hands.cloud, { pool: 'web', advance, close: async () => {} });
});

const fault = (rest: { kind: 'unavailable' | 'unknown-outcome' | 'never-ready' }): CloudFault => ({ ...rest, fromMs: 0, toMs: 600_000 });

test('cloud: start-up times are lognormal with the given median and 95th percentile', () => {
  const random = createRandom('lead');
  const times = Array.from({ length: 40_000 }, () => drawLeadTimeMs({ p50Ms: 120_000, p95Ms: 180_000 }, random)).sort((a, b) => a - b);
  assert.ok(Math.abs((times[20_000] ?? 0) - 120_000) < 1_000, `${times[20_000]}`);
  assert.ok(Math.abs((times[38_000] ?? 0) - 180_000) < 2_000, `${times[38_000]}`);
});

test('cloud: Poisson counts have their mean as mean and variance, for small and for large means', () => {
  for (const mean of [0.3, 7, 400]) {
    const random = createRandom(`poisson ${mean}`);
    const counts = Array.from({ length: 20_000 }, () => drawPoisson(mean, random));
    const average = counts.reduce((a, b) => a + b, 0) / counts.length;
    const variance = counts.reduce((a, b) => a + (b - average) ** 2, 0) / counts.length;
    assert.ok(Math.abs(average / mean - 1) < 0.03, `mean ${average} of ${mean}`);
    assert.ok(Math.abs(variance / mean - 1) < 0.06, `variance ${variance} of ${mean}`);
  }
});

test('cloud: a replica is paid for from its request and serves from its readiness', async () => {
  const hands = new Hands({ leadTime: { p50Ms: 30_000, p95Ms: 30_000 } });
  await hands.ask(3);
  assert.deepEqual(hands.counts(29_999), [3, 1]);
  assert.deepEqual(hands.counts(30_000), [3, 3]);
  hands.nowMs = 60_000;
  const usage = usageOf(hands.cloud.takeSegments());
  assert.deepEqual(usage, { readyLeast: 1, readyMean: 2, requestedMean: 3 });
});

test('cloud: what changes at the end of a stretch belongs to the next', async () => {
  const hands = new Hands({ leadTime: { p50Ms: 60_000, p95Ms: 60_000 } });
  await hands.ask(2);
  hands.nowMs = 60_000;
  assert.equal(usageOf(hands.cloud.takeSegments()).readyLeast, 1);
  hands.nowMs = 120_000;
  assert.equal(usageOf(hands.cloud.takeSegments()).readyLeast, 2);
});

test('cloud: fewer replicas cancels the newest start first, then ends ready ones at once', async () => {
  const hands = new Hands({ leadTime: { p50Ms: 60_000, p95Ms: 60_000 } });
  await hands.ask(2);
  hands.nowMs = 30_000;
  await hands.ask(3);
  await hands.ask(2);
  assert.deepEqual(hands.counts(60_000), [2, 2], 'the older start was kept');
  await hands.ask(1);
  assert.deepEqual(hands.counts(60_000), [1, 1]);
});

test('cloud: a failed start is begun anew and paid for all the time', async () => {
  const never = new Hands({ leadTime: { p50Ms: 1_000, p95Ms: 1_000 }, startFailureShare: 0.9 });
  await never.ask(50);
  const [requested, ready] = never.counts(1_500);
  assert.equal(requested, 50);
  assert.ok(ready > 1 && ready < 20, `${ready} of 50 ready after the first attempt`);
  assert.deepEqual(never.counts(200_000), [50, 50]);
});

test('cloud: an unavailable cloud answers nothing and changes nothing', async () => {
  const hands = new Hands({ faults: [fault({ kind: 'unavailable' })] });
  assert.equal(await hands.ask(5), 'unavailable');
  const read = await hands.cloud.get('web');
  assert.equal(read.ok, false);
  assert.deepEqual(hands.counts(700_000), [1, 1]);
  assert.equal(await hands.ask(5), 'ok');
});

test('cloud: an unknown outcome is sometimes done and sometimes not, and never done twice', async () => {
  const outcomes = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const hands = new Hands({ faults: [fault({ kind: 'unknown-outcome' })], random: createRandom(seed) });
    assert.equal(await hands.ask(4), 'unknown-outcome');
    outcomes.add(hands.counts(0)[0]);
    assert.equal(hands.cloud.writes, hands.counts(0)[0] === 4 ? 1 : 0);
  }
  assert.deepEqual(
    [...outcomes].sort((a, b) => a - b),
    [1, 4],
  );
});

test('cloud: quota, throttling and foreign writes are seen as such', async () => {
  const hands = new Hands({
    faults: [
      { kind: 'quota', fromMs: 0, toMs: 10_000, replicas: 3 },
      { kind: 'throttled', fromMs: 20_000, toMs: 30_000, retryAfterMs: 5_000 },
      { kind: 'foreign-write', fromMs: 40_000, toMs: 40_001, replicas: 7 },
    ],
  });
  assert.equal(await hands.ask(4), 'quota');
  assert.equal(await hands.ask(3), 'ok');
  hands.nowMs = 25_000;
  assert.equal(await hands.ask(4), 'throttled');
  hands.nowMs = 39_000;
  const stale = { pool: 'web', replicas: 2, expectedReplicas: 3, generation: 99 };
  hands.nowMs = 41_000;
  const refused = await hands.cloud.scale(stale);
  assert.equal(refused.ok ? 'ok' : refused.error.code, 'conflict');
  assert.deepEqual(hands.counts(41_000)[0], 7);
});

test('cloud: starts asked for in a bad time never become ready, and slow ones take their factor', async () => {
  const stuck = new Hands({ faults: [fault({ kind: 'never-ready' })], leadTime: { p50Ms: 1_000, p95Ms: 1_000 } });
  await stuck.ask(3);
  assert.deepEqual(stuck.counts(86_400_000), [3, 1]);
  const slow = new Hands({
    faults: [{ kind: 'slow-starts', fromMs: 0, toMs: 10, factor: 5 }],
    leadTime: { p50Ms: 1_000, p95Ms: 1_000 },
  });
  await slow.ask(2);
  assert.deepEqual(slow.counts(4_999), [2, 1]);
  assert.deepEqual(slow.counts(5_000), [2, 2]);
});
