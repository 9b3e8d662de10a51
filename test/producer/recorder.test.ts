import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { Observation } from '../../src/protocol/index.ts';
import { createRecorder, type RecorderOptions } from '../../src/producer/index.ts';

function recorder(options: Partial<RecorderOptions> = {}) {
  const told: Observation[] = [];
  const made = createRecorder({ pool: 'shop', producer: 'web-1', intervalMs: 1_000, emit: (one) => told.push(one), ...options });
  return { recorder: made, told };
}

test('recorder: an interval is told when time moves on, with sums per type and the heaviest sources', () => {
  const { recorder: r, told } = recorder();
  r.record(10_100, 0.01, 100, 10, 'alice', 'GET:/');
  r.record(10_200, 0.02, 200, 20, 'bob', 'POST:/cart');
  r.record(10_900, 0.03, 300, 30, 'alice', 'GET:/');
  assert.equal(told.length, 0);
  r.record(11_000, 0, 0, 0, 'carol', 'GET:/');
  const [first] = told;
  assert.ok(first);
  assert.deepEqual([first.intervalStartMs, first.intervalMs, first.load.requests, first.load.networkBytes], [10_000, 1_000, 3, 60]);
  assert.equal(first.byType['GET:/']?.requests, 2);
  assert.equal(first.byType['POST:/cart']?.memoryBytes, 200);
  assert.deepEqual(first.bySource, {
    distinct: 2,
    top: [
      { source: 'alice', requests: 2 },
      { source: 'bob', requests: 1 },
    ],
  });
});

test('recorder: idle intervals are told as idle, a long silence is a gap and not a zero', () => {
  const { recorder: r, told } = recorder();
  r.record(10_100, 0, 0, 0, 'a', 't');
  r.flush(11_050);
  r.flush(12_050);
  r.flush(60_000);
  assert.deepEqual(
    told.map(({ intervalStartMs, load }) => [intervalStartMs, load.requests]),
    [
      [10_000, 1],
      [11_000, 0],
      [12_000, 0],
    ],
  );
});

test('recorder: the last observation says goodbye, and nothing is recorded afterwards', () => {
  const { recorder: r, told } = recorder();
  r.record(10_100, 0, 0, 0, 'a', 't');
  r.close(10_500);
  r.record(10_600, 0, 0, 0, 'a', 't');
  r.close(10_700);
  assert.deepEqual(
    told.map(({ final, load }) => [final, load.requests]),
    [[true, 1]],
  );
});

test('recorder: a million types and sources stay within the tables, and the heavy ones are right', () => {
  const { recorder: r, told } = recorder({ typesMax: 8, sourcesMax: 256 });
  for (let i = 0; i < 1_000_000; i += 1) {
    const heavy = i % 4 === 0;
    r.record(10_000 + (i % 1_000), 0, 0, 0, heavy ? `heavy-${i % 3}` : `stranger-${i}`, heavy ? 'GET:/' : `type-${i}`);
  }
  r.flush(11_000);
  const [one] = told;
  assert.ok(one);
  assert.equal(one.load.requests, 1_000_000);
  assert.ok(Object.keys(one.byType).length <= 9);
  assert.equal(one.byType['GET:/']?.requests, 250_000);
  const top = new Map(one.bySource.top.map(({ source, requests }) => [source, requests]));
  for (const heavy of ['heavy-0', 'heavy-1', 'heavy-2']) {
    const counted = top.get(heavy) ?? 0;
    assert.ok(Math.abs(counted - 250_000 / 3) < 0.05 * (250_000 / 3), `${heavy}: ${counted}`);
  }
});

test('recorder: distinct sources are estimated within 5%', () => {
  for (const sources of [10, 300, 5_000, 20_000]) {
    const { recorder: r, told } = recorder();
    for (let i = 0; i < sources * 3; i += 1) r.record(10_500, 0, 0, 0, `user-${i % sources}`, 't');
    r.flush(11_000);
    const distinct = told[0]?.bySource.distinct ?? 0;
    assert.ok(Math.abs(distinct - sources) <= Math.max(1, 0.05 * sources), `${distinct} of ${sources}`);
  }
});

