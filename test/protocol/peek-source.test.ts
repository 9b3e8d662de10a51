import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeTrusted } from '../../src/protocol/codec.ts';
import { CONTENT_TYPES, createMessage, decodeMessage, encodeMessage, type Control } from '../../src/protocol/index.ts';
import { peekSource } from '../../src/protocol/peek-source.ts';

const data: Control = { pool: 'web', command: 'pause', by: 'ann', reason: 'a "source":"other" of trouble' };
const message = (source: string) => createMessage('control', data, { source, timeMs: 1_700_000_000_000 });

test('peekSource: tells what the decoder tells, whatever the length and the letters', () => {
  for (const source of ['pla:web/web-1', 'x', 'ä/€/𝄞', 'y'.repeat(31), 'y'.repeat(32), 'y'.repeat(300)]) {
    for (const contentType of CONTENT_TYPES) assert.equal(peekSource(encodeMessage(message(source), contentType), contentType), source);
  }
  assert.equal(peekSource(encodeMessage(message('a "b" \\'), 'application/msgpack'), 'application/msgpack'), 'a "b" \\');
});

test('peekSource: what is cut, turned around or no envelope has none', () => {
  const packed = encodeMessage(message('pla:web/web-1'), 'application/msgpack');
  for (let length = 0; length < 40; length++) assert.equal(peekSource(packed.subarray(0, length), 'application/msgpack'), undefined);
  for (const text of ['', '[]', '{"data":{"source":"a"}}', 'source'])
    for (const contentType of CONTENT_TYPES) assert.equal(peekSource(Buffer.from(text), contentType), undefined);
});

test('decodeTrusted: gives what decodeMessage gives, and refuses what is no envelope of this protocol', () => {
  for (const contentType of CONTENT_TYPES) {
    const body = encodeMessage(message('pse:web'), contentType);
    assert.deepEqual(decodeTrusted(body, contentType), decodeMessage(body, contentType));
    for (const broken of [Buffer.from('none'), body.subarray(0, 30)]) assert.equal(decodeTrusted(broken, contentType).ok, false);
  }
});
