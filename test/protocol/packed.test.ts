import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { numberAt, partsOf, textAt, type Part } from '../../src/protocol/packed.ts';
import { packr } from '../../src/protocol/packing.ts';

const json = (value: unknown): Part => partsOf(Buffer.from(JSON.stringify(value)), 'application/json');
const packed = (value: unknown): Part => partsOf(packr.pack(value), 'application/msgpack');

/** Takes a value apart and puts it together again, part by part. */
function rebuilt(part: Part, like: unknown): unknown {
  if (Array.isArray(like)) return [...part.items()].map((item, i) => rebuilt(item, like[i]));
  if (typeof like !== 'object' || like === null) return part.value();
  return Object.fromEntries(
    Object.entries(like).map(([key, value]) => {
      const found = part.get(key);
      assert.ok(found, `${key} is found`);
      return [key, rebuilt(found, value)];
    }),
  );
}

test('packed: whatever is packed is found at its path, part by part, as it is in JSON', () => {
  const value = fc.object({
    key: fc.stringMatching(/^[a-zA-Z0-9-]{1,40}$/).filter((key) => key !== '__proto__'),
    values: [
      fc.string({ maxLength: 400, unit: 'grapheme' }),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.integer(), { maxLength: 40 }),
    ],
    maxDepth: 4,
  });
  fc.assert(
    fc.property(value, (one) => {
      for (const part of [packed(one), json(one)]) {
        assert.deepEqual(part.value(), one);
        assert.deepEqual(rebuilt(part, one), one);
        assert.equal(part.get('is not there'), undefined);
      }
    }),
    { seed: 8, numRuns: 300 },
  );
});

test('packed: what follows every kind of value of MessagePack is found behind it', () => {
  const long = 'x'.repeat(70_000);
  const kinds: readonly unknown[] = [
    [0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32, 2 ** 40, -1, -32, -33, -128, -129, -40_000, -(2 ** 40), 1.5, 0.1],
    ['', 'y'.repeat(31), 'y'.repeat(32), 'y'.repeat(256), long, null, true, false],
    [new Uint8Array(3), new Uint8Array(300), new Uint8Array(70_000), new Date(0), new Date(1.7e12 + 0.5), new Float64Array(4)],
    [Array.from({ length: 20 }, () => 1), Array.from({ length: 70_000 }, () => [])],
    [20, 70_000].map((length) => Object.fromEntries(Array.from({ length }, (_, i) => [`k${i}`, i]))),
  ].flat(1);
  for (const kind of kinds) {
    const part = packed({ before: kind, after: 'found' });
    assert.equal(textAt(part, 'after'), 'found');
    assert.equal([...packed([kind, 'found']).items()][1]?.value(), 'found');
  }
});

test('packed: text and numbers are told only where they stand', () => {
  for (const part of [packed({ a: { b: 1, c: 'x' } }), json({ a: { b: 1, c: 'x' } })]) {
    assert.equal(numberAt(part, 'a', 'b'), 1);
    assert.equal(textAt(part, 'a', 'c'), 'x');
    assert.equal(numberAt(part, 'a', 'c'), undefined);
    assert.equal(textAt(part, 'a', 'c', 'd'), undefined);
    assert.equal(textAt(part, 'a'), undefined);
    assert.equal(numberAt(undefined, 'a'), undefined);
    assert.deepEqual([...part.items()], []);
  }
});

test('packed: bytes that end early throw, and never give a value', () => {
  const body = packr.pack({ first: 'text', second: [1, 2, 3], third: 7 });
  for (let length = 0; length < body.length; length++) {
    const cut = partsOf(body.subarray(0, length), 'application/msgpack');
    let found: unknown;
    try {
      found = cut.get('third')?.value();
    } catch {
      found = undefined;
    }
    assert.equal(found, undefined, `${length} bytes`);
  }
});