test('recorder: broken amounts, clocks that jump and an emit that throws never reach the service', () => {
  const { recorder: r } = recorder({
    emit: () => {
      throw new Error('full');
    },
  });
  r.record(Number.NaN, 0, 0, 0, '', '');
  r.record(10_000, -1, Number.NaN, Number.POSITIVE_INFINITY, 'a', 't');
  r.record(5_000, 0, 0, 0, 'late', 't');
  r.record(9e15, 0, 0, 0, 'early', 't');
  r.flush(Number.NaN);
  r.flush(12_000);
  assert.deepEqual(r.counts, { recorded: 4, late: 1, early: 1, badSizes: 3, lost: 2, clockSteps: 0 });
});

test('recorder: options out of range are refused by name', () => {
  assert.throws(() => recorder({ typesMax: 0 }), /typesMax must be a number from 1 to 256, got 0/);
  assert.throws(() => recorder({ intervalMs: Number.NaN }), /intervalMs/);
});

test('recorder: the busiest second of an interval is told', () => {
  const { recorder: r, told } = recorder({ intervalMs: 5_000 });
  for (const [second, requests] of [
    [0, 3],
    [1, 40],
    [4, 7],
  ] as const)
    for (let i = 0; i < requests; i += 1) r.record(10_000 + second * 1_000 + i, 0, 0, 0, 'a', 't');
  r.flush(15_000);
  assert.deepEqual([told[0]?.load.requests, told[0]?.peakRequestsPerSecond], [50, 40]);
});

test('recorder: an interval under a second tells its rate', () => {
  const { recorder: r, told } = recorder({ intervalMs: 250 });
  for (let i = 0; i < 10; i += 1) r.record(10_000, 0, 0, 0, 'a', 't');
  r.flush(10_250);
  assert.equal(told[0]?.peakRequestsPerSecond, 40);
});

test('recorder: requests that come late count into the open interval', () => {
  const { recorder: r, told } = recorder();
  r.record(20_100, 0, 0, 0, 'a', 't');
  r.record(19_900, 0, 0, 0, 'a', 't');
  r.record(3_000, 0, 0, 0, 'a', 't');
  r.flush(21_000);
  assert.deepEqual([told.length, told[0]?.intervalStartMs, told[0]?.load.requests], [1, 20_000, 3]);
  assert.equal(r.counts.late, 1);
});

test('recorder: with a clock, timestamps from the future move nothing', () => {
  const { recorder: r, told } = recorder();
  r.flush(20_000);
  r.record(80_000, 0, 0, 0, 'a', 't');
  r.record(20_500, 0, 0, 0, 'a', 't');
  r.flush(21_000);
  assert.deepEqual([told.length, told[0]?.intervalStartMs, told[0]?.load.requests], [1, 20_000, 2]);
  assert.equal(r.counts.early, 1);
});

test('recorder: in a replay without a clock the timestamps are the clock, over a night too', () => {
  const { recorder: r, told } = recorder();
  r.record(20_100, 0, 0, 0, 'a', 't');
  r.record(20_100 + 10 * 3_600_000, 0, 0, 0, 'a', 't');
  r.close(20_500 + 10 * 3_600_000);
  assert.deepEqual(
    told.map(({ intervalStartMs, load }) => [intervalStartMs, load.requests]),
    [
      [20_000, 1],
      [36_020_000, 1],
    ],
  );
});

test('recorder: a clock that is set back is followed, not waited for', () => {
  const { recorder: r, told } = recorder();
  r.flush(7_200_000);
  r.record(7_200_100, 0, 0, 0, 'a', 't');
  r.flush(3_600_500);
  r.record(3_600_600, 0, 0, 0, 'a', 't');
  r.flush(3_601_000);
  assert.deepEqual(
    told.map(({ intervalStartMs, load }) => [intervalStartMs, load.requests]),
    [
      [7_200_000, 1],
      [3_600_000, 1],
    ],
  );
  assert.deepEqual([r.counts.clockSteps, r.counts.late], [1, 0]);
});

test('recorder: a flood of made-up types gives way to the real ones in the next interval', () => {
  const { recorder: r, told } = recorder({ typesMax: 4 });
  for (let i = 0; i < 100; i += 1) r.record(10_000, 0, 0, 0, 'a', `made-up-${i}`);
  for (let i = 0; i < 5; i += 1) r.record(11_000, 0, 0, 0, 'a', 'GET:/');
  r.flush(12_000);
  assert.equal(told[0]?.byType['other']?.requests, 96);
  assert.deepEqual(Object.keys(told[1]?.byType ?? {}), ['GET:/']);
});

