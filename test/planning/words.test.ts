import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doesText } from '../../src/planning/words.ts';
import { RESOURCES } from '../../src/protocol/resource.ts';

test('words: what a resource does is said as people say it', () => {
  assert.deepEqual(
    RESOURCES.map((resource) => doesText(resource, 'stay')),
    ['requests stay', 'CPU stays', 'memory stays', 'network traffic stays'],
  );
});
