import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { toKeeperReport } from './keeper-report.ts';
import { readLines } from './lines.ts';
import { loaderArguments, siblingModule, type Program } from './program.ts';

export interface LaunchOptions {
  readonly program: Program;
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Between SIGTERM and SIGKILL, milliseconds, when the keeper of a command has to end it by itself. */
  readonly graceMs: number;
  /** Files by which a command joins its control groups. Default: none. */
  readonly joinFiles?: readonly string[];
}

export interface LaunchListener {
  /** Something that a module of ours said over its channel. */
  message(message: unknown): void;
  /** A line that the program wrote. */
  line(text: string): void;
  /** Called once, when the program is gone or could not be started; the reason reads after "it ". */
  exit(reason: string): void;
}

/** A program that runs in a process group of its own, so that Ctrl-C in a terminal reaches only the node. */
export interface Launched {
  readonly pid: number | undefined;
  /** Asks it to stop (SIGTERM). */
  terminate(): void;
  /** Ends it at once with everything it started (SIGKILL). */
  kill(): void;
}

const KEEPER = siblingModule('./keeper', import.meta.url);

export function launch(options: LaunchOptions, listener: LaunchListener): Launched {
  const { program } = options;
  const child = program.kind === 'module' ? forkModule(program.url, program.args, options.env) : forkKeeper(program, options);
  let groupPid: number | undefined;
  let reason: string | undefined;
  let gone = false;
  let isKilled = false;

  const end = (fallback: string): void => {
    if (gone) return;
    gone = true;
    // The keeper may have been killed alone: its command must not outlive it.
    if (groupPid !== undefined) signal(-groupPid, 'SIGKILL');
    listener.exit(reason ?? fallback);
  };

  child.on('message', (message) => {
    const report = program.kind === 'command' ? toKeeperReport(message) : undefined;
    if (report === undefined) listener.message(message);
    else if (report.kind === 'started') {
      groupPid = report.pid;
      // Told before the keeper was killed, heard after.
      if (gone || isKilled) signal(-groupPid, 'SIGKILL');
    } else if (report.kind === 'not-started') reason = `could not be started: ${report.message}`;
    else reason = exitReason(report.code, report.signal);
  });
  child.on('error', (error) => {
    if (child.pid === undefined) end(`could not be started: ${error.message}`);
  });
  child.on('exit', (code, signalName) => end(exitReason(code, signalName)));
  readLines(child.stdout, (line) => listener.line(line));
  readLines(child.stderr, (line) => listener.line(line));

  return {
    pid: child.pid,
    terminate: () => {
      if (!gone) child.kill('SIGTERM');
    },
    kill: () => {
      if (gone) return;
      isKilled = true;
      if (groupPid !== undefined) signal(-groupPid, 'SIGKILL');
      // A keeper that has not told of its command yet may just have started it: it alone can end it.
      child.kill(program.kind === 'command' && groupPid === undefined ? 'SIGTERM' : 'SIGKILL');
    },
  };
}

function forkModule(url: URL, args: readonly string[], env: LaunchOptions['env']): ChildProcess {
  return fork(fileURLToPath(url), args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: loaderArguments(process.execArgv),
    env: { ...env },
  });
}

function forkKeeper(program: Extract<Program, { kind: 'command' }>, options: LaunchOptions): ChildProcess {
  return forkModule(
    KEEPER,
    [String(options.graceMs), program.workingDirectory ?? '.', (options.joinFiles ?? []).join('\n'), ...program.command],
    options.env,
  );
}

function exitReason(code: number | null, signalName: string | null): string {
  return signalName === null ? `exited with code ${code ?? 'unknown'}` : `was ended by ${signalName}`;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // ESRCH: already gone.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
