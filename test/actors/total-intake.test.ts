import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  closeDue,
  createIntake,
  freezeIntake,
  nextCloseMs,
  PRODUCERS_MAX,
  takeObservation,
  thawIntake,
  type ClosedInterval,
  type TotalIntake,
} from '../../src/actors/total-intake.ts';
import type { Observation } from '../../src/protocol/observation.ts';
import { MINUTE_MS, pool, START_MS } from './fixtures.ts';

const settings = pool();

function observation(producer: string, startMs: number, requests: number, given: Partial<Observation> = {}): Observation {
  return {
    pool: 'web',
    producer,
    intervalStartMs: startMs,
    intervalMs: MINUTE_MS,
    load: { requests, cpuSeconds: requests / 100, memoryBytes: requests * 1e6, networkBytes: requests * 1e3 },
    byType: {},
    bySource: { distinct: 1, top: [] },
    ...given,
  };
}

/** Plays minutes; `report` says what comes for each, as [producer, requests, delay after the end of the minute]. */
function play(
  intake: TotalIntake,
  minutes: number,
  reportsOf: (minute: number) => readonly (readonly [string, number, number?, boolean?])[],
): ClosedInterval[] {
  const arrivals: { atMs: number; observation: Observation }[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    const startMs = START_MS + minute * MINUTE_MS;
    for (const [producer, requests, delayMs = 10, final = false] of reportsOf(minute)) {
      const made = observation(producer, startMs, requests, final ? { final } : {});
      arrivals.push({ atMs: startMs + MINUTE_MS + delayMs, observation: made });
    }
  }
  arrivals.sort((a, b) => a.atMs - b.atMs);
  const closed: ClosedInterval[] = [];
  const until = (nowMs: number): void => {
    for (let dueMs = nextCloseMs(intake, settings); dueMs !== undefined && dueMs <= nowMs; dueMs = nextCloseMs(intake, settings)) {
      closed.push(...closeDue(intake, dueMs, settings));
    }
  };
  for (const arrival of arrivals) {
    until(arrival.atMs - 1);
    takeObservation(intake, arrival.observation, 1, arrival.atMs, settings);
    closed.push(...closeDue(intake, arrival.atMs, settings));
  }
  until(START_MS + minutes * MINUTE_MS + settings.lateAfterMs);
  return closed;
}

const requestsOf = (closed: readonly ClosedInterval[]): (number | undefined)[] => closed.map(({ loads }) => loads?.[0]);

test('intake: the total does not move when the number of producers changes at a constant load', () => {
  // 2, then 8, then 3 producers share 2,400 requests a minute; those that leave say goodbye.
  const countAt = (minute: number): number => (minute < 10 ? 2 : minute < 20 ? 8 : 3);
  const intake = createIntake();
  const closed = play(intake, 40, (minute) => {
    const count = countAt(minute);
    const next = countAt(minute + 1);
    return Array.from({ length: count }, (_, i) => [`p${i}`, 2_400 / count, 10 + 40 * i, i >= next] as const);
  });
  assert.deepEqual(
    requestsOf(closed),
    Array.from({ length: 40 }, () => 2_400),
  );
  assert.deepEqual([closed[5]?.producers, closed[15]?.producers, closed[35]?.producers], [2, 8, 3]);
  assert.equal(intake.known.size, 3);
  assert.equal(intake.counts.late, 0);
});

test('intake: a producer that dies without a word is missing or carried, never zero and never counted twice', () => {
  // Ten producers; one dies, the others take its load over at once.
  const intake = createIntake();
  const closed = play(intake, 20, (minute) => {
    const count = minute < 8 ? 10 : 9;
    return Array.from({ length: count }, (_, i) => [`p${i}`, 2_700 / count] as const);
  });
  for (const requests of requestsOf(closed)) assert.ok(requests !== undefined && Math.abs(requests - 2_700) < 1e-6, `${requests}`);
  assert.equal(intake.counts.carried, 3, 'for three intervals, then it is not expected any more');
});

