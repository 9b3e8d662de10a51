import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain, replay } from '../../src/planning/explain.ts';
import type { FollowedInput, Standing } from '../../src/planning/inputs.ts';
import { plan } from '../../src/planning/plan.ts';
import { FORECAST_KINDS, type ShadowRule } from '../../src/planning/shadow-rules.ts';
import { settingsProblems } from '../../src/planning/settings.ts';
import { whatIf } from '../../src/planning/what-if.ts';
import { inputs, report, requests, settings, target } from './inputs.ts';

const FORECAST: ShadowRule = { kind: 'forecast', forecast: 0, holdReaches: 1.25 };
const REACTIVE: ShadowRule = { kind: 'reactive', windowReaches: 4, headroom: 1.2 };

function followed(rule: ShadowRule, given: Partial<FollowedInput> = {}): FollowedInput {
  const standing = (role: Standing['role'], of: ShadowRule, replicas: number, shortShare: number): Standing => ({
    role,
    rule: of,
    windowMs: of.kind === 'forecast' ? 300_000 : 960_000,
    replicas,
    shortShare,
  });
  const isForecast = rule.kind === 'forecast';
  return {
    rule,
    forecast: isForecast ? (FORECAST_KINDS[0] ?? null) : null,
    windowMs: isForecast ? 300_000 : 960_000,
    held: 0,
    price: 100,
    exhausted: false,
    sinceMs: 0,
    standings: [
      standing('followed', rule, 8, 0.01),
      standing('forecast', FORECAST, isForecast ? 8 : 12, 0.01),
      standing('reactive', REACTIVE, isForecast ? 12 : 8, 0.01),
      standing('more-headroom', { kind: 'reactive', windowReaches: 4, headroom: 1.35 }, 9, 0.005),
    ],
    ...given,
  };
}

