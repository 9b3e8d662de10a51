import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { policyOf } from '../../../src/actors/failure-policy.ts';
import { targetError, type Target, type TargetErrorCode } from '../../../src/ports/target.ts';
import type { TargetUnderTest } from '../target.ts';
import { runAction, type ActionResult } from './action-run.ts';

/** Where an action can be hurt. `write-before` and `write-after`: the effect; `confirm`: the first look after the write. */
export const FAULT_POINTS = ['read', 'write-before', 'write-after', 'confirm'] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

/** A way in which one call goes wrong, once. */
export interface FaultKind {
  readonly name: string;
  /** What the target makes of it, which decides how the action ends. */
  readonly code: TargetErrorCode;
  /** Points at which it can happen. Default all. */
  readonly at?: readonly FaultPoint[];
}

export interface FaultyTargetUnderTest extends TargetUnderTest {
  readonly kinds: readonly FaultKind[];
  /** The next call at that point goes wrong in that way. Nothing is armed any more when it did. */
  arm(at: FaultPoint, kind: string): void;
  readonly isArmed: () => boolean;
  /** Counts that were set by our writes and took effect, oldest first, by the journal of the real thing. */
  effects(): readonly number[];
  /** What a new process would know of the same real thing. Default: the target as it is. */
  restart?(): Promise<void>;
}

/** How often each fault is met: `FORESCALE_RUNS=5 npm test -- local/target` does five times what a test run does. */
const RUNS = Number(process.env['FORESCALE_RUNS'] ?? 1);

interface Hurt {
  readonly arm?: readonly [at: FaultPoint, kind: string];
  readonly crashes?: () => Promise<void>;
}

/**
 * What every target promises when things go wrong, shown with the real scaling action: whatever fails, and wherever, the
 * action ends in a named state, its write takes effect at most once, and when it says that it succeeded it did.
 */
export function targetFaultContract(name: string, make: () => Promise<FaultyTargetUnderTest>): void {
  describe(`target faults: ${name}`, () => {
    let under: FaultyTargetUnderTest;
    before(async () => {
      under = await make();
    });
    after(() => under.close());

    const stateNow = async () => {
      const read = await under.target.get(under.pool);
      return read.ok ? read.value : assert.fail(`${read.error.code}: ${read.error.message}`);
    };
    const act = async (to: number, { arm, crashes }: Hurt = {}): Promise<ActionResult & { readonly effects: readonly number[] }> => {
      const state = await stateNow();
      const before = under.effects().length;
      if (arm !== undefined) under.arm(...arm);
      const result = await runAction({
        target: () => under.target,
        pool: under.pool,
        from: state.requestedReplicas,
        to,
        // As the engine numbers its actions: even, the rollback's is the odd one above.
        generation: 2 * (Math.floor(Math.max(state.generation, lastGeneration) / 2) + 1),
        advance: (ms) => under.advance(ms),
        ...(crashes === undefined ? {} : { crashes }),
      });
      lastGeneration = result.feedback.generation;
      runs += 1;
      return { ...result, effects: under.effects().slice(before) };
    };
    let lastGeneration = 0;
    let runs = 0;
    const succeeds = async (to: number): Promise<void> => {
      const { feedback, effects } = await act(to);
      assert.equal(feedback.outcome, 'succeeded', feedback.reason);
      assert.deepEqual(effects, [to]);
    };

    test('target: an action without a fault ends well, with one effect, up and down', async () => {
      const { feedback, steps, effects } = await act(2);
      assert.equal(feedback.outcome, 'succeeded', feedback.reason);
      assert.deepEqual([steps[0], steps.at(-1)], ['accepted', 'ready']);
      assert.deepEqual(effects, [2]);
      assert.equal((await stateNow()).readyReplicas, 2);
      await succeeds(1);
    });

    test('target: each fault at each step leaves one effect at the most, and an end with a reason', async () => {
      for (const kind of Array.from({ length: RUNS }, () => under.kinds).flat()) {
        for (const at of kind.at ?? FAULT_POINTS) {
          const what = `${kind.name} at ${at}`;
          const { feedback, effects } = await act(2, { arm: [at, kind.name] });
          assert.ok(!under.isArmed(), `${what} was never met`);
          const state = await stateNow();
          const mayEnd = policyOf(kind.code) === 'end';
          if (mayEnd && feedback.outcome !== 'succeeded') {
            assert.equal(feedback.outcome, 'failed', what);
            assert.match(feedback.reason, new RegExp(kind.code), what);
            assert.ok(effects.length <= 1, what);
          } else {
            assert.equal(feedback.outcome, 'succeeded', `${what}: ${feedback.reason}`);
            assert.deepEqual(effects, [2], what);
            assert.equal(state.requestedReplicas, 2, what);
          }
          if (at === 'read' || at === 'write-before') assert.equal(effects.length, feedback.outcome === 'succeeded' ? 1 : 0, what);
          if (state.requestedReplicas !== 1) await succeeds(1);
        }
      }
      if (RUNS > 1) console.log(`${name}: ${runs} actions, ${under.effects().length} effects, none twice`);
    });

    test('target: a node that dies after every effect, and does it again, changes nothing twice', async () => {
      const dies = async (): Promise<void> => under.restart?.();
      const { feedback, effects } = await act(2, { crashes: dies });
      assert.equal(feedback.outcome, 'succeeded', feedback.reason);
      assert.deepEqual(effects, [2]);
      await succeeds(1);
    });

    test('target: an action that was told late does not undo what was written since', async () => {
      const state = await stateNow();
      const late = { target: () => under.target, pool: under.pool, from: 1, to: 3, advance: (ms: number) => under.advance(ms) };
      await succeeds(2);
      const before = under.effects().length;
      const { feedback } = await runAction({ ...late, generation: Math.max(state.generation, lastGeneration - 2) });
      assert.equal(feedback.outcome, 'superseded', feedback.reason);
      assert.deepEqual(under.effects().slice(before), []);
      await succeeds(1);
    });
  });
}