test('intake: a small silent producer is carried, a large one leaves the interval unmeasured', () => {
  const small = play(createIntake(), 3, (minute) => [['a', 900], ...(minute === 2 ? [] : [['b', 100] as const])]);
  assert.deepEqual(requestsOf(small), [1_000, 1_000, 1_000]);
  const large = createIntake();
  const closed = play(large, 6, (minute) => [['a', 700], ...(minute >= 2 ? [] : [['b', 300] as const])]);
  assert.deepEqual(requestsOf(closed), [1_000, 1_000, undefined, undefined, undefined, 700]);
  assert.equal(large.counts.missing, 3);
});

test('intake: when everybody is silent intervals are unmeasured, and after a while nobody is expected', () => {
  const intake = createIntake();
  const closed = play(intake, 10, (minute) =>
    minute < 4
      ? [
          ['a', 10],
          ['b', 10],
        ]
      : [],
  );
  assert.deepEqual(requestsOf(closed), [20, 20, 20, 20, undefined, undefined, undefined]);
  assert.equal(nextCloseMs(intake, settings), undefined);
  assert.equal(intake.known.size, 0);
  const again = play(intake, 14, (minute) => (minute < 12 ? [] : [['c', 7]]));
  assert.deepEqual(requestsOf(again), [7, 7], 'and it goes on where the next one reports');
});

test('intake: late, doubled, too early and misfitting observations are dropped and counted', () => {
  const intake = createIntake();
  play(intake, 3, () => [['a', 10]]);
  const nowMs = START_MS + 3 * MINUTE_MS + 40_000;
  takeObservation(intake, observation('a', START_MS, 10), 1, nowMs, settings);
  takeObservation(intake, observation('a', START_MS + 3 * MINUTE_MS, 10), 1, nowMs, settings);
  takeObservation(intake, observation('a', START_MS + 3 * MINUTE_MS, 10), 1, nowMs, settings);
  takeObservation(intake, observation('a', START_MS + 600 * MINUTE_MS, 10), 1, nowMs, settings);
  takeObservation(intake, observation('a', START_MS + 3 * MINUTE_MS, 10, { intervalMs: 5 * MINUTE_MS }), 1, nowMs, settings);
  const { late, duplicate, early, misfit } = intake.counts;
  assert.deepEqual({ late, duplicate, early, misfit }, { late: 1, duplicate: 1, early: 1, misfit: 1 });
});

test('intake: a process that restarts within an interval counts with both halves', () => {
  const intake = createIntake();
  play(intake, 2, () => [['a', 10]]);
  const startMs = START_MS + 2 * MINUTE_MS;
  takeObservation(intake, observation('a', startMs, 4, { intervalMs: 20_000, final: true }), 1, startMs + 20_000, settings);
  takeObservation(intake, observation('a', startMs + 30_000, 5, { intervalMs: 30_000 }), 2, startMs + MINUTE_MS, settings);
  assert.deepEqual(requestsOf(closeDue(intake, startMs + 2 * MINUTE_MS, settings)), [9]);
});

test('intake: more producers than there may be are refused and counted, and the others go on', () => {
  const intake = createIntake();
  const nowMs = START_MS + MINUTE_MS;
  for (let i = 0; i < PRODUCERS_MAX; i += 1)
    intake.known.set(`p${i}`, { sinceMs: START_MS, lastMs: START_MS, loads: [0, 0, 0, 0], leaving: false });
  assert.equal(takeObservation(intake, observation('one-too-many', START_MS, 5), 1, nowMs, settings), false);
  assert.equal(takeObservation(intake, observation('p0', START_MS, 5), 1, nowMs, settings), true);
  assert.equal(intake.counts.refused, 1);
  assert.equal(intake.known.size, PRODUCERS_MAX);
});

