/** Where a command writes. The exit code counts when the command has ended. */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly setExitCode: (code: number) => void;
}

export const processOutput: Output = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  setExitCode(code) {
    process.exitCode = code;
  },
};

let onClosed: () => void = () => process.exit(0);

/**
 * The reader of our output may go away at any time (`forescale ... | head`): that is the end of the work, not an error.
 * By default the process ends at once.
 */
export function endWhenOutputCloses(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') onClosed();
      else throw error;
    });
  }
}

/** For commands that have something to put in order first. */
export function whenOutputCloses(callback: () => void): void {
  onClosed = callback;
}
