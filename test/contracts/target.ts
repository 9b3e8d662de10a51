import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import type { ScaleRequest, Target, TargetErrorCode, TargetResult, TargetState } from '../../src/ports/target.ts';

/** A target with one pool of 1 requested replica at generation 0, which may be scaled from 0 or 1 up to at least 4. */
export interface TargetUnderTest {
  readonly target: Target;
  readonly pool: string;
  /** Lets time pass: real time for real targets, virtual time for simulated ones. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface TargetContractOptions {
  /** How much passes between two looks. Default 50 ms. */
  readonly stepMs?: number;
  /** Looks before a wait counts as failed. Default 400. */
  readonly looksMax?: number;
}

/**
 * What every target promises (src/ports/target.ts): reads back what was written, refuses stale and repeated writes
 * without a second effect, and returns failures instead of throwing them. The tests share one target and follow each
 * other, because starting one may be dear.
 */
export function targetContract(name: string, make: () => Promise<TargetUnderTest>, options: TargetContractOptions = {}): void {
  describe(`target contract: ${name}`, () => {
    let under: TargetUnderTest;
    before(async () => {
      under = await make();
    });
    after(() => under.close());

    const read = async (): Promise<TargetState> => valueOf(await under.target.get(under.pool));
    const request = (from: TargetState, change: Partial<ScaleRequest>): ScaleRequest => ({
      pool: under.pool,
      replicas: from.requestedReplicas,
      expectedReplicas: from.requestedReplicas,
      generation: from.generation + 1,
      ...change,
    });
    const settled = async (isThere: (state: TargetState) => boolean, what: string): Promise<TargetState> => {
      for (let look = 0; look < (options.looksMax ?? 400); look++) {
        const state = await read();
        assert.ok(state.readyReplicas >= 0 && Number.isInteger(state.readyReplicas), 'ready is a count');
        if (isThere(state)) return state;
        await under.advance(options.stepMs ?? 50);
      }
      return assert.fail(`${what} did not happen; the target says ${JSON.stringify(await read())}`);
    };
    const refusedUnchanged = async (scale: ScaleRequest, code: TargetErrorCode): Promise<void> => {
      const earlier = await read();
      const result = await under.target.scale(scale);
      assert.equal(result.ok, false, `${JSON.stringify(scale)} has to be refused`);
      if (result.ok) return;
      assert.equal(result.error.code, code, result.error.message);
      assert.ok(result.error.message.length > 0, 'a refusal says why');
      if (code === 'superseded' || code === 'conflict') {
        assert.equal(result.error.state?.requestedReplicas, earlier.requestedReplicas, 'the refusal carries what the target holds');
        assert.equal(result.error.state.generation, earlier.generation);
      }
      const later = await read();
      assert.equal(later.requestedReplicas, earlier.requestedReplicas, 'a refused write changes nothing');
      assert.equal(later.generation, earlier.generation);
    };

    test('target: a new pool reads as one replica at generation 0 and becomes ready', async () => {
      const state = await read();
      assert.equal(state.pool, under.pool);
      assert.equal(state.requestedReplicas, 1);
      assert.equal(state.generation, 0);
      assert.ok(Number.isFinite(state.observedAtMs));
      await settled(({ readyReplicas }) => readyReplicas === 1, 'the first replica getting ready');
    });

    test('target: an unknown pool is not found, by read and by write', async () => {
      const got = await under.target.get('no-such-pool');
      assert.equal(got.ok ? 'ok' : got.error.code, 'not-found');
      const scaled = await under.target.scale({ pool: 'no-such-pool', replicas: 1, expectedReplicas: 1, generation: 1 });
      assert.equal(scaled.ok ? 'ok' : scaled.error.code, 'not-found');
    });

    test('target: scaling up reads back at once and becomes ready', async () => {
      const before = await read();
      const written = valueOf(await under.target.scale(request(before, { replicas: 3 })));
      assert.equal(written.requestedReplicas, 3);
      assert.equal(written.generation, before.generation + 1);
      const back = await read();
      assert.equal(back.requestedReplicas, 3);
      assert.equal(back.generation, before.generation + 1);
      await settled(({ readyReplicas }) => readyReplicas === 3, 'three replicas getting ready');
    });

    test('target: the same write again is superseded and has no second effect', async () => {
      const state = await read();
      await refusedUnchanged(request(state, { replicas: 4, generation: state.generation }), 'superseded');
      await refusedUnchanged(request(state, { replicas: 4, generation: state.generation - 1 }), 'superseded');
    });

    test('target: a repeated write is called superseded even though its precondition no longer holds', async () => {
      const state = await read();
      await refusedUnchanged(request(state, { expectedReplicas: 1, generation: state.generation }), 'superseded');
    });

    test('target: a write planned from another count is a conflict', async (t) => {
      if (!under.target.capabilities.precondition) return t.skip('the target has no precondition');
      await refusedUnchanged(request(await read(), { replicas: 4, expectedReplicas: 2 }), 'conflict');
    });

    test('target: of two writes from the same count exactly one takes effect', async () => {
      const state = await read();
      const results = await Promise.all([
        under.target.scale(request(state, { replicas: 2 })),
        under.target.scale(request(state, { replicas: 4 })),
      ]);
      assert.equal(results.filter((result) => result.ok).length, 1);
      const winner = results.find((result) => result.ok);
      assert.equal((await read()).requestedReplicas, winner?.ok ? winner.value.requestedReplicas : undefined);
    });

    test('target: a count that is no count is invalid', async () => {
      for (const replicas of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await refusedUnchanged(request(await read(), { replicas }), 'invalid');
      }
    });

    test('target: a count outside its own bounds is invalid', async (t) => {
      const state = await read();
      if (state.maxReplicas === undefined) return t.skip('the target has no bounds of its own');
      await refusedUnchanged(request(state, { replicas: state.maxReplicas + 1 }), 'invalid');
      if (state.minReplicas !== undefined && state.minReplicas > 0) {
        await refusedUnchanged(request(state, { replicas: state.minReplicas - 1 }), 'invalid');
      }
    });

    test('target: scaling down ends with exactly what was asked for', async () => {
      valueOf(await under.target.scale(request(await read(), { replicas: 1 })));
      await settled(({ readyReplicas }) => readyReplicas === 1, 'one replica left');
    });
  });
}

function valueOf<T>(result: TargetResult<T>): T {
  if (!result.ok) return assert.fail(`${result.error.code}: ${result.error.message}`);
  return result.value;
}
