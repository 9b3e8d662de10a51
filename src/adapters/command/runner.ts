import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { loaderArguments, siblingModule } from '../local/program.ts';
import type { ProgramRun, Ran } from './run-program.ts';

/** Runs programs. */
export interface Runner {
  /** Ends the program at once when `signal` aborts. Never rejects. */
  run(run: ProgramRun, signal: AbortSignal): Promise<Ran>;
  /** Ends what runs, and the runner. */
  close(): void;
}

/** What a runner's process is told. */
export type RunnerOrder = { readonly id: number; readonly run: ProgramRun } | { readonly id: number; readonly isOver: true };
/** What it answers. */
export interface RunnerAnswer {
  readonly id: number;
  readonly ran: Ran;
}

const PROGRAM = siblingModule('./runner-program', import.meta.url);

/**
 * Starts programs from a small process of its own, which is forked now, while this one is small: the system copies the page
 * tables of whoever starts a program, which holds up a node with a gigabyte of analyzers for a tenth of a second each time.
 */
export function createRunner(): Runner {
  return new ForkedRunner();
}

class ForkedRunner implements Runner {
  readonly #waiting = new Map<number, (ran: Ran) => void>();
  #child: ChildProcess | undefined = this.#fork();
  #last = 0;

  run(run: ProgramRun, signal: AbortSignal): Promise<Ran> {
    const id = ++this.#last;
    const child = (this.#child ??= this.#fork());
    const stop = (): void => this.#tell(child, { id, isOver: true });
    return new Promise<Ran>((resolve) => {
      this.#waiting.set(id, resolve);
      // It keeps this process alive only while something is waited for.
      child.ref();
      child.channel?.ref();
      this.#tell(child, { id, run });
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
    }).finally(() => {
      signal.removeEventListener('abort', stop);
      if (this.#waiting.size === 0) release(child);
    });
  }

  close(): void {
    this.#child?.kill('SIGTERM');
  }

  #fork(): ChildProcess {
    // Its own group: Ctrl-C in a terminal is for the node, which ends what runs in its time.
    const child = fork(fileURLToPath(PROGRAM), { detached: true, stdio: 'ignore', execArgv: loaderArguments(process.execArgv) });
    child.on('message', (message) => this.#take(message as RunnerAnswer));
    child.on('error', () => this.#gone(child));
    child.on('exit', () => this.#gone(child));
    release(child);
    return child;
  }

  #take({ id, ran }: RunnerAnswer): void {
    this.#waiting.get(id)?.(ran);
    this.#waiting.delete(id);
  }

  /** What ran may have had its effect; the next program gets another process. */
  #gone(child: ChildProcess): void {
    if (this.#child === child) this.#child = undefined;
    for (const resolve of this.#waiting.values()) resolve({ kind: 'cut', message: 'the process that runs programs has ended' });
    this.#waiting.clear();
  }

  /** One that cannot be reached is gone, which `exit` tells. */
  #tell(child: ChildProcess, order: RunnerOrder): void {
    if (child.connected) child.send(order, () => {});
  }
}

function release(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}
