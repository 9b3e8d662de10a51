/**
 * Many seeds of faults and crashes around the real scaling action and the simulated cloud. `FORESCALE_SEEDS=10000` runs as
 * many as a release wants; the tests run a few hundred.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../src/adapters/system/random.ts';
import type { Random } from '../../src/ports/random.ts';
import {
  targetError,
  type ScaleRequest,
  type Target,
  type TargetErrorCode,
  type TargetResult,
  type TargetState,
} from '../../src/ports/target.ts';
import { SimulatedCloud } from '../../sim/cloud.ts';
import { runAction } from '../contracts/target/action-run.ts';

const SEEDS = Number(process.env['FORESCALE_SEEDS'] ?? 200);
const CODES: readonly TargetErrorCode[] = ['unavailable', 'throttled', 'broken-answer', 'unauthenticated', 'unknown-outcome'];

interface Journal {
  readonly writes: ScaleRequest[];
}

/** A target that fails at random, before and after the effect. Without a generation if it forgets. */
function flaky(cloud: SimulatedCloud, random: Random, journal: Journal, forgets: boolean): Target {
  const fault = () => {
    const code = CODES[random.int(CODES.length)] ?? 'unavailable';
    return targetError(code, 'as drawn', code === 'throttled' ? { retryAfterMs: 1 + random.int(30_000) } : {});
  };
  const hide = <T extends TargetState>(result: TargetResult<T>): TargetResult<T> => {
    if (!forgets) return result;
    if (result.ok) return { ok: true, value: { ...result.value, generation: 0 } };
    const { state, ...error } = result.error;
    return { ok: false, error: state === undefined ? error : { ...error, state: { ...state, generation: 0 } } };
  };
  return {
    kind: 'flaky',
    capabilities: cloud.capabilities,
    get: async (pool) => (random.next() < 0.2 ? fault() : hide(await cloud.get(pool))),
    async scale(request) {
      if (random.next() < 0.2) return fault();
      // A target that forgets takes any generation; its count is all there is to compare.
      const generation = forgets ? cloud.state().generation + 1 : request.generation;
      const result = await cloud.scale({ ...request, generation });
      if (result.ok) journal.writes.push(request);
      return random.next() < 0.3 ? targetError('unknown-outcome', 'the answer was lost') : hide(result);
    },
  };
}

for (const forgets of [false, true]) {
  const promise = forgets ? 'told by the count alone' : 'kept at the target';
  test(`action: over many seeds of faults and crashes, one effect and a named end (generation ${promise})`, async () => {
    const outcomes = new Map<string, number>();
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const random = createRandom(`once/${seed}`);
      const clock = { nowMs: () => nowMs };
      let nowMs = 0;
      const leadTime = { p50Ms: 60_000, p95Ms: random.next() < 0.2 ? 2_000_000 : 120_000 };
      const to = 1 + random.int(8);
      const cloud = new SimulatedCloud({
        pool: 'web',
        clock,
        random: random.fork('cloud'),
        leadTime,
        replicas: 4,
        minReplicas: 0,
        maxReplicas: 9,
      });
      const journal: Journal = { writes: [] };
      const target = flaky(cloud, random.fork('faults'), journal, forgets);
      const { feedback } = await runAction({
        target: () => target,
        pool: 'web',
        from: 4,
        to: to === 4 ? 9 : to,
        generation: 2,
        deadlineMs: 600_000,
        advance: async (ms) => {
          nowMs += ms;
        },
        ...(random.next() < 0.3 ? { crashes: async () => {} } : {}),
      });
      const what = `seed ${seed}: ${feedback.outcome} ${feedback.reason}`;
      outcomes.set(feedback.outcome, (outcomes.get(feedback.outcome) ?? 0) + 1);
      const [first, second, ...more] = journal.writes.map(({ replicas }) => replicas);
      assert.deepEqual(more, [], what);
      if (first !== undefined) assert.equal(first, feedback.toReplicas, what);
      if (feedback.outcome === 'succeeded')
        assert.deepEqual([second, cloud.state().requestedReplicas], [undefined, feedback.toReplicas], what);
      if (feedback.outcome === 'rolled-back') assert.equal(cloud.state().requestedReplicas, second, what);
      assert.notEqual(feedback.outcome, 'superseded', what);
    }
    assert.ok((outcomes.get('succeeded') ?? 0) > SEEDS / 2, JSON.stringify([...outcomes]));
    if (SEEDS >= 200) assert.ok((outcomes.get('rolled-back') ?? 0) > 0, JSON.stringify([...outcomes]));
  });
}