const ERROR_KINDS: Readonly<Record<string, TargetErrorCode>> = {
  unavailable: 'unavailable',
  throttled: 'throttled',
  'no answer': 'unknown-outcome',
  'a bug': 'unknown-outcome',
  forbidden: 'forbidden',
};

/** Faults for a target without a wire to cut: they stand between it and who calls it. */
export function withFaults(
  target: Target,
  rest: Omit<FaultyTargetUnderTest, 'target' | 'kinds' | 'arm' | 'isArmed' | 'effects'>,
): FaultyTargetUnderTest {
  let armed: { readonly at: FaultPoint; readonly kind: string } | undefined;
  let hasWritten = false;
  const effects: number[] = [];
  const fail = (at: FaultPoint) => {
    if (armed?.at !== at) return undefined;
    const code = ERROR_KINDS[armed.kind] ?? 'unavailable';
    const isBug = armed.kind === 'a bug';
    armed = undefined;
    if (isBug) throw new Error('a bug in the adapter');
    return targetError(code, 'armed by the test', code === 'throttled' ? { retryAfterMs: 2_000 } : {});
  };
  return {
    ...rest,
    kinds: Object.entries(ERROR_KINDS).map(([name, code]) => ({ name, code, ...(name === 'forbidden' ? { at: ['write-before'] } : {}) })),
    arm(at, kind) {
      armed = { at, kind };
      hasWritten = false;
    },
    isArmed: () => armed !== undefined,
    effects: () => effects,
    target: {
      kind: target.kind,
      capabilities: target.capabilities,
      get: async (pool) => fail(hasWritten ? 'confirm' : 'read') ?? target.get(pool),
      async scale(request) {
        const failed = fail('write-before');
        if (failed !== undefined) return failed;
        const result = await target.scale(request);
        if (result.ok) effects.push(request.replicas);
        hasWritten = true;
        return fail('write-after') ?? result;
      },
    },
  };
}
