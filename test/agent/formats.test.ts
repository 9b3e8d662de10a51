import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { lineReader, parseLogTime } from '../../src/agent/access-log.ts';
import { readOtlpJson } from '../../src/agent/otlp/json.ts';
import { readOtlpProtobuf } from '../../src/agent/otlp/protobuf.ts';
import { readPrometheusText } from '../../src/agent/prometheus-text.ts';
import { readMatrix } from '../../src/agent/query-source.ts';
import { readStatsdLine } from '../../src/agent/statsd-line.ts';
import { producerName } from '../../src/agent/signal-reader.ts';

function read(text: string, wanted: readonly string[]) {
  const bad: number[] = [];
  const readings = [
    ...readPrometheusText(
      text,
      (metric) => wanted.includes(metric),
      ({ line }) => bad.push(line),
    ),
  ];
  return { bad, readings: readings.map(({ metric, labels, value }) => [metric, labels, value]) };
}

test('prometheus text: samples with and without labels, escapes, timestamps, exemplars', () => {
  const text = `# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{method="GET",path="/a \\"b\\" \\\\ \\n, c}"} 1027 1395066363000
http_requests_total{ method = "POST" , } 3.5e3
http_requests_total{} 4
other_total 9
process_cpu_seconds_total 12.25 # {trace_id="x"} 1
took_seconds_bucket{le="+Inf"} 144320
took_seconds_count{route="/"} 17
took_seconds_sum{route="/"} 53.4
odd NaN
inf +Inf
`;
  const { readings, bad } = read(text, ['http_requests_total', 'process_cpu_seconds_total', 'took_seconds', 'odd', 'inf']);
  assert.deepEqual(readings, [
    ['http_requests_total', { method: 'GET', path: '/a "b" \\ \n, c}' }, 1_027],
    ['http_requests_total', { method: 'POST' }, 3_500],
    ['http_requests_total', {}, 4],
    ['process_cpu_seconds_total', {}, 12.25],
    ['took_seconds', { route: '/' }, 17],
    ['inf', {}, Number.POSITIVE_INFINITY],
  ]);
  assert.deepEqual(bad, []);
});

test('prometheus text: what is no metric is told by its line, and the rest is read', () => {
  const { readings, bad } = read('<html>\na{x="1} 2\na{x="1"} two\na 7\r\na\n', ['a']);
  assert.deepEqual(readings, [['a', {}, 7]]);
  assert.deepEqual(bad, [1, 2, 3, 5]);
});

test('prometheus text: nothing makes it throw', () => {
  const piece = fc.constantFrom('a', '{', '}', '"', '\\', '=', ',', ' ', '1', '\n', '#', 'le', '+Inf', '_count');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      for (const { value } of readPrometheusText(
        pieces.join(''),
        () => true,
        () => {},
      ))
        assert.ok(!Number.isNaN(value));
    }),
    { seed: 1, numRuns: 2_000 },
  );
});

test('statsd: counters with their rate, timers as events, tags; gauges and sets tell nothing here', () => {
  const increase = { kind: 'increase' } as const;
  assert.deepEqual(readStatsdLine('req:3|c'), { metric: 'req', labels: {}, value: 3, ...increase });
  assert.deepEqual(readStatsdLine('req:1|c|@0.1|#route:/a:b,canary'), {
    metric: 'req',
    labels: { route: '/a:b', canary: '' },
    value: 10,
    ...increase,
  });
  assert.deepEqual(readStatsdLine('took:320|ms'), { metric: 'took', labels: {}, value: 1, ...increase });
  assert.deepEqual(readStatsdLine('took:1:2:3|d|@0.5|#a:b|c:container'), { metric: 'took', labels: { a: 'b' }, value: 6, ...increase });
  assert.equal(readStatsdLine('temp:21|g'), 'ignored');
  for (const broken of ['', 'req', 'req:x|c', 'req:1|c|@0', 'req:1|c|@2', ':1|c', 'req:1|q'])
    assert.equal(readStatsdLine(broken), undefined, broken);
});

test('range query: one series by time; everything else says what it is', () => {
  const answer = (result: unknown) => JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } });
  assert.deepEqual(
    readMatrix(
      answer([
        {
          metric: {},
          values: [
            [60, '1.5'],
            [120, 'NaN'],
            [180, '-1'],
            [240, '2'],
          ],
        },
      ]),
    ),
    new Map([
      [60_000, 1.5],
      [240_000, 2],
    ]),
  );
  assert.deepEqual(readMatrix(answer([])), new Map());
  assert.match(String(readMatrix(answer([{ values: [] }, { values: [] }]))), /2 series; one is wanted/);
  assert.match(String(readMatrix('{"status":"error","error":"bad query"}')), /it says bad query/);
  for (const odd of ['<html>', 'null', '1', '{}', answer(null), answer([{}]), answer([{ values: [7] }])])
    assert.equal(typeof readMatrix(odd), 'string', odd);
});

