/**
 * Runs every `*.test.ts` below this folder in one process (a process per file costs seconds of start-up here).
 * Arguments narrow it: `npm test -- pla bus` runs the files whose path holds one of the words.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const words = process.argv.slice(2);
const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();

if (files.length === 0) {
  console.error(`no test file matches: ${words.join(' ')}`);
  process.exit(1);
}
for (const file of files) await import(pathToFileURL(`${here}${file}`).href);
