/** What upsets a load for a while: the forecaster must neither miss it nor remember it for longer than it lasts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createForecaster } from '../../src/models/index.ts';
import { Upset } from '../../src/models/upset.ts';
import { createGaussian } from './gaussian.ts';

const MINUTE = 60_000;
const DAY = 288;

/** Mean absolute error of the median 15 minutes ahead and of the last value, over a span of five-minute intervals. */
function errorOver(loadAt: (t: number) => number, [from, to]: readonly [number, number]): { own: number; naive: number } {
  const forecaster = createForecaster({ intervalMs: 5 * MINUTE, horizonsMs: [15 * MINUTE], profile: 'slim', warmupIntervals: 3 });
  const values = Array.from({ length: to }, (_, t) => loadAt(t));
  let [own, naive] = [0, 0];
  for (const [t, value] of values.entries()) {
    forecaster.observe(t * 5 * MINUTE, value);
    if (t < from || t + 3 >= to) continue;
    const target = values[t + 3] ?? 0;
    own += Math.abs(target - (forecaster.forecast()[0]?.quantiles[3] ?? Number.NaN)) / (to - 3 - from);
    naive += Math.abs(target - value) / (to - 3 - from);
  }
  return { own, naive };
}

/** Load of a day with a steep morning and a lunch hour, at an hour of the day. */
function dayShape(hour: number): number {
  return 300 + 220 * Math.tanh(hour - 8) - 220 * Math.tanh((hour - 19) / 2) - (hour > 12 && hour < 13 ? 120 : 0);
}

const days = (seed: number, change: (t: number, value: number) => number = (_, value) => value) => {
  const noise = createGaussian(seed);
  return (t: number): number => Math.max(0, change(t, dayShape((t % DAY) / 12) * (1 + 0.04 * noise())));
};

const ABNORMAL = {
  'without load': () => 0,
  'at a quarter of the load': (value: number) => value / 4,
  'at three times the load': (value: number) => 3 * value,
  'flat, as a holiday': () => 300,
} as const;

for (const [name, change] of Object.entries(ABNORMAL)) {
  test(`upsets: a day ${name} raises the error of the three days after it by at most 10%`, () => {
    const span = [10 * DAY, 13 * DAY] as const;
    const usual = errorOver(days(1), span);
    const after = errorOver(
      days(1, (t, value) => (Math.floor(t / DAY) === 9 ? change(value) : value)),
      span,
    );
    assert.ok(after.own <= 1.1 * usual.own, `${after.own} after it, ${usual.own} without`);
  });
}

test('upsets: a shape that changes for good is learnt within three days', () => {
  const moved = (seed: number, from: number) => {
    const noise = createGaussian(seed);
    return (t: number): number => dayShape(((t % DAY) / 12 + (t >= from ? 6 : 0)) % 24) * (1 + 0.04 * noise());
  };
  const span = [13 * DAY, 15 * DAY] as const;
  const after = errorOver(moved(5, 10 * DAY), span);
  const always = errorOver(moved(5, 0), span);
  assert.ok(after.own <= 1.25 * always.own, `${after.own} after the change, ${always.own} without`);
});

test('upsets: a day that was not measured teaches nothing', () => {
  const span = [10 * DAY, 13 * DAY] as const;
  const usual = errorOver(days(2), span);
  const after = errorOver(
    days(2, (t, value) => (Math.floor(t / DAY) === 9 ? Number.NaN : value)),
    span,
  );
  assert.ok(after.own <= 1.05 * usual.own, `${after.own} after it, ${usual.own} without`);
});

test('upsets: when the clocks change, a load by the local hour is forecast better than by the last value from the second day on', () => {
  const noise = createGaussian(3);
  const local = (t: number): number => dayShape(((t % DAY) / 12 + (t >= 14 * DAY ? 1 : 0)) % 24) * (1 + 0.04 * noise());
  const later = errorOver(local, [15 * DAY, 18 * DAY]);
  assert.ok(later.own < later.naive, `${later.own}, the last value ${later.naive}`);
});

test('upsets: a level that shifts for good is forecast within 5% after ten intervals, and its width is that of the new level after an hour', () => {
  const noise = createGaussian(4);
  const forecaster = createForecaster({ intervalMs: MINUTE, horizonsMs: [5 * MINUTE], profile: 'slim', warmupIntervals: 3 });
  const run = (from: number, to: number): readonly number[] => {
    for (let t = from; t < to; t++) forecaster.observe(t * MINUTE, (t < 990 ? 100 : 300) + 4 * noise());
    return forecaster.forecast()[0]?.quantiles ?? [];
  };
  const soon = run(0, 1_000);
  assert.ok(Math.abs((soon[3] ?? 0) - 300) < 15, String(soon));
  const later = run(1_000, 1_050);
  assert.ok((later[6] ?? 0) - (later[0] ?? 0) < 60, String(later));
});

test('upsets: which times were abnormal is known afterwards, unless it was too long to be a one-off', () => {
  const HOUR = 60 * MINUTE;
  const play = (hours: number): Upset => {
    const upset = new Upset(5 * MINUTE);
    for (let t = 0; t < 9 * DAY; t++) {
      const isAbnormal = t >= 4 * DAY && t < 4 * DAY + 12 * hours;
      upset.observe(t * 5 * MINUTE, isAbnormal ? 10 : 0.5);
    }
    return upset;
  };
  const told = (upset: Upset, hoursAfter: number): boolean => upset.wasAbnormal(4 * 24 * HOUR + hoursAfter * HOUR);
  const day = play(24);
  assert.deepEqual(
    [-1, 1, 23, 25].map((hour) => told(day, hour)),
    [false, true, true, false],
  );
  const change = play(60);
  assert.deepEqual(
    [1, 23, 59].map((hour) => told(change, hour)),
    [false, false, false],
  );
});

/** What is done when the distances of a calm week are followed by those of a day, and by a calm day. */
function actionsOf(distanceAt: (t: number) => number): readonly { readonly t: number; readonly action: string }[] {
  const upset = new Upset(5 * MINUTE);
  return Array.from({ length: 9 * DAY }, (_, t) => {
    const isCalm = t < 7 * DAY || t >= 8 * DAY;
    return { t: t - 8 * DAY, action: upset.observe(t * 5 * MINUTE, isCalm ? 0.5 : distanceAt(t)) };
  }).filter(({ action }) => action === 'go-back');
}

test('upsets: values far above and far below the shapes in turn are noise, not an abnormal time', () => {
  assert.deepEqual(
    actionsOf((t) => (t % 2 === 0 ? 8 : -8)),
    [],
  );
});

test('upsets: a time that is not far from the shapes, but on one side of them, is abnormal, and not over with the first value at home', () => {
  const [over, ...others] = actionsOf((t) => -(t % 7 === 0 ? 1.5 : 3.8));
  assert.deepEqual(others, []);
  assert.ok(over !== undefined && over.t >= 0 && over.t <= 6, `${over?.t} intervals after it`);
});
