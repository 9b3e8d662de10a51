import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  cpuLoad,
  failingLoad,
  observeReplica,
  provenLoad,
  startEvidence,
  type ReplicaSample,
} from '../../src/planning/capacity-evidence.ts';
import {
  boundsOf,
  CAPACITY_DEFAULTS,
  capacityRulesProblems,
  moveCapacity,
  startLearnedCapacity,
  type CapacityRules,
  type LearnedCapacity,
} from '../../src/planning/learned-capacity.ts';

const MINUTE_MS = 60_000;
const START_MS = 1_700_006_400_000;
const OBJECTIVE = 0.01;
const byCpu: CapacityRules = { ...CAPACITY_DEFAULTS, cpuMillicores: 1_000 };
const byDelay: CapacityRules = { ...CAPACITY_DEFAULTS, eventLoopDelayMs: 100 };

function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Measure = (load: number, draw: () => number) => Pick<ReplicaSample, 'cpuMillicores' | 'eventLoopDelayMs'>;

/** Replicas whose load goes up and down between two bounds, in multiples of the configured capacity. */
function run(rules: CapacityRules, minutes: number, [from, to]: readonly [number, number], measure: Measure): LearnedCapacity {
  const learned = startLearnedCapacity();
  const draw = draws(5);
  for (let minute = 0; minute < minutes; minute += 1) {
    const startMs = START_MS + minute * MINUTE_MS;
    for (let replica = 0; replica < 4; replica += 1) {
      const load = from + (to - from) * (0.5 + 0.5 * Math.sin(minute / 50)) + 0.02 * draw();
      observeReplica(learned.evidence, { startMs, load, replicas: 4, ...measure(load, draw) }, rules);
    }
    moveCapacity(learned, rules, OBJECTIVE, startMs);
  }
  return learned;
}

/** A replica that takes 640 millicores at the configured capacity, of the 800 that it may. */
const roomy: Measure = (load, draw) => ({ cpuMillicores: 50 + 590 * load + 40 * (draw() - 0.5) });
/** One that takes 1,000. */
const tight: Measure = (load, draw) => ({ cpuMillicores: 50 + 950 * load + 40 * (draw() - 0.5) });

test('capacity: a replica with room is found to serve more, slowly, and never beyond what CPU would bear', () => {
  const learned = run(byCpu, 4 * 1_440, [0.4, 1], roomy);
  const bears = (800 - 50) / 590;
  assert.ok(learned.ratio > 1.1 && learned.ratio <= bears, `${learned.ratio} of ${bears}`);
  const day = run(byCpu, 1_440, [0.4, 1], roomy);
  assert.ok(day.ratio <= 1.1 + 1e-9, `${day.ratio}`);
});

test('capacity: a replica whose CPU is used up sooner than configured is found to serve less, within hours', () => {
  const learned = run(byCpu, 6 * 60, [0.3, 0.9], tight);
  const bears = (800 - 50) / 950;
  assert.ok(learned.ratio < bears && learned.ratio > 0.85 * bears, `${learned.ratio} of ${bears}`);
});

test('capacity: loads far beyond any that was seen are not believed', () => {
  const learned = run({ ...byCpu, most: 2 }, 30 * 1_440, [0.2, 0.6], (load, draw) => ({ cpuMillicores: 100 * load + 5 * draw() }));
  assert.equal(learned.ratio, 1, 'the largest load was 0.6');
});

test('capacity: without a spread of loads, or in the first hour, nothing is said', () => {
  assert.equal(run(byCpu, 600, [0.7, 0.7], () => ({ cpuMillicores: 400 })).ratio, 1);
  assert.equal(cpuLoad(run(byCpu, 60, [0.4, 1], roomy).evidence, OBJECTIVE, 2), null);
});

test('capacity: delays that come with load lower it, delays that come anyway do not', () => {
  const slow = run(byDelay, 2_000, [0.2, 1], (load, draw) => ({ eventLoopDelayMs: load > 0.8 && draw() < 0.3 ? 300 : 10 }));
  assert.ok(slow.ratio <= 0.85 && slow.ratio >= 0.7, `${slow.ratio}`);
  const anyway = run(byDelay, 2_000, [0.2, 1], (_, draw) => ({ eventLoopDelayMs: draw() < 0.05 ? 300 : 10 }));
  assert.equal(anyway.ratio, 1);
});

