/**
 * The whole simulation with the real actors: same seed, same bytes, in one process and over two; nothing but the seed
 * decides; and every scenario of the product holds what it says.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createRandom } from '../../src/adapters/system/random.ts';
import { poisonWorld } from '../../sim/kernel/poison.ts';
import { MessageRecord } from '../../sim/predictive/message-record.ts';
import { reportOf } from '../../sim/report/report.ts';
import { writeReport } from '../../sim/report/write.ts';
import { compileScenario } from '../../sim/scenario/compile.ts';
import { loadScenario, parseScenario } from '../../sim/scenario/load.ts';
import { policiesFor, simulate, type Simulation } from '../../sim/simulate.ts';
import type { AnyMessage } from '../../src/protocol/message.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const scenarios = join(root, 'sim/scenarios');

const SHORT = `name: short
description: Two hours with a step, a fault and an announcement.
duration: 2h
producers: { count: 2 }
plant: { replicaCapacity: 10, startFailures: 0.1 }
workload:
  - constant: { rate: 80 }
  - step: { at: 1h, by: 60 }
  - noise: { relative: 0.1, memory: 10m }
  - announcedEvent: { at: 1h30m, lasts: 10m, by: 50, announcedAt: 1h20m, replicas: 22 }
faults:
  - unknownOutcome: { at: 1h2m, lasts: 5m }
expect:
  predictive: { violationShareMax: 1 }
`;

async function runShort(seed: number, keepsMessages = false): Promise<Simulation> {
  const scenario = parseScenario(SHORT, 'short.yaml');
  const world = compileScenario(scenario, createRandom(seed).fork('workload'));
  return simulate({ ...world, policies: policiesFor(['predictive', 'hpa']), seed, scenario, keepsMessages });
}

/** Everything that a run writes, as one digest. */
function digestOf(simulation: Simulation): string {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-'));
  try {
    writeReport(folder, simulation);
    return digestOfFolder(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function digestOfFolder(folder: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/\.\w+$/.test(file)) hash.update(file).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex');
}

test('simulate: the same seed gives the same bytes twice in one process, another seed gives others', async () => {
  const first = digestOf(await runShort(3));
  assert.equal(digestOf(await runShort(3)), first);
  assert.notEqual(digestOf(await runShort(4)), first);
});

test('simulate: messages that are kept are the same bytes again, and change nothing else; without them none are left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-'));
  try {
    const messagesOf = (simulation: Simulation): string => {
      writeReport(folder, simulation);
      return readFileSync(join(folder, 'predictive', 'messages.jsonl'), 'utf8');
    };
    const kept = await runShort(3, true);
    const text = messagesOf(kept);
    assert.equal(messagesOf(await runShort(3, true)), text);
    const names = new Set(
      text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { name: string }).name),
    );
    for (const name of ['observation', 'state-report', 'plan', 'scaling-command', 'confirmation', 'feedback', 'control'])
      assert.ok(names.has(name), name);
    const without = await runShort(3);
    writeReport(folder, without);
    assert.equal(existsSync(join(folder, 'predictive', 'messages.jsonl')), false, 'those of the run before');
    const decisions = ({ runs }: Simulation): string => JSON.stringify(runs.map((run) => [run.decisions, run.rows]));
    assert.equal(decisions(kept), decisions(without));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('simulate: what is beyond the bound of kept messages is counted in the last line', () => {
  const record = new MessageRecord(2);
  const message = { name: 'heartbeat', id: 'x', source: 'node', incarnation: 0, sequence: 0, timeMs: 1, data: {} } as unknown as AnyMessage;
  const entry = { shard: 0, to: 'pse:web', contentType: 'application/json', body: new Uint8Array(3), atMs: 1, id: '1-0' } as const;
  for (let i = 0; i < 5; i++) record.hear({ address: 'pse:web', entry, message, outcome: 'applied', active: () => ['idle'] });
  assert.equal(record.lines().length, 3);
  assert.equal(record.lines().at(-1), '{"leftOut":3}');
});

