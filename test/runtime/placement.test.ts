import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { placeShards } from '../../src/runtime/placement.ts';

const SEED = 20_261_124;
const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 });

test('placement: every shard has one owner, whatever the order in which the nodes are named', () => {
  fc.assert(
    fc.property(names, (given) => {
      const nodes = given.map((name, index) => ({ name, weight: 1 + (index % 3) }));
      const owners = placeShards(nodes);
      assert.equal(owners.length, 64);
      assert.ok(owners.every((owner) => given.includes(owner)));
      assert.deepEqual(placeShards(nodes.toReversed()), owners);
    }),
    { seed: SEED },
  );
});

test('placement: when a node goes only its shards move, when one gets lighter only its shards do', () => {
  fc.assert(
    fc.property(names, (given) => {
      const nodes = given.map((name) => ({ name, weight: 2 }));
      const before = placeShards(nodes);
      const [first] = given;
      for (const changed of [nodes.slice(1), nodes.map((node) => (node.name === first ? { ...node, weight: 1 } : node))]) {
        placeShards(changed).forEach((owner, shard) => {
          if (before[shard] !== first) assert.equal(owner, changed.length === 0 ? '' : before[shard]);
        });
      }
    }),
    { seed: SEED },
  );
});

test('placement: shares follow the weights', () => {
  const counts = new Map<string, number>();
  for (let cluster = 0; cluster < 60; cluster++) {
    const owners = placeShards([
      { name: `light-${cluster}`, weight: 1 },
      { name: `heavy-${cluster}`, weight: 3 },
    ]);
    for (const owner of owners) {
      const kind = owner.slice(0, 5);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
  }
  const share = (counts.get('heavy') ?? 0) / (60 * 64);
  assert.ok(Math.abs(share - 0.75) < 0.03, `a share of ${share}, wanted 0.75`);
});

test('placement: nodes of no weight take nothing', () => {
  assert.ok(placeShards([{ name: 'a', weight: 0 }]).every((owner) => owner === ''));
  const owners = placeShards([
    { name: 'a', weight: 0 },
    { name: 'b', weight: 0.1 },
  ]);
  assert.ok(owners.every((owner) => owner === 'b'));
});
