import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Strain } from '../../src/runtime/strain.ts';

const note = (strain: Strain, delayMs: number, beats: number): void => {
  for (let beat = 0; beat < beats; beat++) strain.note(delayMs);
};

test('strain: a loop that is late for long takes less and less, down to an eighth', () => {
  const strain = new Strain({ beatMs: 500 });
  note(strain, 300, 3);
  assert.equal(strain.factor, 1, 'a moment is nothing');
  note(strain, 300, 1);
  assert.equal(strain.factor, 0.5);
  note(strain, 2_000, 40);
  assert.equal(strain.factor, 1 / 8);
});

test('strain: what is calm for long comes back step by step, what swings stays', () => {
  const strain = new Strain({ beatMs: 500 });
  note(strain, 300, 8);
  assert.equal(strain.factor, 0.25);
  for (let swing = 0; swing < 50; swing++) {
    note(strain, 5, 10);
    note(strain, 100, 1);
  }
  assert.equal(strain.factor, 0.25);
  note(strain, 5, 40);
  assert.equal(strain.factor, 0.5);
  note(strain, 5, 80);
  assert.equal(strain.factor, 1);
});