test('capacity: where delay is limited it rises only to loads that were borne', () => {
  const quick: Measure = () => ({ eventLoopDelayMs: 10, cpuMillicores: 1 });
  assert.equal(run(byDelay, 3 * 1_440, [0.4, 1], quick).ratio, 1, 'no load above it was seen');
  const beyond = run(byDelay, 6 * 1_440, [0.4, 1.4], quick);
  assert.ok(beyond.ratio > 1.1 && beyond.ratio <= 1.4, `${beyond.ratio}`);
  assert.equal(run({ ...byDelay, cpuMillicores: 1_000 }, 3 * 1_440, [0.4, 1], quick).ratio, 1, 'CPU says nothing about delay');
});

test('capacity: nothing is proven by few intervals', () => {
  const evidence = startEvidence();
  for (let i = 0; i < 500; i += 1)
    observeReplica(evidence, { startMs: START_MS + i * MINUTE_MS, load: 1.2, eventLoopDelayMs: 1, replicas: 1 }, byDelay);
  assert.equal(provenLoad(evidence, OBJECTIVE), 0);
  assert.ok(provenLoad(evidence, 0.05) > 1);
  assert.equal(failingLoad(evidence, OBJECTIVE), Number.POSITIVE_INFINITY);
});

test('capacity: ten replicas say no more than one of the same pool', () => {
  const evidence = startEvidence();
  for (let i = 0; i < 1_000; i += 1)
    observeReplica(evidence, { startMs: START_MS + Math.floor(i / 10) * MINUTE_MS, load: 1.2, eventLoopDelayMs: 1, replicas: 10 }, byDelay);
  assert.ok(Math.abs(evidence.seen.reduce((sum, one) => sum + one, 0) - 100) < 2);
});

test('capacity: rules that contradict themselves are told', () => {
  assert.deepEqual(capacityRulesProblems(byCpu), []);
  const problems = capacityRulesProblems({ utilisation: 0, least: 1.2, most: 0.9, eventLoopDelayMs: -1 });
  assert.equal(problems.length, 4, problems.join('; '));
  assert.equal(capacityRulesProblems(CAPACITY_DEFAULTS).length, 1);
});

test('capacity: whatever is measured it stays within its bounds, and above what is configured only where that was proven', () => {
  const number = fc.oneof(
    { weight: 8, arbitrary: fc.double({ min: 0, max: 3, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, 1e-300) },
  );
  const sample = fc.record({
    minute: fc.nat(20_000),
    load: number,
    cpu: fc.option(number, { nil: undefined }),
    delay: fc.option(number, { nil: undefined }),
    replicas: fc.nat(20),
    times: fc.nat(200),
  });
  const rules = fc.record({
    cpuMillicores: fc.constantFrom(undefined, 1_000),
    eventLoopDelayMs: fc.constantFrom(undefined, 100),
    least: fc.double({ min: 0.25, max: 1, noNaN: true }),
    most: fc.double({ min: 1, max: 2, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 40 }), rules, (samples, { cpuMillicores, eventLoopDelayMs, ...bounds }) => {
      const drawn = {
        ...bounds,
        utilisation: 0.8,
        ...(cpuMillicores === undefined ? {} : { cpuMillicores }),
        ...(eventLoopDelayMs === undefined ? {} : { eventLoopDelayMs }),
      };
      const learned = startLearnedCapacity();
      for (const { minute, load, cpu, delay, replicas, times } of samples) {
        for (let i = 0; i < times; i += 1) {
          const startMs = START_MS + (minute + i) * MINUTE_MS;
          const one = { startMs, load, replicas, cpuMillicores: cpu && cpu * 1_000, eventLoopDelayMs: delay && delay * 100 };
          observeReplica(learned.evidence, one, drawn);
        }
        moveCapacity(learned, drawn, OBJECTIVE, START_MS + (minute + times) * MINUTE_MS);
        assert.ok(learned.ratio >= drawn.least && learned.ratio <= drawn.most, `${learned.ratio}`);
        const { ratio, cpu: borne, proven, failing } = boundsOf(learned.evidence, drawn, OBJECTIVE);
        assert.ok(ratio >= drawn.least && ratio <= drawn.most);
        if (ratio > 1) assert.ok(ratio <= Math.max(proven ?? 0, eventLoopDelayMs === undefined ? (borne ?? 0) : 0) + 1e-9);
        if (ratio > drawn.least) assert.ok(ratio <= (failing ?? Number.POSITIVE_INFINITY) && ratio <= (borne ?? Number.POSITIVE_INFINITY));
      }
    }),
    { numRuns: 200, seed: 13 },
  );
});
