/** `npm run golden`: adds golden files for messages that have changed. Changes none that is there. */
import { mkdirSync } from 'node:fs';
import { sampleMessage } from '../protocol/samples.ts';
import { addGoldens, GOLDEN_FOLDER } from './golden.ts';

mkdirSync(GOLDEN_FOLDER, { recursive: true });
const added = addGoldens(GOLDEN_FOLDER, sampleMessage);
console.log(added.length === 0 ? 'every sample has a golden file' : added.join('\n'));
