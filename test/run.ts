/**
 * Runs every `*.test.ts` below this folder in one process (a process per file costs seconds of start-up here).
 * Arguments narrow it: `npm test -- pla bus` runs the files whose path holds one of the words, `npm test -- --quick` those that
 * need a minute or two together.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
/** Folders and files that start servers, brokers, browsers or clusters, or simulate days: `--quick` leaves them out, the CI leaves out nothing. */
const SLOW =
  /^(adapters\/(aws|docker|haproxy|kafka|kubernetes|local|opentelemetry|prometheus|rabbitmq|redis|webhook)|bridge|chaos|cli|cluster|deploy|docs|edge|examples|inspector|pack|peers|serve|sim\/(aws|cloud|dst|kubernetes|no-harm|scenario|simulate))\b/;
const isQuick = process.argv.includes('--quick');
const words = process.argv.slice(2).filter((word) => word !== '--quick');
const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => !(isQuick && SLOW.test(file)))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();

if (files.length === 0) {
  console.error(`no test file matches: ${words.join(' ')}`);
  process.exit(1);
}
for (const file of files) await import(pathToFileURL(`${here}${file}`).href);
