import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Ends programs and removes their folder however this process ends, short of SIGKILL: a test run that is broken off leaves
 * no control plane behind. At the end of an orderly run nothing is left for it to do.
 */
export function reapAtExit(running: readonly ChildProcess[], folder: string): void {
  process.on('exit', () => {
    // Nothing can be waited for any more; etcd keeps nothing that matters.
    for (const child of running) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  for (const [signal, code] of Object.entries(SIGNALS)) process.once(signal, () => process.exit(code));
}
