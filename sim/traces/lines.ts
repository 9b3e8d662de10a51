import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fileFault, InputError } from '../../src/problems.ts';

/** A text file of at most this many bytes is read; a trace beyond it is asked to be cut. */
const BYTES_MAX = 512 * 1024 * 1024;

/** The file's text; unpacked if the name ends in `.gz`. @throws InputError if it cannot be read. */
export function readText(path: string): string {
  try {
    const raw = readFileSync(path);
    const bytes = path.endsWith('.gz') ? gunzipSync(raw, { maxOutputLength: BYTES_MAX }) : raw;
    return bytes.toString('utf8');
  } catch (error) {
    throw new InputError([{ place: path, wanted: 'a readable CSV file (gzip if its name ends in .gz)', found: fileFault(error) }]);
  }
}

/** The name of a series: the file's, without folder and `.csv[.gz]`. */
export function traceName(path: string): string {
  return basename(path).replace(/\.csv(\.gz)?$/, '');
}

/** Lines of a text with their numbers from 1; empty ones are passed over, `\r\n` is taken too. */
export function* numberedLines(text: string): Generator<readonly [number, string]> {
  let from = 0;
  for (let number = 1; from < text.length; number += 1) {
    let to = text.indexOf('\n', from);
    if (to === -1) to = text.length;
    const end = to > from && text.charCodeAt(to - 1) === 13 ? to - 1 : to;
    if (end > from) yield [number, text.slice(from, end)];
    from = to + 1;
  }
}