test('plan: the followed rule stands before every other, and its reason is said', () => {
  const outcome = plan(inputs({ followed: followed(REACTIVE, { held: 11.5 }) }), settings());
  assert.equal(outcome.plan.winner, 'followed');
  assert.equal(outcome.plan.replicas, 14);
  assert.match(outcome.plan.reason, /the largest load of the last 16 min is 1150 requests\/s, with a headroom of 20%/);
  assert.match(outcome.plan.selection?.sentence ?? '', /bursts are not predictable here \(lately the best forecast cost 44\.4% more/);
  assert.match(outcome.plan.selection?.sentence ?? '', /35% headroom would buy 7\.2 fewer short minutes a day for 12\.5% more cost/);
});

test('plan: a followed forecast buys by the price and holds what it called for', () => {
  const cheap = plan(inputs({ followed: followed(FORECAST, { price: 0.001 }), target: target(9) }), settings()).plan;
  const dear = plan(inputs({ followed: followed(FORECAST, { price: 1e6 }), target: target(9) }), settings()).plan;
  assert.ok(dear.replicas > cheap.replicas, `${dear.replicas} over ${cheap.replicas}`);
  const holding = plan(inputs({ followed: followed(FORECAST, { price: 0.001, held: 12 }), target: target(12) }), settings()).plan;
  assert.equal(holding.replicas, 12);
  assert.match(holding.reason, /as many were called for within the last 5 min/);
  assert.match(holding.selection?.sentence ?? '', /lately it cost 33\.3% less than the best rule without a forecast/);
});

test('plan: at a minute of the hour at which shortages come forty times as often, a price counts forty times, and the reason says so', () => {
  const at = (given: Partial<FollowedInput>) => plan(inputs({ followed: followed(FORECAST, given), target: target(9) }), settings()).plan;
  const told = at({ price: 1, clock: 40 });
  assert.equal(told.replicas, at({ price: 40 }).replicas);
  assert.ok(told.replicas > at({ price: 1 }).replicas);
  const { because } = told.candidates.find(({ name }) => name === 'followed') ?? assert.fail();
  assert.match(because, /at 1 replica-minutes a short minute, which comes 40 times as often at this minute of the hour as is forecast/);
  const given = inputs({ followed: followed(FORECAST, { price: 1, clock: 40 }), target: target(9) });
  assert.ok(
    whatIf({ plan: told, inputs: given, settings: settings(), action: null }).some(
      ({ condition }) => condition === 'If all minutes of the hour had been alike',
    ),
  );
});

test('plan: evidence stands above what the forecaster says of itself', () => {
  const doubted = report([requests(300, [400, 400, 400], 800)], { confidence: 0.1 });
  const { plan: made } = plan(inputs({ report: doubted, followed: followed(FORECAST), target: target(4) }), settings());
  assert.ok(made.replicas < 8, `${made.replicas}`);
});

test('plan: a demoted forecast is listened to where a rule has proven itself on it', () => {
  const demoted = report([requests(300, [1_500, 1_500, 1_500], 400)], { problem: 'worse than the last value' });
  const { plan: made } = plan(inputs({ report: demoted, followed: followed(FORECAST), target: target(4) }), settings());
  assert.equal(made.winner, 'followed');
  assert.ok(made.replicas > 12, `${made.replicas}`);
});

test('plan: without a forecast the followed forecast gives way to the reactive answer', () => {
  const cold = report([requests(900, [], 1_200)], { ready: false, problem: 'too little history' });
  const { plan: made } = plan(inputs({ report: cold, followed: followed(FORECAST) }), settings());
  assert.equal(made.winner, 'reactive');
  assert.equal(made.replicas, 15);
});

test('plan: an objective that cannot be kept is said', () => {
  const { plan: made } = plan(inputs({ followed: followed(FORECAST, { exhausted: true }) }), settings());
  assert.match(
    made.selection?.sentence ?? '',
    /The objective of 1% is not kept here at any reasonable price: it was short for 1% of the time/,
  );
});

test('explain: a followed decision is replayed bit for bit and says why the rule is followed', () => {
  for (const rule of [FORECAST, REACTIVE]) {
    const given = inputs({ followed: followed(rule, { held: 9.3 }) });
    const decision = { plan: plan(given, settings()).plan, inputs: given, settings: settings(), action: null };
    const record = JSON.stringify(decision);
    assert.ok(record.length <= 8_192, `${record.length} bytes`);
    assert.equal(replay(JSON.parse(record)).same, true);
    assert.match(explain(decision), /is followed/);
  }
});

test('plan: a count that saves little is left alone, what the load of this moment needs is not', () => {
  const at = (replicas: number, price: number, current = 900) => {
    const asked = report([requests(current, [1_000, 1_000, 1_000])]);
    return plan(inputs({ report: asked, followed: followed(FORECAST, { price }), target: target(replicas) }), settings()).plan;
  };
  const free = (price: number) => at(40, price).candidates.find(({ name }) => name === 'followed')?.replicas ?? 0;
  const names = (made: ReturnType<typeof at>): string[] => made.clamps.map(({ name }) => name);
  const prices = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000];
  const rested = prices.filter((price) => names(at(free(price) - 1, price)).includes('dead-band'));
  assert.ok(rested.length > 0 && rested.length < prices.length, rested.join(' '));
  for (const price of rested) {
    const kept = at(free(price) - 1, price);
    assert.equal(kept.replicas, free(price) - 1);
    assert.match(kept.reason, /would save less than 8%, shortages included/);
    const loaded = at(free(price) - 1, price, 100 * free(price));
    assert.ok(loaded.replicas >= free(price), 'the load of this moment is never withheld');
  }
});

