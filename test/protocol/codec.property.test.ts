/**
 * Random valid messages survive every encoding; random damage never throws, and what is still accepted is valid and can
 * be sent on.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Packr } from 'msgpackr';
import { Value } from 'typebox/value';
import { CONTENT_TYPES, decodeMessage, encodeMessage, MESSAGES, type ContentType, type MessageName } from '../../src/protocol/index.ts';
import { arbitraryMessage } from './arbitrary.ts';
import { sampleMessage } from './samples.ts';

const NAMES = Object.keys(MESSAGES) as MessageName[];
const packr = new Packr({ useRecords: false, moreTypes: true });

/** The interpreting checker, not the compiled one that the codec uses. */
function assertSound(body: Uint8Array, contentType: ContentType): void {
  const decoded = decodeMessage(body, contentType);
  if (!decoded.ok) {
    assert.ok(decoded.error.message.length > 0 && decoded.error.problems.length <= 8);
    return;
  }
  const { message } = decoded;
  assert.ok(Value.Check(MESSAGES[message.name].schema, message.data));
  const sent = encodeMessage(message, 'application/msgpack');
  const again = decodeMessage(sent, 'application/msgpack');
  assert.ok(again.ok);
  assert.deepEqual(encodeMessage(again.message, 'application/msgpack'), sent);
}

for (const name of NAMES) {
  test(`codec: random valid ${name} messages come back as they were sent`, () => {
    fc.assert(
      fc.property(arbitraryMessage(name), (message) => {
        for (const contentType of CONTENT_TYPES)
          assert.deepEqual(decodeMessage(encodeMessage(message, contentType), contentType), { ok: true, message });
      }),
      { seed: 20260105, numRuns: 25 },
    );
  });
}

test('codec: damaged bytes never throw and never give a broken message', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...NAMES),
      fc.constantFrom(...CONTENT_TYPES),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.nat(),
      (name, contentType, edits, cut) => {
        const body = Uint8Array.from(encodeMessage(sampleMessage(name), contentType));
        for (const [position, byte] of edits) body[position % body.length] = byte;
        assertSound(body, contentType);
        assertSound(body.subarray(0, cut % body.length), contentType);
      },
    ),
    { seed: 20260105, numRuns: 600 },
  );
});

test('codec: random bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(...CONTENT_TYPES), (body, contentType) => assertSound(body, contentType)),
    { seed: 20260105, numRuns: 500 },
  );
});

test('codec: a random value in the place of any field never gives a broken message', () => {
  fc.assert(
    fc.property(fc.constantFrom(...NAMES), fc.nat(), fc.anything({ withNullPrototype: false, withBigInt: false }), (name, at, value) => {
      const envelope = packr.unpack(encodeMessage(sampleMessage(name), 'application/msgpack')) as Record<string, unknown>;
      const slots = slotsOf(envelope);
      slots[at % slots.length]?.(value);
      assertSound(packr.pack(envelope), 'application/msgpack');
    }),
    { seed: 20260105, numRuns: 800 },
  );
});

/** One setter per field of a value, however deep. */
function slotsOf(value: unknown): ((replacement: unknown) => void)[] {
  if (typeof value !== 'object' || value === null) return [];
  const target = value as Record<string, unknown>;
  return Object.keys(target).flatMap((key) => [
    (replacement: unknown) => {
      target[key] = replacement;
    },
    ...slotsOf(target[key]),
  ]);
}
