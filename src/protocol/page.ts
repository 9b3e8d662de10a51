/** The page `docs/protocol.md`: every stream and every message with its fields, made from the schemas. */
import { CATALOGUE, CHANNELS } from './catalogue.ts';
import { MESSAGES, PROTOCOL_VERSION, type MessageName } from './message.ts';
import { messageSchema, toPlainSchema } from './published-schema.ts';
import { describeSchema, type SchemaNode } from './schema-text.ts';
import { wireTypeOf } from './validation.ts';

const NAMES = Object.keys(MESSAGES) as MessageName[];
/** Deeper structure is left to the schema. */
const DEPTH_MAX = 4;

export function protocolPage(): string {
  return [INTRODUCTION, envelopeSection(), streamsSection(), ...NAMES.map(messageSection), EVOLUTION].join('\n');
}

const INTRODUCTION = `# Protocol

<!-- Made by \`npm run generate\` from src/protocol. -->

Everything between producers, actors and readers is a message: a CloudEvents 1.0 envelope around its data. The standard encoding
is JSON; MessagePack is the compact one, told by \`datacontenttype\`, and every reader takes both. Version ${PROTOCOL_VERSION}. Each message
has a JSON Schema (2020-12) in \`schemas/\` of the package, and \`schemas/asyncapi.json\` describes the streams.

- Times are epoch milliseconds, durations milliseconds, loads in the unit that stands beside them.
- Missing is null, never zero.
- Delivery is at least once. A receiver drops what it has seen by \`source\`, \`incarnation\` and \`sequence\`, or by \`id\`.
- \`traceparent\` is one trace from the observation to the feedback.

\`\`\`ts
import { decodeMessage } from 'forescale/protocol';

const decoded = decodeMessage(body, 'application/json');
if (!decoded.ok) console.error(decoded.error.code, decoded.error.message);
else if (decoded.message.name === 'state-report') console.log(decoded.message.data.resources[0]?.forecasts);
\`\`\`
`;

const EVOLUTION = `## How it changes

A field that is added keeps the version of its message: readers keep what they do not know and hand it on. A field that changes
its meaning, or goes, raises it, and readers take both for a major version of the protocol. \`test/golden/v1\` holds every message
as it was ever written; all of them are read for ever. What cannot be read goes to the dead letters with a reason
([errors](errors.md#dead-letters)), and the stream goes on.
`;

function envelopeSection(): string {
  const { data: _data, ...attributes } = (messageSchema('plan') as SchemaNode).properties ?? {};
  const required = new Set((messageSchema('plan') as SchemaNode).required);
  const rows = Object.entries(attributes).map(([name, node]) => row(name, node, required.has(name)));
  return `## Envelope\n\n${table(rows)}`;
}

function streamsSection(): string {
  const rows = Object.values(CHANNELS).map(({ address, description, messages }) => {
    const names = messages.map((name) => `[${name}](#${name})`).join(', ');
    return `| \`${address}\` | ${names} | ${escape(description)} |`;
  });
  return `## Streams\n\n| stream | messages | what it is |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

function messageSection(name: MessageName): string {
  const schema = toPlainSchema(MESSAGES[name].schema) as SchemaNode;
  const rows = fieldsOf(schema, '', 1);
  return `## ${name}\n\n${CATALOGUE[name]} Type \`${wireTypeOf(name).type}\`, [schema](../schemas/${name}.schema.json).\n\n${table(rows)}`;
}

/** A row for every field, those of nested objects and of the items of lists below their own. */
function fieldsOf(node: SchemaNode, prefix: string, depth: number): readonly string[] {
  const required = new Set(node.required);
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const inner = innerOf(child);
    const below = inner === undefined || depth >= DEPTH_MAX ? [] : fieldsOf(inner.node, `${path}${inner.suffix}`, depth + 1);
    return [row(path, child, required.has(name)), ...below];
  });
}

/** The object whose fields stand below a field: itself, an item of it, or the alternative to null. */
function innerOf(node: SchemaNode): { readonly node: SchemaNode; readonly suffix: string } | undefined {
  if (node.properties !== undefined) return { node, suffix: '' };
  if (node.items !== undefined) {
    const inner = innerOf(node.items);
    return inner && { node: inner.node, suffix: `[]${inner.suffix}` };
  }
  const objects = (node.anyOf ?? []).filter(({ properties }) => properties !== undefined);
  return objects.length === 1 && objects[0] !== undefined ? { node: objects[0], suffix: '' } : undefined;
}

function row(path: string, node: SchemaNode, isRequired: boolean): string {
  return `| \`${path}\` | ${escape(describeSchema(node))} | ${isRequired ? 'yes' : ''} | ${escape(node.description ?? '')} |`;
}

function table(rows: readonly string[]): string {
  return `| field | takes | required | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
