import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Packr } from 'msgpackr';
import {
  CONTENT_TYPES,
  createMessage,
  decodeMessage,
  encodeMessage,
  MESSAGES,
  type AnyMessage,
  type ContentType,
  type DecodeError,
  type MessageName,
} from '../../src/protocol/index.ts';
import { sampleMessage } from './samples.ts';

type Json = Record<string, unknown>;
const NAMES = Object.keys(MESSAGES) as MessageName[];

function toJson(message: AnyMessage): Json & { data: Json } {
  return JSON.parse(Buffer.from(encodeMessage(message, 'application/json')).toString('utf8')) as Json & { data: Json };
}

function decodeJson(envelope: unknown) {
  return decodeMessage(Buffer.from(JSON.stringify(envelope)), 'application/json');
}

function errorOf(body: Uint8Array, contentType: ContentType): DecodeError {
  const decoded = decodeMessage(body, contentType);
  assert.ok(!decoded.ok);
  return decoded.error;
}

function jsonError(envelope: unknown): DecodeError {
  return errorOf(Buffer.from(JSON.stringify(envelope)), 'application/json');
}

test('codec: every message comes back as it was sent, in both encodings', () => {
  for (const name of NAMES) {
    for (const contentType of CONTENT_TYPES) {
      const message = sampleMessage(name);
      assert.deepEqual(decodeMessage(encodeMessage(message, contentType), contentType), { ok: true, message }, `${name} ${contentType}`);
    }
  }
});

test('codec: the JSON form is a CloudEvents 1.0 envelope', () => {
  const { data, ...attributes } = toJson(sampleMessage('heartbeat'));
  assert.deepEqual(attributes, {
    specversion: '1.0',
    id: 'sample/heartbeat#1.42',
    source: 'producer/web/web-7f9c',
    type: 'forescale.heartbeat.v1',
    time: '2026-01-05T12:00:05.123Z',
    datacontenttype: 'application/json',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    incarnation: 1,
    sequence: 42,
    protocolversion: 1,
    subject: 'web',
    futureattribute: { kept: true },
  });
  assert.deepEqual(data, sampleMessage('heartbeat').data);
});

test('codec: unknown attributes and fields of a newer sender survive both encodings', () => {
  const envelope = toJson(sampleMessage('confirmation'));
  envelope['newattribute'] = 'x';
  envelope.data['newField'] = { deep: [1, { newer: null }] };
  const decoded = decodeJson(envelope);
  assert.ok(decoded.ok);
  const again = decodeMessage(encodeMessage(decoded.message, 'application/msgpack'), 'application/msgpack');
  assert.ok(again.ok);
  assert.deepEqual(toJson(again.message), envelope);
});

test('codec: numbers are exact, and typed arrays too in MessagePack', () => {
  const values = [0.1, 1 / 3, Number.MAX_SAFE_INTEGER, 2 ** 53 + 2, 5e-324, Number.MAX_VALUE, -7];
  const weights = Float32Array.of(1.5, -2.25, Number.NaN);
  const message = createMessage(
    'effect-result',
    { effect: 'e', executor: 'x', ok: true, value: { values, weights } },
    { source: 's', timeMs: 1 },
  );
  const decoded = decodeMessage(encodeMessage(message, 'application/msgpack'), 'application/msgpack');
  assert.deepEqual(decoded, { ok: true, message });
  assert.throws(
    () => encodeMessage(message, 'application/json'),
    /data\.value\.weights should be plain data \(use MessagePack\), found a Float32Array/,
  );
});

test('codec: a decoded typed array does not point into the body', () => {
  const message = createMessage(
    'effect-result',
    { effect: 'e', executor: 'x', ok: true, value: Uint8Array.of(1, 2, 3) },
    { source: 's', timeMs: 1 },
  );
  const body = encodeMessage(message, 'application/msgpack');
  const decoded = decodeMessage(body, 'application/msgpack');
  body.fill(0);
  assert.ok(decoded.ok && decoded.message.name === 'effect-result');
  assert.deepEqual(new Uint8Array(decoded.message.data.value as Uint8Array), Uint8Array.of(1, 2, 3));
});