test('intake: a producer whose clock is ahead opens no more than a few intervals', () => {
  const intake = createIntake();
  const nowMs = START_MS + 60 * MINUTE_MS;
  let taken = 0;
  for (let minute = 0; minute < 20; minute += 1)
    taken += takeObservation(intake, observation('a', START_MS + minute * MINUTE_MS, 1), 1, nowMs, settings) ? 1 : 0;
  assert.deepEqual([taken, intake.open.size, intake.counts.refused], [8, 8, 12]);
});

test('intake: a late goodbye is heard, and the interval is not waited for', () => {
  const intake = createIntake();
  play(intake, 3, () => [
    ['a', 10],
    ['b', 10],
  ]);
  const lateMs = START_MS + 3 * MINUTE_MS + 1_000;
  assert.equal(takeObservation(intake, observation('b', START_MS, 1, { final: true }), 1, lateMs, settings), false);
  takeObservation(intake, observation('a', START_MS + 3 * MINUTE_MS, 20), 1, START_MS + 4 * MINUTE_MS + 10, settings);
  assert.equal(nextCloseMs(intake, settings), START_MS + 4 * MINUTE_MS + MINUTE_MS / 20, 'complete without b');
  assert.deepEqual(requestsOf(closeDue(intake, START_MS + 5 * MINUTE_MS, settings)), [20]);
});

test('intake: nothing is expected before the first observation, nor after everybody said goodbye', () => {
  const intake = createIntake();
  assert.equal(nextCloseMs(intake, settings), undefined);
  assert.deepEqual(closeDue(intake, START_MS + 1e9, settings), []);
  const closed = play(intake, 2, (minute) => [['a', 10, 10, minute === 1]]);
  assert.deepEqual(requestsOf(closed), [10, 10]);
  assert.equal(nextCloseMs(intake, settings), undefined);
  assert.equal(intake.known.size, 0);
});

test('intake: a pool that was silent for a week goes on with the next report, in one step', () => {
  const intake = createIntake();
  play(intake, 2, () => [['a', 10]]);
  const startMs = START_MS + 7 * 1_440 * MINUTE_MS;
  // What is closed while nobody speaks ends with the producer's timeout.
  assert.equal(closeDue(intake, startMs, settings).length, settings.producerTimeoutMs / MINUTE_MS);
  takeObservation(intake, observation('a', startMs, 30), 1, startMs + MINUTE_MS, settings);
  assert.deepEqual(
    closeDue(intake, startMs + 2 * MINUTE_MS, settings).map(({ startMs: at, loads }) => [at, loads?.[0]]),
    [[startMs, 30]],
  );
});

test('intake: an interval waits for a producer that has just started', () => {
  const intake = createIntake();
  const closed = play(intake, 6, (minute) => [['a', 600 / (minute < 3 ? 1 : 2)], ...(minute < 3 ? [] : [['b', 300, 1_500] as const])]);
  assert.deepEqual(requestsOf(closed), [600, 600, 600, 600, 600, 600]);
});

/** Eight producers, of which `leave` fall silent at minute 10 without a goodbye, after an action of ours was accepted or not. */
function playDepartures(leave: number, departing: number, before: (intake: TotalIntake) => void = () => {}): (number | undefined)[] {
  const intake = createIntake();
  before(intake);
  const sinceMs = START_MS + 10 * MINUTE_MS + 5_000;
  const untilMs = sinceMs + settings.producerTimeoutMs + settings.observeMs;
  if (departing > 0) intake.departures = { generation: 2, sinceMs, untilMs, left: departing };
  const closed = play(intake, 20, (minute) => {
    const count = minute < 10 ? 8 : 8 - leave;
    return Array.from({ length: count }, (_, i) => [`p${i}`, 2_400 / count] as const);
  });
  return requestsOf(closed);
}

test('intake: replicas that we stop leave no hole in the total, however many they are and without a goodbye', () => {
  const steady = Array.from({ length: 20 }, () => 2_400);
  const rounded = (sums: readonly (number | undefined)[]) => sums.map((sum) => sum && Math.round(sum));
  assert.deepEqual(rounded(playDepartures(5, 5)), steady);
  assert.deepEqual(rounded(playDepartures(1, 5)), steady);
  // Nobody told of it: five of eight silent are an outage.
  assert.equal(playDepartures(5, 0)[10], undefined);
});

