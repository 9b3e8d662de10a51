/** What the page works out by itself from what it is given. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeRow, Takeover } from '../../src/inspector/api/cluster.ts';
import type { DecisionOutline } from '../../src/inspector/api/pools.ts';
import { leavesOf } from '../../src/inspector/page/views/leaves.ts';
import { heldOverTime, together } from '../../src/inspector/page/views/held-over-time.ts';
import { ruleScores } from '../../src/inspector/page/views/rule-scores.ts';

const MINUTE_MS = 60_000;

function decision(minute: number, required: number | null, bold: number, shy: number): DecisionOutline {
  return {
    id: `web/${minute}`,
    atMs: minute * MINUTE_MS,
    from: 1,
    to: bold,
    requested: null,
    ready: null,
    required,
    winner: 'bold',
    clamps: [],
    isHeld: false,
    candidates: [
      { name: 'shy', replicas: shy },
      { name: 'bold', replicas: bold },
    ],
    confidence: 1,
    action: null,
    reason: '',
  };
}

test('rule scores: a rule is judged by what was needed when its replicas would have been ready', () => {
  // Needed: 2, 2, 4, 4, 4. With a lead time of two minutes the first two decisions had to ask for 4.
  const scores = ruleScores(
    [2, 2, 4, 4, 4].map((needed, minute) => decision(minute, needed, 4, needed)),
    2 * MINUTE_MS,
  );
  assert.equal(scores?.judged, 3);
  assert.equal(scores.meanNeeded, 4);
  assert.deepEqual(
    scores.rules.map(({ name, short, won }) => [name, short, won]),
    [
      ['bold', 0, 1],
      ['shy', 2 / 3, 0],
    ],
    'the safe one first',
  );
  assert.equal(scores.rules[1]?.cost, (2 + 2 + 4) / 12);
  assert.equal(scores.followed.cost, 1);
});

test('rule scores: nothing is judged of what did not come yet, was not measured, or needs nothing', () => {
  assert.equal(ruleScores([], 0), undefined);
  assert.equal(ruleScores([decision(0, 2, 3, 1)], MINUTE_MS), undefined);
  assert.equal(ruleScores([decision(0, null, 3, 1), decision(1, null, 3, 1)], MINUTE_MS), undefined);
  assert.equal(ruleScores([decision(0, 0, 3, 1), decision(1, 0, 3, 1)], 0), undefined);
});

const node = (name: string, shards: number): NodeRow => ({
  node: name,
  isThis: false,
  shards,
  actors: null,
  pendingEffects: null,
  eventLoopDelayMs: null,
  memoryBytes: null,
  upMs: null,
});

test('held over time: what each node held is told back from now over what changed hands', () => {
  const move = (atMs: number, shard: number, from: string, to: string): Takeover => ({ atMs, shard, from, to, epoch: 1 });
  // Newest first, as the API tells them: `b` came and took one, then `a` died.
  const takeovers = [move(300_000, 1, 'a', 'b'), move(300_000, 2, 'a', 'b'), move(200_000, 3, 'a', 'b'), move(100_000, 4, '', 'a')];
  const { names, data } = heldOverTime(takeovers, [node('b', 3), node('a', 0)], 400_000);
  assert.deepEqual(names, ['b', 'a']);
  assert.deepEqual(data, [
    [40, 100, 200, 300, 400],
    [0, 0, 1, 3, 3],
    [2, 3, 2, 0, 0],
  ]);
  assert.deepEqual(
    together(takeovers).map(({ from, to, shards }) => [from, to, shards]),
    [
      ['a', 'b', [1, 2]],
      ['a', 'b', [3]],
      ['', 'a', [4]],
    ],
  );
});

test('leaves: only the innermost of the active states are named', () => {
  assert.deepEqual(leavesOf(['planning', 'planning.watching', 'action', 'action.none']), ['planning.watching', 'action.none']);
  assert.deepEqual(leavesOf(['a', 'ab']), ['a', 'ab']);
});
