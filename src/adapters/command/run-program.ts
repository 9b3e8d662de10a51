import { spawn, type ChildProcess } from 'node:child_process';
import type { Clock } from '../../ports/clock.ts';
import { signalGroup } from '../local/signal-group.ts';

export interface ProgramRun {
  readonly command: readonly string[];
  readonly workingDirectory: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly input: string;
  /** After it SIGTERM, and a little later SIGKILL, to the whole group. Milliseconds. */
  readonly timeoutMs: number;
  /** A program that writes more is ended. */
  readonly bytesMax: number;
}

/** How a program ended. `not-started`: it had no effect. */
export type Ran =
  | { readonly kind: 'ended'; readonly code: number; readonly output: string; readonly complaint: string }
  | { readonly kind: 'not-started'; readonly message: string }
  | { readonly kind: 'cut'; readonly message: string };

const GRACE_MS = 1_000;
/** Longest complaint (the end of what it wrote to stderr) that is passed on. */
const COMPLAINT_MAX = 300;

/** Runs a program in a process group of its own, which ends with it, or at once when `signal` aborts. Never rejects. */
export function runProgram(run: ProgramRun, clock: Clock, signal: AbortSignal): Promise<Ran> {
  return new Promise((resolve) => {
    const [program = '', ...args] = run.command;
    const child = spawn(program, args, { cwd: run.workingDirectory, env: { ...run.env }, detached: true, stdio: 'pipe' });
    const { pid } = child;
    if (pid === undefined) {
      child.on('error', (error) => resolve({ kind: 'not-started', message: `it could not be started: ${error.message}` }));
      return;
    }
    const kill = (): void => signalGroup(pid, 'SIGKILL');
    if (signal.aborted) kill();
    signal.addEventListener('abort', kill, { once: true });
    let cut: string | undefined;
    const end = (why: string): void => {
      if (cut !== undefined) return;
      cut = why;
      killer.cancel();
      signalGroup(pid, 'SIGTERM');
      killer = clock.setTimer(GRACE_MS, kill);
    };
    let killer = clock.setTimer(run.timeoutMs, () => end(`it did not end within ${run.timeoutMs} ms`));
    const output = collect(child, run.bytesMax, () => end(`it wrote more than ${run.bytesMax} bytes`));
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-COMPLAINT_MAX);
    });
    child.on('error', () => {
      // Of a program that runs: a signal that could not be sent; it is still waited for.
    });
    // What it left behind goes with it, and so do its hands on our pipes.
    child.on('exit', kill);
    child.on('close', (code, name) => {
      killer.cancel();
      signal.removeEventListener('abort', kill);
      if (cut !== undefined) resolve({ kind: 'cut', message: cut });
      else if (code === null) resolve({ kind: 'cut', message: `it was ended by ${name ?? 'a signal'}` });
      else resolve({ kind: 'ended', code, output: output(), complaint: complaint.trim() });
    });
    // A program that does not read its input closes the pipe, which is its right.
    child.stdin.on('error', () => {});
    child.stdin.end(`${run.input}\n`);
  });
}

function collect(child: ChildProcess, bytesMax: number, tooLong: () => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bytesMax) tooLong();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