test('intake: more silence than we caused is not ours', () => {
  assert.deepEqual(playDepartures(5, 4).slice(10, 13), [undefined, undefined, undefined]);
});

test('intake: a replica that we stop is carried for the part of the interval that it served, and not longer', () => {
  const intake = createIntake();
  intake.departures = { generation: 2, sinceMs: START_MS + 5 * MINUTE_MS, untilMs: START_MS + 9 * MINUTE_MS, left: 1 };
  // b served half of minute 5 and is gone; from minute 6 the pool has half of its load.
  const closed = play(intake, 9, (minute) =>
    minute < 5
      ? [
          ['a', 50],
          ['b', 50],
        ]
      : [['a', minute === 5 ? 75 : 50]],
  );
  assert.deepEqual(requestsOf(closed), [100, 100, 100, 100, 100, 100, 50, 50, 50]);
});

for (const goodbye of [true, false]) {
  test(`intake: later silence is not excused by a replica that is gone already, ${goodbye ? 'with' : 'without'} a goodbye`, () => {
    const intake = createIntake();
    intake.departures = { generation: 2, sinceMs: START_MS + 5 * MINUTE_MS, untilMs: START_MS + 30 * MINUTE_MS, left: 1 };
    const closed = play(intake, 10, (minute) => [
      ['a', 50],
      ...(minute < 6 ? [['b', 50, 10, goodbye && minute === 5] as const] : []),
      ...(minute < 8 ? [['c', 50] as const] : []),
    ]);
    assert.deepEqual(requestsOf(closed).slice(5), [150, goodbye ? 100 : 150, 100, undefined, undefined]);
  });
}

test('intake: who was silent before we began is not among those that we stop', () => {
  const intake = createIntake();
  intake.departures = { generation: 2, sinceMs: START_MS + 6 * MINUTE_MS + 1_000, untilMs: START_MS + 30 * MINUTE_MS, left: 3 };
  const closed = play(intake, 8, (minute) => [['a', 50], ...(minute < 4 ? [['b', 50] as const] : [])]);
  assert.deepEqual(requestsOf(closed).slice(4, 7), [undefined, undefined, undefined]);
});

test('intake: frozen and thawed between any two messages it says the same', () => {
  const arrival = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(20), fc.nat(500), fc.boolean());
  fc.assert(
    fc.property(fc.array(arrival, { maxLength: 60 }), (arrivals) => {
      const run = (thaw: boolean): unknown => {
        let intake = createIntake();
        intake.departures = { generation: 2, sinceMs: START_MS, untilMs: START_MS + 60 * MINUTE_MS, left: 2 };
        const closed: ClosedInterval[] = [];
        for (const [i, [producer, minute, requests, final]] of arrivals.entries()) {
          const nowMs = START_MS + i * 20_000 + MINUTE_MS;
          takeObservation(
            intake,
            observation(producer, START_MS + minute * MINUTE_MS, requests, final ? { final } : {}),
            1,
            nowMs,
            settings,
          );
          closed.push(...closeDue(intake, nowMs, settings));
          if (thaw) intake = thawIntake(structuredClone(freezeIntake(intake)));
        }
        return [closed, freezeIntake(intake)];
      };
      assert.deepEqual(run(true), run(false));
    }),
    { seed: 2, numRuns: 200 },
  );
});

test('intake: a thousand producers take at most a few milliseconds an interval', () => {
  const intake = createIntake();
  const names = Array.from({ length: 1_000 }, (_, i) => `p${i}`);
  let looked = 0;
  const known = intake.known;
  const get = known.get.bind(known);
  known.get = (name) => {
    looked += 1;
    return get(name);
  };
  play(intake, 5, () => names.map((name) => [name, 1] as const));
  // Counted, not timed: a fixed number of looks per observation, not one per producer and observation.
  assert.ok(looked < 5 * 1_000 * 12, `${looked} looks`);
});
