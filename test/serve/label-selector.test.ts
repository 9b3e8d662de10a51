import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSelected, parseLabelSelector } from '../../src/serve/external-metrics/label-selector.ts';

const selects = (selector: string, labels: Record<string, string>): boolean => {
  const requirements = parseLabelSelector(selector);
  assert.ok(requirements !== undefined, selector);
  return isSelected(labels, requirements);
};

test('label selector: equality, sets and existence, as Kubernetes reads them', () => {
  const labels = { pool: 'web', 'forescale.dev/tier': 'front' };
  for (const [selector, wanted] of [
    ['', true],
    ['pool=web', true],
    ['pool==web', true],
    ['pool=shop', false],
    ['pool!=shop', true],
    ['pool!=web', false],
    ['pool in (web, shop)', true],
    ['pool in (shop)', false],
    ['pool notin (shop,cart)', true],
    ['pool', true],
    ['!pool', false],
    ['!colour', true],
    ['colour!=red', true],
    ['colour=red', false],
    ['toString=web', false],
    ['forescale.dev/tier=front,pool in (web,shop)', true],
    ['forescale.dev/tier=front,pool in (shop)', false],
  ] as const)
    assert.equal(selects(selector, labels), wanted, selector);
});

test('label selector: what is none is not taken for one that asks for nothing', () => {
  for (const wrong of ['=', 'pool=a=b', 'pool in web', 'pool in (web', 'a b', 'pool=web,', ',', '-x', `a=${'x'.repeat(5_000)}`])
    assert.equal(parseLabelSelector(wrong), undefined, wrong);
});