test('codec: decoding leaves the body as it was', () => {
  const body = encodeMessage(sampleMessage('plan'), 'application/msgpack');
  const keys = Object.keys(body).length;
  decodeMessage(body, 'application/msgpack');
  assert.equal(Object.keys(body).length, keys);
});

test('codec: NaN and Infinity are refused at encoding, named by their path', () => {
  for (const contentType of CONTENT_TYPES) {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const message = createMessage(
        'decision',
        { ...sampleMessage('decision').data, inputs: { pools: [{ 'load 1': value }] } },
        { source: 's', timeMs: 1 },
      );
      assert.throws(() => encodeMessage(message, contentType), {
        name: 'TypeError',
        message: `Cannot encode decision: data.inputs.pools[0]["load 1"] should be a finite number, found ${value}.`,
      });
    }
  }
});

test('codec: what would not arrive as it is, is refused at encoding', () => {
  for (const value of [new Date(0), new Map(), new Set(), /x/, () => 0, 1n, Symbol('x'), [undefined], new Error('x')]) {
    const message = createMessage('effect-result', { effect: 'e', executor: 'x', ok: true, value }, { source: 's', timeMs: 1 });
    for (const contentType of CONTENT_TYPES) assert.throws(() => encodeMessage(message, contentType), /data\.value/);
  }
});

test('codec: an undefined property is left out in both encodings', () => {
  const data = { effect: 'e', executor: 'x', ok: true, value: { here: 1, gone: undefined } };
  for (const contentType of CONTENT_TYPES) {
    const decoded = decodeMessage(
      encodeMessage(createMessage('effect-result', data, { source: 's', timeMs: 1 }), contentType),
      contentType,
    );
    assert.ok(decoded.ok && decoded.message.name === 'effect-result');
    assert.deepEqual(decoded.message.data.value, { here: 1 });
  }
});

test('codec: a broken field is refused with path, expected and found, all at once', () => {
  const envelope = toJson(sampleMessage('observation'));
  envelope.data['pool'] = 'no spaces';
  envelope.data['intervalMs'] = 0;
  delete envelope.data['producer'];
  (envelope.data['byType'] as Json)['GET:/items'] = { requests: -1, cpuSeconds: '2', memoryBytes: 0, networkBytes: 0 };
  const { code, problems, message } = jsonError(envelope);
  assert.equal(code, 'broken-message');
  assert.deepEqual(
    problems.map(({ path, found }) => `${path}: ${found}`),
    [
      'data.producer: nothing',
      'data.pool: "no spaces"',
      'data.intervalMs: 0',
      'data.byType["GET:/items"].requests: -1',
      'data.byType["GET:/items"].cpuSeconds: "2"',
    ],
  );
  assert.equal(problems[2]?.expected, 'a number > 0 and <= 86400000');
  assert.match(message, /data\.intervalMs should be a number > 0 and <= 86400000, found 0/);
});

test('codec: the list of problems is bounded', () => {
  const envelope = toJson(sampleMessage('training-job'));
  (envelope.data['series'] as Json[])[0] = {
    resource: 'requests',
    intervalMs: 1,
    startMs: 0,
    values: Array.from({ length: 10_000 }, () => 'x'),
  };
  const { problems } = jsonError(envelope);
  assert.ok(problems.length > 0 && problems.length <= 8);
});

test('codec: broken attributes are refused, all at once', () => {
  const broken = {
    specversion: '0.3',
    id: '',
    source: 7,
    time: '2026-01-05 12:00',
    traceparent: 'x',
    sequence: -1,
    incarnation: 0.5,
    protocolversion: 'one',
    datacontenttype: 'text/html',
  };
  const { code, problems } = jsonError({ ...toJson(sampleMessage('heartbeat')), ...broken });
  assert.equal(code, 'broken-message');
  assert.deepEqual(new Set(problems.map(({ path }) => path)).size, 8);
});

test('codec: attributes that only we know may be missing', () => {
  const { incarnation: _i, sequence: _s, protocolversion: _p, datacontenttype: _d, ...envelope } = toJson(sampleMessage('budget'));
  const decoded = decodeJson(envelope);
  assert.ok(decoded.ok);
  assert.deepEqual([decoded.message.incarnation, decoded.message.sequence], [0, 0]);
});

