import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { decodeMessage, MESSAGES, type AnyMessage, type MessageName } from '../../src/protocol/index.ts';
import { sampleMessage } from '../protocol/samples.ts';
import { addGoldens, GOLDEN_FOLDER, readGoldens } from './golden.ts';

const NAMES = Object.keys(MESSAGES) as MessageName[];
const goldens = readGoldens(GOLDEN_FOLDER);

test('golden: each file decodes to what it always meant', () => {
  assert.ok(goldens.length >= NAMES.length);
  for (const { name, number, json, msgpack, expected } of goldens) {
    assert.deepEqual(decodeMessage(json, 'application/json'), { ok: true, message: expected }, `${name}.${number}.json`);
    assert.deepEqual(decodeMessage(msgpack, 'application/msgpack'), { ok: true, message: expected }, `${name}.${number}.msgpack`);
  }
});

test('golden: each JSON file is valid by the published schema', () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  for (const name of NAMES) {
    const schema = readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8');
    const validate = ajv.compile(JSON.parse(schema) as object);
    for (const golden of goldens.filter((one) => one.name === name))
      assert.ok(
        validate(JSON.parse(Buffer.from(golden.json).toString('utf8'))),
        `${name}.${golden.number}: ${ajv.errorsText(validate.errors)}`,
      );
  }
});

test('golden: every message has one that holds all its fields (npm run golden)', () => {
  for (const name of NAMES) {
    const sample = sampleMessage(name);
    const { data } = sample;
    assert.deepEqual(missingFields(MESSAGES[name].schema as Node, [data], name), [], 'the sample in test/protocol/samples.ts lacks fields');
    assert.ok(
      goldens.some((golden) => golden.name === name && JSON.stringify(golden.expected) === JSON.stringify(sample)),
      `no golden file holds the sample of ${name}`,
    );
  }
});

test('golden: a field that the sample lacks is found, however deep', () => {
  const { bySource, ...data } = sampleMessage('observation').data;
  const poorer = { ...data, bySource: { ...bySource, top: [{ source: 'a' }] } };
  assert.deepEqual(missingFields(MESSAGES.observation.schema as Node, [poorer], 'observation'), ['observation.bySource.top[].requests']);
});

test('golden: adding never changes what is there', (t) => {
  const folder = temporaryFolder(t);
  assert.equal(addGoldens(folder, sampleMessage).length, NAMES.length);
  assert.deepEqual(addGoldens(folder, sampleMessage), []);
  const before = readFolder(folder);
  const changed = (name: MessageName): AnyMessage => ({ ...sampleMessage(name), sequence: 43 });
  assert.deepEqual(addGoldens(folder, changed)[0], `${NAMES[0]}.2`);
  const after = readFolder(folder);
  for (const [file, text] of before) assert.equal(after.get(file), text, file);
  assert.equal(after.size, 2 * before.size);
});

test('golden: a file in the way is refused, not overwritten', (t) => {
  const folder = temporaryFolder(t);
  const file = new URL('observation.1.msgpack', folder);
  writeFileSync(file, 'mine');
  assert.throws(() => addGoldens(folder, sampleMessage), { code: 'EEXIST' });
  assert.equal(readFileSync(file, 'utf8'), 'mine');
});

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly patternProperties?: Readonly<Record<string, Node>>;
}

/** Paths of schema fields that none of the values has. */
function missingFields(node: Node, values: readonly unknown[], path: string): readonly string[] {
  const objects = values.filter((value): value is Record<string, unknown> => typeof value === 'object' && value !== null);
  const missing: string[] = [];
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const inside = objects.flatMap((object) => (key in object ? [object[key]] : []));
    if (inside.length === 0) missing.push(`${path}.${key}`);
    else missing.push(...missingFields(child, inside, `${path}.${key}`));
  }
  if (node.items !== undefined) missing.push(...missingFields(node.items, values.flat(), `${path}[]`));
  for (const child of Object.values(node.patternProperties ?? {}))
    missing.push(...missingFields(child, objects.flatMap(Object.values), `${path}.*`));
  return missing;
}

function temporaryFolder(t: TestContext): URL {
  const path = mkdtempSync(join(tmpdir(), 'forescale-golden-'));
  t.after(() => rmSync(path, { recursive: true }));
  return pathToFileURL(`${path}/`);
}

function readFolder(folder: URL): ReadonlyMap<string, string> {
  return new Map(readdirSync(folder).map((file) => [file, readFileSync(new URL(file, folder), 'latin1')]));
}