test('recorder: types keep their sums apart after a flood was forgotten', () => {
  const { recorder: r, told } = recorder({ typesMax: 3 });
  for (let interval = 0; interval < 3; interval += 1) {
    for (let i = 0; i < 5; i += 1) r.record(10_000 + interval * 1_000, 1, 0, 0, 'a', 'real-1');
    for (let i = 0; i < 7; i += 1) r.record(10_000 + interval * 1_000, 2, 0, 0, 'a', 'real-2');
    for (let i = 0; i < 9; i += 1) r.record(10_000 + interval * 1_000, 0, 0, 0, 'a', `fake-${interval}-${i}`);
  }
  r.flush(13_000);
  assert.equal(told.length, 3);
  for (const { byType } of told) {
    assert.deepEqual([byType['real-1']?.requests, byType['real-1']?.cpuSeconds], [5, 5]);
    assert.deepEqual([byType['real-2']?.requests, byType['real-2']?.cpuSeconds], [7, 14]);
  }
});

test('recorder: names like other, __proto__ and very long ones are told as they are or cut, and nothing is lost', () => {
  const { recorder: r, told } = recorder({ typesMax: 4 });
  const long = 'x'.repeat(200);
  for (const type of ['other', '__proto__', `${long}1`, `${long}2`, 'no room']) r.record(10_000, 1, 0, 0, long, type);
  r.flush(11_000);
  const types = Object.entries(told[0]?.byType ?? {});
  assert.deepEqual(
    types.map(([name, load]) => [name.slice(0, 9), name.length, load.requests]),
    [
      ['other', 5, 2],
      ['__proto__', 9, 1],
      ['xxxxxxxxx', 128, 2],
    ],
  );
  assert.equal(told[0]?.bySource.top[0]?.source.length, 128);
});

test('recorder: the CPU time of the process counts where no request told its own', () => {
  const process = () => ({ cpuSeconds: 0.75, memoryBytes: 1_000 });
  const { recorder: r, told } = recorder({ process });
  r.record(10_000, 0, 0, 0, 'a', 't');
  r.record(11_000, 0.25, 0, 0, 'a', 't');
  r.flush(12_000);
  assert.deepEqual(
    told.map(({ load }) => load.cpuSeconds),
    [0.75, 0.25],
  );
});

test('recorder: figures of the process that throw lose the observation, not the service', () => {
  const { recorder: r } = recorder({
    process: () => {
      throw new Error('gone');
    },
  });
  r.record(10_000, 0, 0, 0, 'a', 't');
  r.flush(11_000);
  assert.equal(r.counts.lost, 1);
});

test('recorder: what it tells is valid by the schema, whatever it was given', () => {
  const { recorder: r, told } = recorder();
  const odd = [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300];
  for (const time of [...odd, 10_000, 10_900, 12_000, 9e15]) for (const amount of odd) r.record(time, amount, amount, amount, '\ud800', '');
  r.close(13_000);
  assert.ok(told.length > 0);
  for (const one of told) assert.ok(Value.Check(Observation, one), JSON.stringify(one));
});

test('recorder: a type that was forgotten between two intervals is found again, and not taken for the one in its place', () => {
  const { recorder: r, told } = recorder({ typesMax: 2 });
  r.record(10_000, 0, 0, 0, 'a', 'once');
  r.record(10_000, 0, 0, 0, 'a', 'often');
  r.record(10_000, 0, 0, 0, 'a', 'often');
  r.record(15_000, 0, 0, 0, 'a', 'often');
  r.record(15_000, 0, 0, 0, 'a', 'new');
  r.flush(20_000);
  assert.deepEqual(Object.keys(told[1]?.byType ?? {}), ['often', 'new']);
});

test('recorder: who has not told all yet is asked before an interval closes, and counts into it', () => {
  const { recorder: r, told } = recorder();
  let open = 7;
  r.beforeClose(() => {
    r.addToOpen(0, 0, open, 'GET');
    open = 0;
  });
  r.record(10_000, 0, 0, 0, 'a', 'GET');
  r.record(15_000, 0, 0, 0, 'a', 'GET');
  r.close(20_000);
  r.addToOpen(0, 0, 1, 'GET');
  assert.deepEqual(
    told.map(({ load }) => load.networkBytes),
    [7, 0, 0],
  );
});
