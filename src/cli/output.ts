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
