import type { Readable } from 'node:stream';

const LINE_LENGTH_MAX = 2_000;

/** Calls back for each line of a stream; a longer line than the bound is cut and its rest dropped. */
export function readLines(stream: Readable | null, onLine: (line: string) => void): void {
  let kept = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const parts = chunk.split('\n');
    for (const [index, part] of parts.entries()) {
      kept += part.slice(0, LINE_LENGTH_MAX - kept.length);
      if (index === parts.length - 1) break;
      if (kept !== '') onLine(kept);
      kept = '';
    }
  });
  stream?.on('end', () => {
    if (kept !== '') onLine(kept);
  });
}