const LINES: readonly (readonly [Parameters<typeof lineReader>[0], string, readonly [number, string, string, number, string?]])[] = [
  [
    { format: 'combined' },
    '203.0.113.9 - frank [10/Oct/2000:13:55:36 -0700] "GET /cart/7?x=1 HTTP/1.0" 200 2326 "http://a/" "Mozilla/4.08"',
    [971_211_336_000, '203.0.113.9', 'GET:/cart', 2_326, 'Mozilla/4.08'],
  ],
  [{ format: 'combined' }, '::1 - - [01/Jan/2024:00:00:00 +0000] "POST / HTTP/2.0" 204 -', [1_704_067_200_000, '::1', 'POST:/', 0]],
  [
    { format: 'haproxy' },
    'Feb  6 12:14:14 lb haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1"',
    [1_233_922_454_655, '10.0.1.2', 'GET:/index.html', 2_750],
  ],
  [
    { format: 'envoy' },
    '[2016-04-15T20:17:00.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 10 226 100 "10.0.35.28" "nsq2http" "cc21d9b0" "locations" "tcp://10.0.2.1:80"',
    [1_460_751_420_310, '10.0.35.28', 'POST:/api', 10, 'nsq2http'],
  ],
  [
    { format: 'json' },
    '{"time":"2024-01-01T00:00:01Z","remote_addr":"10.0.0.1","request_method":"PUT","request_uri":"/item/3","body_bytes_sent":"512","http_user_agent":"kube-probe/1.36"}',
    [1_704_067_201_000, '10.0.0.1', 'PUT:/item', 512, 'kube-probe/1.36'],
  ],
  [
    { format: 'json' },
    '{"ts":1704067202.5,"request":{"remote_ip":"10.0.0.2","method":"GET","uri":"/"},"size":7}',
    [1_704_067_202_500, '10.0.0.2', 'GET:/', 7],
  ],
  [
    { format: 'pattern', pattern: '^(?<time>\\d+) (?<source>\\w+) (?<path>\\S+) (?<bytes>\\d+) (?<agent>.+)$' },
    '1704067203000 ada /x/y 99 curl/8',
    [1_704_067_203_000, 'ada', 'GET:/x', 99, 'curl/8'],
  ],
];

for (const [settings, line, [timestampMs, source, type, bytes, userAgent]] of LINES) {
  test(`access log: reads ${settings.format} like ${line.slice(0, 30)}`, () => {
    assert.deepEqual(lineReader(settings)(line), { timestampMs, source, type, bytes, userAgent });
  });
}

test('access log: lines that are not understood are undefined, never a throw', () => {
  for (const format of ['combined', 'json', 'haproxy', 'envoy'] as const) {
    const reader = lineReader({ format });
    for (const line of [
      '',
      'nonsense',
      '{',
      'null',
      '[]',
      '{"time":"yesterday"}',
      '- - - [32/Foo/2000:99:99:99 +0000] "GET / HTTP/1.1" 200 1',
      '"'.repeat(5_000),
    ]) {
      assert.equal(reader(line), undefined, `${format} ${line.slice(0, 30)}`);
    }
  }
});

test('access log: a hostile line costs no more than its length', () => {
  const hostile = [
    'a '.repeat(30_000),
    `[${'x'.repeat(60_000)}`,
    `1 - - [${'9'.repeat(60_000)}] "GET /${' '.repeat(60_000)}`,
    `"${'\\"'.repeat(30_000)}`,
  ];
  const begun = process.cpuUsage();
  for (const format of ['combined', 'haproxy', 'envoy', 'json'] as const) for (const line of hostile) lineReader({ format })(line);
  const { user } = process.cpuUsage(begun);
  // Milliseconds if it is linear, minutes if it backtracks; the bound leaves room for any machine.
  assert.ok(user < 5_000_000, `${user} us`);
});

test('access log: times in the usual forms', () => {
  for (const text of ['01/Jan/2024:01:00:00 +0100', '2024-01-01T00:00:00Z', '1704067200', '1704067200.000', '1704067200000']) {
    assert.equal(parseLogTime(text), 1_704_067_200_000, text);
  }
  for (const text of ['', 'now', '12', '01/Xyz/2024:00:00:00 +0000']) assert.ok(Number.isNaN(parseLogTime(text)), text);
});

test('otlp json: monotonic sums and histograms, by resource and point; other kinds are passed over', () => {
  const attribute = (key: string, value: object) => ({ key, value });
  const body = {
    resourceMetrics: [
      {
        resource: { attributes: [attribute('service.instance.id', { stringValue: 'i-1' })] },
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'req',
                sum: {
                  isMonotonic: true,
                  aggregationTemporality: 2,
                  dataPoints: [
                    {
                      asInt: '9007199254740993',
                      timeUnixNano: '1704067200000000000',
                      startTimeUnixNano: '1704067100000000000',
                      attributes: [attribute('code', { intValue: '200' })],
                    },
                  ],
                },
              },
              { name: 'took', histogram: { aggregationTemporality: 1, dataPoints: [{ count: '12' }] } },
              { name: 'level', sum: { isMonotonic: false, dataPoints: [{ asDouble: 1 }] } },
              { name: 'temp', gauge: { dataPoints: [{ asDouble: 21 }] } },
              { unnamed: true },
            ],
          },
        ],
      },
    ],
  };
  const points = readOtlpJson(JSON.stringify(body));
  assert.deepEqual(points, [
    {
      metric: 'req',
      attributes: { 'service.instance.id': 'i-1', code: '200' },
      value: 2 ** 53,
      kind: 'total',
      startMs: 1_704_067_100_000,
      timeMs: 1_704_067_200_000,
    },
    { metric: 'took', attributes: { 'service.instance.id': 'i-1' }, value: 12, kind: 'increase', startMs: 0, timeMs: 0 },
  ]);
  for (const odd of ['{}', '[]', 'null', '{']) assert.throws(() => readOtlpJson(odd), SyntaxError, odd);
  assert.deepEqual(readOtlpJson('{"resourceMetrics":[null,{"scopeMetrics":[{"metrics":[{"name":"a","sum":7}]}]}]}'), []);
});

