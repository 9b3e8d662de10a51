import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHand } from '../../src/cli/hand-run.ts';
import type { Output } from '../../src/cli/output.ts';
import { InputError } from '../../src/problems.ts';
import { inspected } from '../inspector/fixtures.ts';

function listening(): { readonly output: Output; readonly said: string[] } {
  const said: string[] = [];
  return { said, output: { out: (text) => void said.push(text), err: (text) => void said.push(text), setExitCode: () => undefined } };
}

test('autonomy: the command tells a running node, whose next decisions show it; reset does too', async () => {
  const node = await inspected({ mayAct: true });
  const { output, said } = listening();
  const flags = { node: node.url, by: 'ann', reason: 'a look first' };
  const autonomy = async (): Promise<string | undefined> =>
    ((await node.get('/api/v1/pools')).body['pools'] as { readonly autonomy: string }[])[0]?.autonomy;
  try {
    await node.pass(3);
    assert.equal(await autonomy(), 'acting');
    await runHand({ pool: 'web', command: 'autonomy', level: 'shadow' }, flags, output);
    await node.pass(2);
    assert.equal(await autonomy(), 'shadow');
    await runHand({ pool: 'web', command: 'reset' }, flags, output);
    assert.match(said.join(''), /web is trusted with shadow autonomy\..*web forgets what it has learned/s);
    await assert.rejects(runHand({ pool: 'none', command: 'reset' }, flags, output), /There is no pool none/);
    await assert.rejects(runHand({ pool: 'web', command: 'autonomy', level: 'much' }, flags, output), (error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /wanted one of shadow, advisory, guarded, full, found much/);
      return true;
    });
  } finally {
    await node.close();
  }
});