test('simulate: the same seed gives the same bytes in two processes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-'));
  try {
    const file = join(folder, 'short.yaml');
    writeFileSync(file, SHORT);
    const digest = (out: string): string => {
      const args = [
        '--import',
        'tsx',
        'src/cli/main.ts',
        'simulate',
        file,
        '--seed',
        '3',
        '--policy',
        'predictive,hpa',
        '--out',
        join(folder, out),
      ];
      execFileSync(process.execPath, args, { cwd: root, stdio: 'pipe' });
      return digestOfFolder(join(folder, out));
    };
    assert.equal(digest('a'), digest('b'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('simulate: a run depends on nothing of the real world', async () => {
  const before = digestOf(await runShort(5));
  const restore = poisonWorld();
  let simulation: Simulation;
  try {
    assert.throws(() => Date.now(), /ports/, 'the world is poisoned');
    simulation = await runShort(5);
  } finally {
    restore();
  }
  assert.equal(digestOf(simulation), before);
});

test('simulate: the real actors scaled, met faults and left an account of what they did', async () => {
  const { runs } = await runShort(3);
  const [predictive] = runs;
  assert.ok(predictive !== undefined && predictive.changes.length >= 3);
  assert.ok(predictive.decisions.length > predictive.changes.length);
  assert.ok(predictive.forecasts.length > 60);
  assert.ok(Math.max(...predictive.rows.slice(92, 99).map((row) => row.ready)) >= 22, 'the announcement was heard');
});

test('simulate: every policy meets the same demand and begins with the same capacity', async () => {
  const { runs } = await runShort(3);
  const [a, b] = runs;
  assert.deepEqual(
    a?.rows.map((row) => [row.startMs, row.demand, row.required]),
    b?.rows.map((row) => [row.startMs, row.demand, row.required]),
  );
  assert.equal(a?.rows[0]?.ready, b?.rows[0]?.ready);
});

test('simulate: the report says what the timelines say', async () => {
  const simulation = await runShort(3);
  const { policies, intervals } = reportOf(simulation);
  for (const [i, { label, score, costRelativeTo }] of policies.entries()) {
    const rows = simulation.runs[i]?.rows ?? [];
    assert.equal(rows.length, intervals);
    assert.equal(score.violationMinutes, rows.filter((row) => row.ready < row.required).length, label);
    const cost = rows.reduce((sum, row) => sum + row.requested, 0);
    assert.ok(Math.abs(score.costReplicaMinutes - cost) < 1e-6);
    const other = label === 'hpa' ? 'predictive' : 'hpa';
    const theirs = policies.find((policy) => policy.label === other)?.score.costReplicaMinutes ?? 0;
    assert.ok(Math.abs((costRelativeTo[other] ?? 0) - cost / theirs) < 1e-9);
  }
});

for (const file of readdirSync(scenarios).filter((name) => name.endsWith('.yaml'))) {
  test(`scenario ${file}: everything that it expects holds`, async () => {
    const scenario = loadScenario(join(scenarios, file));
    const seed = scenario.seed ?? 1;
    const compared = Object.values(scenario.expect).flatMap((expectation) =>
      Object.keys({
        ...expectation.costMaxRelativeTo,
        ...expectation.violationMinutesMaxRelativeTo,
        ...expectation.violationShareMaxAbove,
      }),
    );
    const labels = [...new Set([...Object.keys(scenario.expect), ...compared])];
    const world = compileScenario(scenario, createRandom(seed).fork('workload'));
    const { verdicts } = await simulate({ ...world, policies: policiesFor(labels), seed, scenario });
    const failed = verdicts.filter(({ holds }) => !holds).map(({ policy, expected, found }) => `${policy}: ${expected} (${found})`);
    assert.deepEqual(failed, [], `see it: npm run forescale -- simulate sim/scenarios/${file} --seed ${seed}`);
    assert.ok(verdicts.length > 0);
  });
}
