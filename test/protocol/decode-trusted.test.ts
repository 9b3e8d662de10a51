import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeTrusted } from '../../src/protocol/codec.ts';
import { CONTENT_TYPES, createMessage, decodeMessage, encodeMessage, type Control } from '../../src/protocol/index.ts';

const data: Control = { pool: 'web', command: 'pause', by: 'ann', reason: 'a "source":"other" of trouble' };
const message = (source: string) => createMessage('control', data, { source, timeMs: 1_700_000_000_000 });

test('decodeTrusted: gives what decodeMessage gives, and refuses what is no envelope of this protocol', () => {
  for (const contentType of CONTENT_TYPES) {
    const body = encodeMessage(message('pse:web'), contentType);
    assert.deepEqual(decodeTrusted(body, contentType), decodeMessage(body, contentType));
    for (const broken of [Buffer.from('none'), body.subarray(0, 30)]) assert.equal(decodeTrusted(broken, contentType).ok, false);
  }
});