test('codec: times with an offset and with nanoseconds are read', () => {
  const envelope = { ...toJson(sampleMessage('budget')), time: '2026-01-05T13:00:05.123456789+01:00' };
  const decoded = decodeJson(envelope);
  assert.ok(decoded.ok);
  assert.equal(decoded.message.timeMs, Date.UTC(2026, 0, 5, 12, 0, 5, 123));
});

test('codec: unknown types and newer versions are told apart', () => {
  const envelope = toJson(sampleMessage('plan'));
  assert.equal(jsonError({ ...envelope, type: 'com.example.order' }).code, 'unknown-type');
  assert.equal(jsonError({ ...envelope, type: 'forescale.toString.v1' }).code, 'unknown-type');
  assert.equal(jsonError({ ...envelope, type: 'forescale.plan.v2' }).code, 'unsupported-version');
  assert.equal(jsonError({ ...envelope, protocolversion: 2 }).code, 'unsupported-version');
});

test('codec: bytes that are not the encoding they claim are refused', () => {
  const json = Buffer.from(encodeMessage(sampleMessage('plan'), 'application/json'));
  const packed = encodeMessage(sampleMessage('plan'), 'application/msgpack');
  const bodies: [Uint8Array, ContentType][] = [
    [new Uint8Array(0), 'application/json'],
    [new Uint8Array(0), 'application/msgpack'],
    [json.subarray(0, -1), 'application/json'],
    [packed.subarray(0, -1), 'application/msgpack'],
    [Buffer.concat([packed, packed]), 'application/msgpack'],
    [packed, 'application/json'],
    [Buffer.from('{"specversion":"1.0","id":"\xff"}', 'latin1'), 'application/json'],
    [new Uint8Array(17 * 1024 * 1024), 'application/json'],
  ];
  for (const [body, contentType] of bodies) assert.equal(errorOf(body, contentType).code, 'broken-encoding');
  for (const value of ['"text"', '[]', 'null', '1e999'])
    assert.equal(errorOf(Buffer.from(value), 'application/json').code, 'broken-message');
});

test('codec: MessagePack brings in no instances, no NaN and no bottomless nesting', () => {
  const packr = new Packr({ useRecords: false, moreTypes: true });
  let deep: unknown = 1;
  for (let level = 0; level < 100; level += 1) deep = [deep];
  for (const value of [new Date(0), new Set([1]), /x/, new Error('x'), Number.NaN, Number.POSITIVE_INFINITY, deep]) {
    const envelope = { ...toJson(sampleMessage('effect-result')), data: { effect: 'e', executor: 'x', ok: true, value } };
    const { code, problems } = errorOf(packr.pack(envelope), 'application/msgpack');
    assert.equal(code, 'broken-message');
    assert.match(problems[0]?.path ?? '', /^data\.value/);
  }
});

test('codec: a hostile __proto__ changes no prototype', () => {
  const body = Buffer.from(JSON.stringify(toJson(sampleMessage('budget'))).replace('{', '{"__proto__":{"polluted":1},'));
  const decoded = decodeMessage(body, 'application/json');
  assert.ok(decoded.ok);
  assert.equal(Reflect.get(decoded.message.extensions ?? {}, 'polluted'), undefined);
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('codec: an extension cannot pose as an attribute', () => {
  const message = { ...sampleMessage('budget'), extensions: { source: 'somebody else', data: 1, fine: 2 } };
  const envelope = toJson(message);
  assert.equal(envelope['source'], message.source);
  assert.deepEqual(envelope.data, message.data);
  assert.equal(envelope['fine'], 2);
});

test('createMessage: the id of a sequenced message is made of source, incarnation and sequence', () => {
  const data = sampleMessage('budget').data;
  const message = createMessage('budget', data, { source: 'root:main', incarnation: 3, sequence: 9, timeMs: 5 });
  assert.deepEqual(message, { name: 'budget', id: 'root:main#3.9', source: 'root:main', incarnation: 3, sequence: 9, timeMs: 5, data });
});
