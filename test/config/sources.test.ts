import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/parse.ts';

const POOL = 'pools:\n  web:\n    interval: 30s\n    capacity: { requestsPerSecond: 10 }\nsources:\n';
const parse = (sources: string) => parseConfig(POOL + sources, 'f.yaml');

function problemsOf(sources: string): string[] {
  const parsed = parse(sources);
  return parsed.ok ? [] : parsed.error.problems.map(({ place, wanted, found }) => `${place}: wanted ${wanted}, found ${found}`);
}

test('sources: each kind with its defaults', () => {
  const parsed = parse(`
  - { pool: web, scrape: { urls: ["http://a:9100/metrics"], requests: { metric: req } } }
  - { pool: web, query: { url: "http://prometheus:9090", requests: "sum(rate(req[$interval]))" } }
  - { pool: web, statsd: { requests: { metric: req, match: { app: shop } }, producerLabel: pod } }
  - { pool: web, otlp: { period: 30s, requests: { metric: http.server.request.duration }, typeLabel: http.route } }
  - { pool: web, accessLog: { path: /var/log/nginx/access.log } }
  - { pool: web, kubernetes: { selector: "app=web", every: 10s } }
`);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  assert.deepEqual(
    parsed.settings.sources.map(({ pool, intervalMs, kind }) => [pool, intervalMs, kind]),
    [
      ['web', 30_000, { name: 'scrape', urls: ['http://a:9100/metrics'], everyMs: 15_000, requests: { metric: 'req', match: {} } }],
      [
        'web',
        30_000,
        {
          name: 'query',
          url: 'http://prometheus:9090',
          requests: 'sum(rate(req[$interval]))',
          historyMs: 14 * 86_400_000,
          delayMs: 30_000,
        },
      ],
      [
        'web',
        30_000,
        { name: 'statsd', host: '127.0.0.1', port: 8_125, requests: { metric: 'req', match: { app: 'shop' } }, producerLabel: 'pod' },
      ],
      [
        'web',
        30_000,
        {
          name: 'otlp',
          host: '127.0.0.1',
          port: 4_318,
          periodMs: 30_000,
          requests: { metric: 'http.server.request.duration', match: {} },
          typeLabel: 'http.route',
        },
      ],
      ['web', 30_000, { name: 'access-log', path: '/var/log/nginx/access.log', format: 'combined', producer: 'access-log' }],
      ['web', 30_000, { name: 'kubernetes', selector: 'app=web', container: undefined, everyMs: 10_000 }],
    ],
  );
});

test('sources: everything that is wrong is told at its place', () => {
  assert.deepEqual(problemsOf('  - { pool: shop, accessLog: { path: a } }\n'), [
    'f.yaml:6:7 sources[0].pool: wanted one of the pools web, found shop',
  ]);
  assert.match(
    problemsOf('  - { pool: web }\n').join(),
    /sources\[0\]: wanted one of scrape, query, statsd, otlp, accessLog, kubernetes, found none/,
  );
  assert.match(
    problemsOf('  - { pool: web, accessLog: { path: a }, query: { url: "http://p", requests: r } }\n').join(),
    /found query and accessLog/,
  );
  assert.match(
    problemsOf('  - { pool: web, query: { url: "p:9090", requests: r } }\n').join(),
    /query\.url: wanted an address like http:\/\/host:9090/,
  );
  const secret = problemsOf('  - { pool: web, query: { url: "http://ada:lovelace@p", requests: r } }\n').join();
  assert.match(secret, /no password in an address/);
  assert.ok(!secret.includes('lovelace'), 'and it is not repeated');
  assert.match(problemsOf('  - { pool: web, query: { url: "http://p", requests: r, history: 400d } }\n').join(), /at most 90d, found 400d/);
  assert.match(
    problemsOf('  - { pool: web, scrape: { urls: ["http://a"], every: 10ms, requests: { metric: r } } }\n').join(),
    /from 1s to 1h, found 10ms/,
  );
});

test('sources: a pattern for logs is checked before anything is read with it', () => {
  const withPattern = (format: string, pattern: string): string =>
    problemsOf(`  - pool: web\n    accessLog: { path: a, format: ${format}, pattern: '${pattern}' }\n`).join();
  assert.equal(withPattern('pattern', '^(?<time>\\d+) (?<path>\\S+)$'), '');
  assert.match(withPattern('pattern', '(?<time>'), /a regular expression, found Invalid/);
  assert.match(withPattern('pattern', '^(?<path>.*)$'), /a group `time`, found path/);
  assert.match(withPattern('pattern', '^(?<time>.*)(?<colour>.*)$'), /groups out of time, .*found colour/);
  assert.match(withPattern('json', '^(?<time>.*)$'), /with no other, found one with the format json/);
  assert.match(problemsOf('  - { pool: web, accessLog: { path: a, format: pattern } }\n').join(), /found none/);
});

test('sources: a total waits for as long as its sources take, and a config that would not is told', () => {
  const lateAfter = (pool: string, source: string): number | string => {
    const parsed = parseConfig(
      `pools:\n  web: { capacity: { requestsPerSecond: 10 }, ${pool} }\nsources:\n  - { pool: web, ${source} }\n`,
      'f.yaml',
    );
    return parsed.ok ? (parsed.settings.pools[0]?.lateAfterMs ?? 0) : parsed.error.message;
  };
  const otlp = 'otlp: { requests: { metric: r } }';
  assert.equal(lateAfter('interval: 1m', otlp), 62_000);
  assert.equal(lateAfter('interval: 1m', 'statsd: { requests: { metric: r } }'), 30_000, 'half an interval');
  assert.equal(lateAfter('interval: 1m', 'kubernetes: { selector: a=b }'), 32_000, 'measured, and asked for, each 15 s');
  assert.equal(lateAfter('interval: 1m', 'query: { url: "http://p", requests: r }'), 32_000);
  assert.match(
    String(lateAfter('interval: 1m, lateAfter: 10s', otlp)),
    /pools\.web\.lateAfter: wanted at least 1m 2s, which its sources take, found 10s/,
  );
  assert.match(
    String(lateAfter('interval: 15s', otlp)),
    /sources\[0\]: wanted reports within two intervals of the pool \(30s\), found 1m 2s/,
  );
  assert.match(
    String(lateAfter('interval: 15s', 'scrape: { urls: ["http://a"], every: 10s, requests: { metric: r } }')),
    /a whole part of the pool’s interval \(15s\), found 10s/,
  );
});
