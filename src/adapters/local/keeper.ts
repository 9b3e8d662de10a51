/**
 * Keeps one command of a user: runs it in a process group of its own and ends that group when this process is told to
 * stop or when the channel to the node closes, which the system does even if the node is killed with SIGKILL.
 *
 * Arguments: milliseconds between SIGTERM and SIGKILL, the folder to run in, the files by which it joins its control groups
 * (one a line), then the command.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { KeeperReport } from './keeper-report.ts';
import { signalGroup } from './signal-group.ts';

const [graceText = '2000', workingDirectory = '.', joinText = '', program = '', ...args] = process.argv.slice(2);
const graceMs = Number(graceText);

if (process.connected) keep();
else process.exit(0);

function keep(): void {
  let pid: number | undefined;
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    if (pid === undefined) process.exit(0);
    const group = pid;
    signalGroup(group, 'SIGTERM');
    setTimeout(() => {
      signalGroup(group, 'SIGKILL');
      process.exit(137);
    }, graceMs);
  };
  // Before the command is there: a signal between its start and ours to listen would leave it behind.
  process.on('disconnect', end);
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('SIGHUP', end);

  const joinFiles = joinText.split('\n').filter((file) => file !== '');
  const [first, rest] = joinFiles.length === 0 ? [program, args] : ['/bin/sh', joining(joinFiles, program, args)];
  const child = spawn(first, rest, { cwd: workingDirectory, detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
  pid = child.pid;

  child.on('error', (error) => tellAndExit({ kind: 'not-started', message: error.message }, 127));
  if (pid === undefined) return;
  const group = pid;
  process.send?.({ kind: 'started', pid: group } satisfies KeeperReport, () => {
    // A closed channel is seen as `disconnect`.
  });
  child.on('exit', (code, signal) => {
    // What the command started and left behind goes with it.
    signalGroup(group, 'SIGKILL');
    tellAndExit({ kind: 'ended', code, signal }, code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
  if (!process.connected) end();
}

/** A shell that joins before it becomes the command: nothing that the command starts can be outside. */
function joining(joinFiles: readonly string[], command: string, commandArgs: readonly string[]): string[] {
  const script = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo $$ > "$1" || exit 125; shift; n=$((n-1)); done; exec "$@"';
  return ['-c', script, 'sh', String(joinFiles.length), ...joinFiles, command, ...commandArgs];
}

function tellAndExit(report: KeeperReport, code: number): void {
  if (!process.connected) process.exit(code);
  process.send?.(report, () => process.exit(code));
}
