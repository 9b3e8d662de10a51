import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holidaysOf } from '../../../src/adapters/calendar/holidays.ts';
import { withHolidays } from '../../../src/cli/calendars.ts';
import { parseConfig } from '../../../src/config/parse.ts';

const NOW_MS = Date.UTC(2026, 5, 1);

test('calendar: public holidays of a region become one event, a decade ahead, in local days', async () => {
  const event = await holidaysOf({ country: 'DE', region: 'BE', factor: 0.7 }, NOW_MS);
  assert.ok('when' in event && event.when.kind === 'spans', JSON.stringify(event));
  assert.equal(event.name, 'holidays-DE-BE');
  assert.equal(event.factor, 0.7);
  const { spans } = event.when;
  const starts = spans.map(({ startMs }) => new Date(startMs).toISOString());
  assert.ok(starts.includes('2025-12-31T23:00:00.000Z'), 'New Year in Berlin');
  assert.ok(starts.includes('2026-03-07T23:00:00.000Z'), 'a holiday of Berlin only');
  assert.ok(starts.some((start) => start.startsWith('2035')));
  assert.ok(spans.every(({ startMs, endMs }, i) => endMs > startMs && startMs >= (spans[i - 1]?.endMs ?? 0)));
});

test('calendar: what cannot be is said with what can', async () => {
  const country = await holidaysOf({ country: 'XX', factor: 1 }, NOW_MS);
  assert.ok('option' in country && country.option === 'country' && /\bDE\b/.test(country.wanted));
  const region = await holidaysOf({ country: 'DE', region: 'ZZ', factor: 1 }, NOW_MS);
  assert.ok('option' in region && region.option === 'region' && /\bBE\b/.test(region.wanted));
  const missing = await holidaysOf({ country: 'DE', factor: 1 }, NOW_MS, () => Promise.reject(new Error('Cannot find package')));
  assert.ok('option' in missing && missing.wanted.includes('npm install date-holidays') && missing.found === 'Cannot find package');
});

test('calendar: a pool with one gets its holidays beside its own events, one without loads nothing', async () => {
  const parsed = parseConfig(
    `
pools:
  shop:
    capacity: { requestsPerSecond: 5 }
    calendar: { country: DE }
    events: [{ name: sale, at: 2026-11-27T08:00, timeZone: Europe/Berlin, lasts: 2h, factor: 3, decay: 10m, shape: ramp }]
  plain: { capacity: { requestsPerSecond: 5 } }
`,
    'f.yaml',
  );
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  const { pools } = await withHolidays(parsed.settings, NOW_MS);
  const [shop, plain] = pools;
  assert.deepEqual(
    shop?.events?.map(({ name }) => name),
    ['sale', 'holidays-DE'],
  );
  assert.deepEqual(shop?.events?.[0], {
    name: 'sale',
    factor: 3,
    shape: 'ramp',
    decayMs: 600_000,
    when: { kind: 'spans', spans: [{ startMs: Date.UTC(2026, 10, 27, 7), endMs: Date.UTC(2026, 10, 27, 9) }] },
  });
  assert.deepEqual(plain?.events, []);
  const wrong = parseConfig('pools: { shop: { capacity: { requestsPerSecond: 5 }, calendar: { country: XX } } }', 'f.yaml');
  assert.ok(wrong.ok);
  await assert.rejects(withHolidays(wrong.settings, NOW_MS), /pools\.shop\.calendar\.country: wanted one of .* found XX/);
});
