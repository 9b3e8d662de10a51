/**
 * Golden files: messages as released builds wrote them, which every later build must read. `v1/<name>.<number>.json` and
 * `.msgpack` are the two wire forms, `.expected.json` is what decoding gives. A message that gains a field gets the next
 * number; what is there never changes.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { decodeMessage, encodeMessage, MESSAGES, type AnyMessage, type MessageName } from '../../src/protocol/index.ts';

export const GOLDEN_FOLDER = new URL('v1/', import.meta.url);

export interface Golden {
  readonly name: MessageName;
  readonly number: number;
  readonly json: Uint8Array;
  readonly msgpack: Uint8Array;
  readonly expected: unknown;
}

/** All golden files of one folder, by name and number. */
export function readGoldens(folder: URL): readonly Golden[] {
  const goldens: Golden[] = [];
  for (const file of readdirSync(folder).sort()) {
    const match = /^([a-z-]+)\.(\d+)\.expected\.json$/.exec(file);
    if (match === null) continue;
    const [, name = '', number = ''] = match;
    const stem = `${name}.${number}`;
    goldens.push({
      name: name as MessageName,
      number: Number(number),
      json: readFileSync(new URL(`${stem}.json`, folder)),
      msgpack: readFileSync(new URL(`${stem}.msgpack`, folder)),
      expected: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as unknown,
    });
  }
  return goldens;
}

/**
 * Writes golden files for the samples that no golden holds yet, under the next number. Returns their stems.
 * @throws Error with code EEXIST rather than change a file.
 */
export function addGoldens(folder: URL, sampleOf: (name: MessageName) => AnyMessage): readonly string[] {
  const existing = readGoldens(folder);
  const added: string[] = [];
  for (const name of Object.keys(MESSAGES) as MessageName[]) {
    const own = existing.filter((golden) => golden.name === name);
    const sample = sampleOf(name);
    if (own.some(({ expected }) => JSON.stringify(expected) === JSON.stringify(sample))) continue;
    const stem = `${name}.${Math.max(0, ...own.map(({ number }) => number)) + 1}`;
    writeGolden(folder, stem, sample);
    added.push(stem);
  }
  return added;
}

function writeGolden(folder: URL, stem: string, sample: AnyMessage): void {
  const json = encodeMessage(sample, 'application/json');
  const decoded = decodeMessage(json, 'application/json');
  if (!decoded.ok) throw new Error(`The sample ${stem} is not valid: ${decoded.error.message}`);
  write(folder, `${stem}.json`, json);
  write(folder, `${stem}.msgpack`, encodeMessage(sample, 'application/msgpack'));
  write(folder, `${stem}.expected.json`, `${JSON.stringify(sample, null, 2)}\n`);
}

/** The flag makes the file system itself refuse to overwrite. */
function write(folder: URL, file: string, content: string | Uint8Array): void {
  writeFileSync(new URL(file, folder), content, { flag: 'wx' });
}
