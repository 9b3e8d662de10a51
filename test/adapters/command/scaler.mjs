/** A program of a user's that keeps the count in a file of its folder and misbehaves when the file `fault` says so. */
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';

const question = JSON.parse(readFileSync(0, 'utf8'));
const keepsGeneration = process.argv[2] !== 'forgetful';
const state = JSON.parse(readFileSync('state.json', 'utf8'));
const isWrite = question.do === 'scale';
if (isWrite) writeFileSync('written', '');
const fault = takeFault();

if (fault?.when === 'before') misbehave(fault.kind);
const answer = isWrite ? scale() : told();
if (fault?.when === 'after') misbehave(fault.kind);
process.stdout.write(JSON.stringify(answer));
process.exitCode = 'error' in answer ? 1 : 0;

function told() {
  const { generation, ...rest } = state;
  return { ...rest, readyReplicas: state.requestedReplicas, ...(keepsGeneration ? { generation } : {}) };
}

function scale() {
  const refused = refusal();
  if (refused !== undefined) return { error: refused, state: told() };
  state.requestedReplicas = question.replicas;
  state.generation = question.generation;
  writeFileSync('state.new', JSON.stringify(state));
  renameSync('state.new', 'state.json');
  appendFileSync('journal', `${question.replicas}\n`);
  return told();
}

function refusal() {
  const { replicas, expectedReplicas, generation } = question;
  if (keepsGeneration && generation <= state.generation) return { code: 'superseded', message: `generation ${state.generation} is here` };
  if (expectedReplicas !== state.requestedReplicas) return { code: 'conflict', message: `there are ${state.requestedReplicas}` };
  if (replicas < state.minReplicas || replicas > state.maxReplicas) return { code: 'invalid', message: 'outside the bounds' };
  return undefined;
}

function takeFault() {
  if (!existsSync('fault')) return undefined;
  const { at, kind } = JSON.parse(readFileSync('fault', 'utf8'));
  const here = isWrite ? 'write' : existsSync('written') ? 'confirm' : 'read';
  if (!at.startsWith(here)) return undefined;
  rmSync('fault');
  return { kind, when: at === 'write-after' ? 'after' : 'before' };
}

function misbehave(kind) {
  if (kind === 'exit 1') {
    process.stderr.write('out of luck\n');
    process.exit(1);
  }
  if (kind === 'exit 75') process.exit(75);
  if (kind === 'killed') process.kill(process.pid, 'SIGKILL');
  if (kind === 'endless') for (;;) process.stdout.write('x'.repeat(65_536));
  if (kind === 'half') {
    process.stdout.write('{"requestedRepl');
    process.exit(0);
  }
  if (kind === 'hang') {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'left-behind'], { stdio: 'inherit' });
    writeFileSync('child', String(child.pid));
    process.on('SIGTERM', () => {});
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  if (kind === 'forbidden') {
    process.stdout.write(JSON.stringify({ error: { code: 'forbidden', message: 'not for you' } }));
    process.exit(1);
  }
}