test('plan: a pool that turns too often leaves more alone, and says what it was before; a dead band of no figures is refused', () => {
  const at = (deadBand: { up: number; down: number } | undefined, replicas: number) => {
    const asked = report([requests(900, [1_000, 1_000, 1_000])]);
    const given = followed(FORECAST, { price: 20, ...(deadBand && { deadBand }) });
    return plan(inputs({ report: asked, followed: given, target: target(replicas) }), settings()).plan;
  };
  const free = at(undefined, 40).candidates.find(({ name }) => name === 'followed')?.replicas ?? 0;
  const rests = (made: ReturnType<typeof at>): boolean => made.clamps.some(({ name }) => name === 'dead-band');
  const present = [2, 3, 4, 5]
    .map((more) => free + more)
    .find((count) => !rests(at(undefined, count)) && rests(at({ up: 0.3, down: 0.3 }, count)));
  assert.notEqual(present, undefined);
  const { reason } = at({ up: 0.3, down: 0.3 }, present ?? 0);
  assert.match(reason, /less than 30%, shortages included \(4% while the pool turns at most half as often as an HPA would\)/);
  assert.match(at({ up: Number.NaN, down: 0.04 }, 12).reason, /the dead band has no figures/);
});

test('plan: what is kept for a time between two horizons lies on the line between their counts', () => {
  const asked = report([requests(900, [1_000, 2_000, 3_000])]);
  const kept = (breakEvenMs: number) => {
    const given = inputs({
      report: asked,
      followed: followed(FORECAST, { price: 1_000, deadBand: { up: 0, down: 0 } }),
      target: target(60),
    });
    const made = plan(given, settings({ breakEvenMs, scaleDown: { stabilizationWindowMs: 0, policies: [] } })).plan;
    return { replicas: made.replicas, because: made.clamps.find(({ name }) => name === 'lazy-scale-down')?.because };
  };
  // Reach is four minutes: three of lead time, one of review.
  const [five, ten] = [kept(60_000), kept(360_000)];
  assert.equal(five.because, undefined);
  assert.ok(ten.replicas > five.replicas + 5, `${five.replicas} and ${ten.replicas}`);
  const between = (share: number): number => Math.ceil(five.replicas + share * (ten.replicas - five.replicas));
  assert.deepEqual([kept(120_000).replicas, kept(240_000).replicas], [between(0.2), between(0.6)]);
  assert.match(kept(120_000).because ?? '', new RegExp(`may need ${between(0.2)} within 6 ?m`));
  assert.ok(kept(3_600_000).replicas > ten.replicas, 'the longest horizon is the last');
});

test('plan: a dead band that is given is told as it is, and one that is none is refused', () => {
  const given = followed(FORECAST, { price: 20, deadBand: { up: 0.3, down: 0.3 } });
  const free = plan(inputs({ followed: given, target: target(400) }), settings()).plan.candidates.find(({ name }) => name === 'followed');
  const at = inputs({ followed: given, target: target((free?.replicas ?? 0) + 1) });
  const made = plan(at, settings({ deadBand: { up: 0.3, down: 0.3 } })).plan;
  assert.ok(made.clamps.some(({ name, because }) => name === 'dead-band' && because.endsWith('less than 30%, shortages included')));
  assert.deepEqual(settingsProblems(settings({ deadBand: { up: 2, down: Number.NaN } })), [
    'deadBand.up must be 0 to 1, got 2',
    'deadBand.down must be 0 to 1, got NaN',
  ]);
});

test('replay: a record whose dead band is no object is said to be none, not thrown', () => {
  const given = inputs({ followed: followed(FORECAST, { price: 20 }), target: target(40) });
  const record = { plan: plan(given, settings()).plan, inputs: given, settings: settings(), action: null };
  assert.equal(replay(record).same, true);
  const broken = { ...given, followed: { ...given.followed, deadBand: null } };
  assert.equal(replay({ ...record, inputs: broken }).same, false);
});

test('plan: what a followed forecast holds by itself is not held again by the stabilisation', () => {
  const holding = plan(inputs({ followed: followed(FORECAST, { price: 100, held: 14 }), target: target(14) }), settings());
  assert.equal(holding.plan.replicas, 14);
  assert.ok((holding.recommended ?? 14) < 14, `${holding.recommended}`);
});
