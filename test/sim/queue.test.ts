/**
 * The queue against formulas: its steady state against M/M/c as computed by hand and as simulated event by event, its
 * fluid part against areas that can be drawn on paper.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../src/adapters/system/random.ts';
import type { Segment } from '../../sim/ledger.ts';
import { serve, serversOf } from '../../sim/queue.ts';
import { responseTimeQuantile, responseTimeTail, waitingProbability, type QueueingSystem } from '../../sim/response-time.ts';

const near = (actual: number, expected: number, relative: number): void => {
  const allowed = relative * Math.max(1e-9, Math.abs(expected));
  assert.ok(Math.abs(actual - expected) <= allowed, `${actual} is not within ${relative * 100}% of ${expected}`);
};

/** Erlang C by its definition, with factorials. */
function erlangC(offered: number, servers: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; k < servers; k++) {
    term *= offered / k;
    sum += term;
  }
  const last = ((term * offered) / servers) * (servers / (servers - offered));
  return last / (sum + last);
}

/** Response times of a queue simulated request by request: first come, first served, each by the server free first. */
function simulate({ arrivalsPerSecond, servicePerSecond, servers }: QueueingSystem, requests: number): number[] {
  const random = createRandom('m/m/c');
  const exponential = (rate: number): number => -Math.log(1 - random.next()) / rate;
  const freeAt = Array.from({ length: servers }, () => 0);
  const times: number[] = [];
  let now = 0;
  for (let i = 0; i < requests; i++) {
    now += exponential(arrivalsPerSecond);
    let first = 0;
    for (let s = 1; s < servers; s++) if ((freeAt[s] ?? 0) < (freeAt[first] ?? 0)) first = s;
    const end = Math.max(now, freeAt[first] ?? 0) + exponential(servicePerSecond);
    freeAt[first] = end;
    if (i >= requests / 10) times.push(end - now);
  }
  return times.sort((a, b) => a - b);
}

test('queue: the probability to wait is Erlang C', () => {
  for (const [offered, servers] of [
    [0.5, 1],
    [1.8, 2],
    [7, 10],
    [19.5, 20],
    [60, 100],
  ] as const) {
    const actual = waitingProbability({ arrivalsPerSecond: offered, servicePerSecond: 1, servers });
    near(actual, erlangC(offered, servers), 1e-9);
  }
  assert.equal(waitingProbability({ arrivalsPerSecond: 3, servicePerSecond: 1, servers: 3 }), 1);
  assert.equal(waitingProbability({ arrivalsPerSecond: 0, servicePerSecond: 1, servers: 3 }), 0);
});

test('queue: with one server the response time is exponential with the rate of the free capacity', () => {
  const system = { arrivalsPerSecond: 0.8, servicePerSecond: 1, servers: 1 };
  near(responseTimeQuantile(system, 0.95, 1e6), -Math.log(0.05) / 0.2, 1e-6);
});

test('queue: quantiles of M/M/c are those of a queue simulated request by request', () => {
  for (const [rate, servers] of [
    [2.4, 3],
    [9, 10],
    [15, 25],
  ] as const) {
    const system = { arrivalsPerSecond: rate, servicePerSecond: 1, servers };
    const times = simulate(system, 400_000);
    for (const level of [0.5, 0.95]) {
      near(responseTimeQuantile(system, level, 1e6), times[Math.floor(level * times.length)] ?? 0, 0.04);
    }
  }
});

test('queue: the tail of the response time is smooth where its two rates meet', () => {
  const at = (arrivals: number): number => responseTimeTail({ arrivalsPerSecond: arrivals, servicePerSecond: 1, servers: 3 }, 0.4, 2);
  near(at(2), at(2.0001), 1e-3);
});

const minute = (ready: number, fromMs = 0, toMs = 60_000): Segment => ({ fromMs, toMs, ready, requested: ready });
const settings = { replicaPerSecond: 10, timeoutMs: 60_000 };

test('queue: under capacity nothing waits, and the latency is the steady state', () => {
  const served = serve([minute(4)], 60 * 30, 0, settings);
  const { perReplica, servicePerSecond } = serversOf(10);
  const system = { arrivalsPerSecond: 30, servicePerSecond, servers: 4 * perReplica };
  assert.equal(served.waiting, 0);
  assert.equal(served.dropped, 0);
  near(served.utilisation, 0.75, 1e-12);
  near(served.latencyP95Seconds, responseTimeQuantile(system, 0.95, 60), 1e-9);
});

test('queue: what is over capacity waits, and is worked off when capacity allows', () => {
  const grown = serve([minute(2)], 60 * 25, 0, settings);
  near(grown.waiting, 60 * 5, 1e-12);
  assert.equal(grown.utilisation, 1);
  // The last arrival finds almost 300 waiting before 20 a second: 15 s, at the 95th percentile a little less.
  assert.ok(grown.latencyP95Seconds > 13.5 && grown.latencyP95Seconds < 15.5, `${grown.latencyP95Seconds}`);
  const drained = serve([minute(4)], 60 * 25, grown.waiting, settings);
  assert.equal(drained.waiting, 0);
  near(drained.served, 60 * 25 + 300, 1e-12);
});

test('queue: capacity that comes within the interval counts from when it is ready', () => {
  const served = serve([minute(1, 0, 30_000), minute(3, 30_000, 60_000)], 60 * 20, 0, settings);
  // 10 a second too much for 30 s, then 10 a second worked off for 30 s.
  near(served.waiting + 1, 1, 1e-9);
  near(served.served, 60 * 20, 1e-12);
});

test('queue: what would wait longer than the time-out is dropped, and nothing is lost besides', () => {
  const served = serve([minute(1)], 60 * 40, 0, settings);
  assert.equal(served.waiting, 600);
  near(served.dropped, 60 * 30 - 600, 1e-12);
  near(served.served + served.dropped + served.waiting, 60 * 40, 1e-12);
  assert.equal(served.latencyP95Seconds, 60);
});

test('queue: without a ready replica requests wait up to the time-out', () => {
  const served = serve([minute(0)], 60, 0, settings);
  assert.equal(served.waiting, 60);
  assert.equal(served.utilisation, 1);
  assert.equal(served.latencyP95Seconds, 60);
  assert.equal(serve([minute(0)], 0, 0, settings).utilisation, 0);
});
