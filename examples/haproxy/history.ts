/** What a user has from a log or a metrics server, and tells a pool before its first report. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Loads of seconds as a trace file, the last of them ending at `endMs`. */
export function writeHistory(file: string, counts: Float64Array, endMs: number): void {
  const startMs = endMs - counts.length * 1_000;
  const rows = Array.from(counts, (count, second) => `${startMs / 1_000 + second},${count}`);
  writeFileSync(file, ['timestamp,value', ...rows, ''].join('\n'));
}

export interface Telling {
  /** The pool's node may start: what it is to know stands before what it will see. */
  readonly told: Promise<void>;
  /** The pool has learnt it. */
  readonly taken: Promise<void>;
}

/** `forescale bootstrap web FILE --bus URL`. */
export function tellHistory(main: string, file: string, bus: string): Telling {
  const child = spawn(process.execPath, ['--import', 'tsx', main, 'bootstrap', 'web', file, '--bus', bus], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const taken = new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`forescale bootstrap ended with ${code}`))));
  });
  const told = new Promise<void>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.startsWith('Told')) resolve();
      else console.error(line);
    });
  });
  return { told: Promise.race([told, taken]), taken };
}