/** The few encodings of protobuf that the test needs, after https://protobuf.dev/programming-guides/encoding. */
const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]);
const field = (number: number, wire: number, bytes: readonly number[]): number[] => [...varint(number * 8 + wire), ...bytes];
const message = (number: number, ...parts: readonly (readonly number[])[]): number[] =>
  field(number, 2, [...varint(parts.flat().length), ...parts.flat()]);
const text = (number: number, value: string): number[] => message(number, [...Buffer.from(value)]);
const fixed = (number: number, value: bigint): number[] => field(number, 1, [...new Uint8Array(BigUint64Array.of(value).buffer)]);
const double = (number: number, value: number): number[] => field(number, 1, [...new Uint8Array(Float64Array.of(value).buffer)]);

const EXPORT = message(
  1,
  message(1, message(1, text(1, 'service.instance.id'), message(2, text(1, 'i-1')))),
  message(
    2,
    message(1, text(1, 'scope')),
    message(
      2,
      text(1, 'req'),
      text(3, '{request}'),
      message(
        7,
        message(
          1,
          message(7, text(1, 'code'), message(2, field(3, 0, varint(200)))),
          fixed(2, 5_000_000n),
          fixed(3, 9_000_000n),
          fixed(6, 42n),
        ),
        field(2, 0, [2]),
        field(3, 0, [1]),
      ),
    ),
    message(2, text(1, 'cpu'), message(7, message(1, double(4, 1.5)), field(2, 0, [1]), field(3, 0, [1]))),
    message(
      2,
      text(1, 'took'),
      message(
        9,
        message(1, message(9, text(1, 'a'), message(2, text(1, 'b'))), fixed(4, 7n), double(5, 0.25), field(8, 0, [0])),
        field(2, 0, [1]),
      ),
    ),
    message(
      2,
      text(1, 'expo'),
      message(10, message(1, message(1, text(1, 'ok'), message(2, field(2, 0, [1]))), fixed(4, 3n)), field(2, 0, [2])),
    ),
    message(2, text(1, 'level'), message(7, message(1, double(4, 5)), field(2, 0, [2]))),
    message(2, text(1, 'temp'), message(5, message(1, double(4, 21)))),
  ),
  text(3, 'https://opentelemetry.io/schemas/1.24.0'),
);

test('otlp protobuf: reads what the JSON form tells, and passes over the rest', () => {
  assert.deepEqual(readOtlpProtobuf(Uint8Array.from(EXPORT)), [
    { metric: 'req', kind: 'total', attributes: { 'service.instance.id': 'i-1', code: '200' }, value: 42, startMs: 5, timeMs: 9 },
    { metric: 'cpu', kind: 'increase', attributes: { 'service.instance.id': 'i-1' }, value: 1.5, startMs: 0, timeMs: 0 },
    { metric: 'took', kind: 'increase', attributes: { 'service.instance.id': 'i-1', a: 'b' }, value: 7, startMs: 0, timeMs: 0 },
    { metric: 'expo', kind: 'total', attributes: { 'service.instance.id': 'i-1', ok: 'true' }, value: 3, startMs: 0, timeMs: 0 },
  ]);
  assert.deepEqual(readOtlpProtobuf(new Uint8Array()), []);
});

test('otlp protobuf: bytes that are cut off or changed throw a RangeError or are read, and nothing else', () => {
  for (let length = 1; length < EXPORT.length; length += 1)
    assert.throws(() => readOtlpProtobuf(Uint8Array.from(EXPORT.slice(0, length))), RangeError);
  fc.assert(
    fc.property(fc.nat(EXPORT.length - 1), fc.nat(255), (at, byte) => {
      try {
        readOtlpProtobuf(Uint8Array.from(EXPORT.with(at, byte)));
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }),
    { seed: 2, numRuns: 2_000 },
  );
});

test('producer names: what the protocol does not take becomes a dash', () => {
  assert.equal(producerName('10.0.0.1:9090'), '10.0.0.1:9090');
  assert.equal(producerName('pod/a b'), 'pod-a-b');
  assert.equal(producerName('::1'), '1');
  assert.equal(producerName('//'), 'unnamed');
  assert.equal(producerName('x'.repeat(500)).length, 253);
});
