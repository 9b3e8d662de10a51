import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runDst } from '../../src/cli/dst-run.ts';

async function said(flags: Partial<Parameters<typeof runDst>[0]>, isBroken = () => false) {
  const told = { out: '', err: '', code: 0 };
  await runDst(
    { from: '1', minimise: false, ...flags },
    { out: (text) => (told.out += text), err: (text) => (told.err += text), setExitCode: (code) => (told.code = code) },
    isBroken,
  );
  return told;
}

test('dst: a seed that fails is told as soon as it is found, and whole at the end', async () => {
  const { out, err, code } = await said({ seeds: '2', plant: 'no-cursor-check' });
  assert.match(err, /^seed \d+ breaks S\d+ /m);
  assert.match(out, /\n\d seeds, [12] failed\n$/);
  assert.equal(code, 1);
});

test('dst: an interrupt ends the run after the seed that is at work, and what was found is said', async () => {
  let asked = 0;
  const { out, code } = await said({ seeds: '500' }, () => (asked += 1) > 2);
  assert.match(out, /interrupted after 2 of 500 seeds\n/);
  assert.match(out, /\n2 seeds, 0 failed\n$/);
  assert.equal(code, 130);
});
