import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { plan } from '../../src/planning/index.ts';
import type { Decision } from '../../src/protocol/plan.ts';
import { inputs, settings, target } from '../planning/inputs.ts';
import { cli } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-explain-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function decision(planId: string, replicas: number): Decision {
  const made = { inputs: inputs({ planId, target: target(replicas) }), settings: settings() };
  return { plan: plan(made.inputs, made.settings).plan, ...made, action: null };
}

function record(run: string, policy: string, decisions: readonly unknown[]): string {
  mkdirSync(join(folder, run, policy), { recursive: true });
  writeFileSync(join(folder, run, policy, 'decisions.jsonl'), decisions.map((one) => `${JSON.stringify(one)}\n`).join(''));
  return join(folder, run);
}

test('explain: says why in sentences and proves it, exit 0', async () => {
  const run = record('good', 'predictive', [{ atMs: 0, replicas: 2, reason: 'a rule' }, decision('web/1', 2), decision('web/2', 5)]);
  const { code, out } = await cli(['explain', 'web/2', '--from', run]);
  assert.equal(code, 0);
  assert.match(out, /^web\/2 at /);
  assert.match(out, /The target had 5 requested/);
  assert.match(out, /the same plan, bit for bit\.$/);
});

test('explain: a replay that differs exits 1 and says where', async () => {
  const honest = decision('web/1', 2);
  const run = record('changed', 'predictive', [{ ...honest, plan: { ...honest.plan, replicas: honest.plan.replicas + 1 } }]);
  const { code, out } = await cli(['explain', 'web/1', '--from', run]);
  assert.equal(code, 1);
  assert.match(out, /DIFFERENT/);
  assert.match(out, /plan\.replicas/);
});

test('explain: an unknown id, an ambiguous one, a folder that is none and a node that does not answer exit 2', async () => {
  record('two', 'predictive', [decision('web/1', 2)]);
  const run = record('two', 'predictive:0.05', [decision('web/1', 2), decision('web/2', 2)]);
  const broken = record('broken', 'predictive', [{ plan: { id: 'web/1' } }]);
  const cases = [
    [['web/9', '--from', run], /the id of a recorded decision, not web\/9, found 3 decisions in .*, from web\/1 to web\/2/],
    [['web/1', '--from', run], /--policy: wanted which of several .* found predictive, predictive:0\.05/],
    [['web/1', '--from', join(folder, 'nowhere')], /nowhere: nothing there/],
    [['web/1', '--from', 'http://127.0.0.1:1'], /http:\/\/127\.0\.0\.1:1: wanted a running node/],
    [['web/1', '--from', broken], /decisions\.jsonl:1 data\.inputs/],
  ] as const;
  for (const [args, said] of cases) {
    const { code, err } = await cli(['explain', ...args]);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, said);
  }
  assert.equal((await cli(['explain', 'web/1', '--from', run, '--policy', 'predictive:0.05'])).code, 0);
});
