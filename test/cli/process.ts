import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../../src/cli/program.ts';
import { createSystemClock } from '../../src/adapters/system/clock.ts';

/** Found from here, wherever the command is to run. */
const TSX = import.meta.resolve('tsx');
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const clock = createSystemClock();
let marks = 0;
const started: ChildProcess[] = [];

/** Ends what a failed test left running. */
export function killStarted(): void {
  for (const child of started.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
}

/** The command line as a process of its own, all of whose descendants can be found by a mark in their environment. */
export interface Running {
  readonly child: ChildProcess;
  /** Lines of standard output so far. */
  readonly lines: string[];
  readonly errors: string[];
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** The process and everything that it started, directly or not, that is alive. */
  living(): number[];
  descendants(): number[];
}

export function runCli(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
  marks += 1;
  const mark = `FORESCALE_TEST_MARK=${process.pid}.${marks}.${clock.nowMs()}`;
  const [name = '', value = ''] = mark.split('=');
  const child = spawn(process.execPath, ['--import', TSX, MAIN, ...args], {
    env: { ...process.env, NO_COLOR: '1', ...environment, [name]: value },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const lines: string[] = [];
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  const living = (): number[] => markedProcesses(mark);
  return { child, lines, errors, exited, living, descendants: () => living().filter((pid) => pid !== child.pid) };
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a command to its end inside this process. */
export async function cli(args: readonly string[]): Promise<Ended> {
  const ended = { code: 0, out: '', err: '' };
  await runProgram(args, {
    out: (text) => void (ended.out += text),
    err: (text) => void (ended.err += text),
    setExitCode: (code) => void (ended.code = code),
  });
  return { ...ended, out: ended.out.trimEnd() };
}

/** Runs a command to its end as a process of its own. */
export async function cliProcess(args: readonly string[]): Promise<Ended> {
  const running = runCli(args);
  const { code } = await running.exited;
  return { code, out: running.lines.join('\n'), err: running.errors.join('\n') };
}

/** By /proc: works for processes whose parent is gone and that lead sessions of their own. Zombies do not count. */
function markedProcesses(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => readText(`/proc/${name}/environ`).split('\0').includes(mark))
    .filter((name) => !/^\S+ \(.*\) Z/s.test(readText(`/proc/${name}/stat`)))
    .map(Number);
}

/** Empty for a process that went away meanwhile or that belongs to somebody else. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'EACCES'].includes(String(error.code))) return '';
    throw error;
  }
}
