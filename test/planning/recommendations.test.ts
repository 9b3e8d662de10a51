import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recommendReplicas, recommendResource } from '../../src/planning/recommendations.ts';
import { bytesText, durationText, figure } from '../../src/planning/words.ts';

const horizons = { soonMs: 300_000, lateMs: 900_000 };

test('recommendation: says what people say', () => {
  const cpu = recommendResource({ resource: 'cpu', current: 1_000, soon: 1_190, late: 1_300, ...horizons });
  assert.equal(cpu?.sentence, 'Increase CPU by 20%');
  assert.equal(cpu?.amount, 190);
  assert.equal(cpu?.percent, 19);
  const memory = recommendResource({ resource: 'memory', current: 4e9, soon: 5.04e9, late: 5.04e9, ...horizons });
  assert.equal(memory?.sentence, 'Add 1 GB memory');
  const network = recommendResource({ resource: 'network', current: 1e6, soon: 5e5, late: 6e5, ...horizons });
  assert.equal(network?.sentence, 'Decrease network bandwidth by 40%');
  const calm = recommendResource({ resource: 'requests', current: 100, soon: 105, late: 108, ...horizons });
  assert.equal(calm?.sentence, 'Keep request capacity as it is');
});

test('recommendation: gives up only what the longest horizon allows', () => {
  const later = recommendResource({ resource: 'cpu', current: 1_000, soon: 500, late: 990, ...horizons });
  assert.equal(later?.direction, 'hold');
});

test('recommendation: from nothing, and of nothing', () => {
  const first = recommendResource({ resource: 'cpu', current: 0, soon: 10, late: 10, ...horizons });
  assert.equal(first?.percent, 100);
  assert.equal(recommendResource({ resource: 'cpu', current: Number.NaN, soon: 1, late: 1, ...horizons }), undefined);
  assert.equal(recommendReplicas(0, 3, 1).percent, 100);
  assert.equal(recommendReplicas(4, 3, 1).sentence, 'Remove 1 replica');
});

test('words: three digits and a fitting unit', () => {
  assert.equal(bytesText(999_999), '1 MB');
  assert.equal(bytesText(1.25e9), '1.25 GB');
  assert.equal(durationText(90_000), '90 s');
  assert.equal(durationText(180_000), '3 min');
  assert.equal(figure(123_456), '123456');
  assert.equal(figure(0.012345), '0.0123');
});
