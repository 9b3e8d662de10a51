import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createProgram } from '../../src/cli/program.ts';
import { cli, cliProcess } from './process.ts';

test('help: every command has a description and at least one example', () => {
  const program = createProgram();
  const names = program.commands.map((command) => command.name());
  assert.deepEqual(names, [
    'up',
    'init',
    'check',
    'backtest',
    'simulate',
    'explain',
    'agent',
    'autonomy',
    'reset',
    'bootstrap',
    'bridge',
    'watch',
    'cluster',
    'doctor',
    'dlq',
    'dst',
    'inspect',
    'top',
  ]);
  for (const command of program.commands) {
    let help = '';
    command.configureOutput({ writeOut: (text) => void (help += text) }).outputHelp();
    assert.ok(command.description().length > 10, command.name());
    assert.match(help, new RegExp(`\\$ forescale ${command.name()}`), `${command.name()} has an example`);
    for (const line of help.split('\n')) assert.ok(line.length <= 132, `too wide: ${line}`);
  }
});

test('help: exits 0, the version is the package’s, an unknown command or option exits 2', async () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  const [help, version, command, option] = await Promise.all([
    cli(['--help']),
    cli(['--version']),
    cli(['upp']),
    cli(['up', '--fro', '3s']),
  ]);
  assert.equal(help.code, 0);
  assert.match(help.out, /forescale up/);
  assert.deepEqual([version.code, version.out], [0, manifest.version]);
  assert.equal(command.code, 2);
  assert.match(command.err, /unknown command 'upp'[\s\S]*Did you mean up/);
  assert.equal(option.code, 2);
  assert.match(option.err, /unknown option '--fro'/);
});

test('up: all that is wrong with the options is said at once, with exit code 2', async () => {
  const { code, err, out } = await cli([
    'up',
    '--bus',
    'kafka://:secret@cache:6379',
    '--failover',
    'slow',
    '--health',
    'a b',
    '--for',
    'soon',
    '--port',
    '99999',
  ]);
  assert.equal(code, 2);
  assert.equal(out, '');
  assert.match(err, /--bus: wanted `memory`, or a URL that begins with redis:.*, found "kafka:\/\/…@cache:6379"/);
  assert.match(err, /--failover: wanted `normal` or `fast`, found "slow"/);
  assert.match(err, /--health: wanted/);
  assert.match(err, /--for: wanted a duration/);
  assert.match(err, /--port: wanted a port/);
  assert.doesNotMatch(err, /secret/);
});

test('main: as a process it sets the exit code and keeps problems off standard output', async () => {
  const { code, out, err } = await cliProcess(['up', '--for', '-1s']);
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /^--for: wanted a duration above 0 like 30s, 10m or 1h30m, found "-1s"$/);
});
