import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundsAt, DAYS, windowProblems, type BoundsWindow } from '../../src/planning/bounds.ts';
import { plan } from '../../src/planning/plan.ts';
import { replay } from '../../src/planning/explain.ts';
import { inputs, report, requests, settings } from './inputs.ts';

const OFFICE: BoundsWindow = {
  name: 'office',
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  fromMinutes: 8 * 60,
  toMinutes: 18 * 60,
  timeZone: 'Europe/Berlin',
  minReplicas: 12,
  maxReplicas: 40,
};
const NIGHT: BoundsWindow = {
  ...OFFICE,
  name: 'night',
  days: DAYS,
  fromMinutes: 22 * 60,
  toMinutes: 5 * 60,
  minReplicas: null,
  maxReplicas: 6,
};
const pool = { minReplicas: 2, maxReplicas: 20, windows: [OFFICE, NIGHT] };

/** What holds at a time, as `least-most`. */
function at(time: string, reachMinutes = 0): string {
  const { least, most } = boundsAt(pool, Date.parse(time), reachMinutes * 60_000);
  return `${least.replicas}-${most.replicas}`;
}

test('bounds: a window follows the clocks of its time zone, through daylight saving', () => {
  // Berlin is an hour ahead of UTC in winter, two in summer. 2026-01-07 and 2026-07-08 are Wednesdays.
  assert.equal(at('2026-01-07T06:59:00Z'), '2-20');
  assert.equal(at('2026-01-07T07:00:00Z'), '12-40');
  assert.equal(at('2026-07-08T06:00:00Z'), '12-40');
  assert.equal(at('2026-01-07T17:00:00Z'), '2-20');
  // A Saturday.
  assert.equal(at('2026-01-10T12:00:00Z'), '2-20');
});

test('bounds: a window past midnight belongs to the day on which it begins', () => {
  assert.equal(at('2026-01-07T23:30:00Z'), '2-6');
  assert.equal(at('2026-01-08T03:59:00Z'), '2-6');
  assert.equal(at('2026-01-08T04:00:00Z'), '2-20');
});

test('bounds: the minimum of a window is kept already a lead time before it begins, its maximum only within', () => {
  assert.equal(at('2026-01-07T06:55:00Z', 4), '2-20');
  assert.equal(at('2026-01-07T06:57:00Z', 4), '12-20');
});

test('bounds: a window without a minimum or a maximum keeps the one of the pool, and is refused where both contradict', () => {
  assert.deepEqual(windowProblems(NIGHT, pool), []);
  assert.deepEqual(windowProblems({ ...NIGHT, maxReplicas: 1 }, pool), ['min (2) must not be above its max (1)']);
  assert.match(windowProblems({ ...NIGHT, timeZone: 'Berlin' }, pool).join(), /IANA time zone, got Berlin/);
});

test('plan: a window that is opening raises the pool, says its name and is replayed', () => {
  const windows = [{ ...OFFICE, days: DAYS, timeZone: 'UTC', fromMinutes: 0, toMinutes: 1_440 }];
  const given = inputs({ report: report([requests(100, [150, 150, 150])]) });
  const set = settings({ minReplicas: 2, windows });
  const { plan: made } = plan(given, set);
  assert.equal(made.replicas, 12);
  assert.match(made.reason, /never fewer than 12 \(office\)/);
  assert.equal(replay({ plan: made, inputs: given, settings: set, action: null }).same, true);
});

test('plan: settings with a window that cannot be kept are held with the reason', () => {
  const { act, plan: made } = plan(inputs(), settings({ windows: [{ ...OFFICE, maxReplicas: 3 }] }));
  assert.equal(act, false);
  assert.match(made.reason, /windows\[0\].min \(12\) must not be above its max \(3\)/);
});
