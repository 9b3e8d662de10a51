/** The committed documents are what the source says, are valid by their own specifications, and accept what travels. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { encodeMessage, MESSAGES, type MessageName } from '../../src/protocol/index.ts';
import { protocolPage } from '../../src/protocol/page.ts';
import { asyncApiDocument, messageSchema, protocolDocuments } from '../../src/protocol/published-schema.ts';
import { CHANNELS } from '../../src/protocol/catalogue.ts';
import { sampleMessage } from './samples.ts';

const NAMES = Object.keys(MESSAGES) as MessageName[];
const folder = new URL('../../schemas/', import.meta.url);

function published(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Record<string, unknown>;
}

function wireForm(name: MessageName): Record<string, unknown> & { data: Record<string, unknown> } {
  return JSON.parse(Buffer.from(encodeMessage(sampleMessage(name), 'application/json')).toString('utf8')) as Record<string, unknown> & {
    data: Record<string, unknown>;
  };
}

test('protocol page: is what the source says (npm run generate), and has every message and stream', () => {
  const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
  assert.equal(page, protocolPage());
  for (const name of Object.keys(MESSAGES)) assert.ok(page.includes(`\n## ${name}\n`), name);
  for (const { address } of Object.values(CHANNELS)) assert.ok(page.includes(`| \`${address}\` |`), address);
  assert.match(page, /\| `resources\[\]\.forecasts\[\]\.quantiles` \| an array \| yes \|/);
});

test('schemas: the committed files are what the source says (npm run generate)', () => {
  for (const [file, document] of protocolDocuments()) assert.deepEqual(published(file), JSON.parse(JSON.stringify(document)), file);
});

test('schemas: there is no file of a message that is no more', () => {
  const known = new Set([...protocolDocuments().keys(), 'config.schema.json']);
  const stray = readdirSync(folder).filter((file) => !known.has(file));
  assert.deepEqual(stray, []);
});

test('schemas: an independent validator takes every schema and every message', () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  for (const name of NAMES) {
    const validate = ajv.compile(published(`${name}.schema.json`));
    assert.ok(validate(wireForm(name)), `${name}: ${ajv.errorsText(validate.errors)}`);
  }
});

test('schemas: a missing or broken field is refused by them too', () => {
  const ajv = new Ajv2020({ strict: true });
  for (const name of NAMES) {
    const validate = ajv.compile(published(`${name}.schema.json`));
    const { required = [] } = MESSAGES[name].schema as { required?: readonly string[] };
    assert.ok(required.length > 0);
    for (const key of required) {
      const message = wireForm(name);
      Reflect.deleteProperty(message.data, key);
      assert.ok(!validate(message), `${name} without ${key}`);
    }
    for (const change of [{ type: 'forescale.other.v1' }, { time: 5 }, { specversion: '0.3' }, { sequence: -1 }])
      assert.ok(!validate({ ...wireForm(name), ...change }), `${name} ${JSON.stringify(change)}`);
  }
});

test('schemas: every message and every parameter has a description', () => {
  for (const name of NAMES) assert.ok(String(messageSchema(name)['description']).length > 20, name);
});

test('schemas: a record is checked under keys with line breaks too', () => {
  const validate = new Ajv2020({ strict: true }).compile(published('observation.schema.json'));
  const message = wireForm('observation');
  message.data['byType'] = { 'a\nb': 'no load' };
  assert.ok(!validate(message));
});

test('asyncapi: the document is valid by the specification’s own schema', () => {
  const specification = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object;
  const ajv = new Ajv({ strict: false, allErrors: false, logger: false, validateFormats: false });
  const validate = ajv.compile(specification);
  assert.ok(validate(published('asyncapi.json')), ajv.errorsText(validate.errors));
  assert.ok(!validate({ ...published('asyncapi.json'), channels: { x: { address: 5 } } }), 'the validator refuses nothing');
});

test('asyncapi: every reference leads somewhere', () => {
  const document = asyncApiDocument();
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1] ?? '');
  assert.ok(references.length > NAMES.length);
  for (const reference of references) {
    let node: unknown = document;
    for (const key of reference.split('/')) {
      node = (node as Record<string, unknown>)[key];
      assert.ok(node !== undefined, reference);
    }
  }
});

test('asyncapi: every message travels on a channel, but for those inside effects', () => {
  const travelling = new Set(Object.values(CHANNELS).flatMap(({ messages }) => messages));
  assert.deepEqual(
    NAMES.filter((name) => !travelling.has(name)),
    ['training-job', 'training-result'],
  );
});
